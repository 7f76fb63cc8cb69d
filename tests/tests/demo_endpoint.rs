//! The rules by which Firehose delivers to an HTTP endpoint, each with an endpoint that breaks one.

use std::sync::Arc;
use std::time::Duration;

use local::firehose::{Destination, Endpoint, Settings};
use local::search_endpoint::{Expected, SearchEndpoint, Wrong};
use serde_json::Value;
use tests::firehose::{Arrived, Script, Way, each, ok};

/// What came of records.
struct Outcome {
    arrived: Arrived,
    seen: Vec<String>,
    violations: Vec<String>,
}

/// A way to that address; its answers may take a second.
fn settings(way: &Way, url: &str) -> Settings {
    let endpoint = Endpoint {
        buffer_interval: Duration::from_millis(200),
        retry_for: Duration::from_millis(500),
        first_pause: Duration::from_millis(50),
        timeout: Duration::from_secs(1),
        ..Endpoint::new(url)
    };
    Settings {
        processor: None,
        destination: Destination::HttpEndpoint(endpoint, Way::bucket()),
        ..way.settings(Script::new(|event, _| {
            each(event, |id, text| vec![ok(id, text)])
        }))
    }
}

/// Sends a record to an endpoint to which that happens with every request.
async fn always(wrong: Wrong) -> Outcome {
    let way = Way::new().await.expect("the stand-in starts");
    let expected = Expected {
        path: "/".to_owned(),
        access_key: None,
        source_arn: settings(&way, "").arn(),
        gzip: false,
    };
    // Nothing is indexed: there is no server behind it.
    let endpoint = SearchEndpoint::start("http://127.0.0.1:1", expected).expect("it listens");
    endpoint.always(wrong);
    let settings = settings(&way, endpoint.url());
    let arrived = way.run(settings, &[b"{}"]).await.expect("all ends");
    Outcome {
        arrived,
        seen: endpoint.seen(),
        violations: endpoint.violations(),
    }
}

/// The code under which a record is kept that had been tried several times.
fn kept(outcome: &Outcome) -> &str {
    let [error] = outcome.arrived.errors.as_slice() else {
        panic!("{:?}", outcome.arrived.counts);
    };
    assert!(error.attempts_made > 1, "{error:?}");
    assert_eq!(error.raw_data, "e30=");
    let key = &outcome.arrived.keys[0];
    assert!(key.starts_with("errors/http-endpoint-failed/"), "{key}");
    &error.error_code
}

#[tokio::test]
async fn what_is_refused_to_the_end_is_kept_with_the_endpoint_s_words() {
    for status in [302, 400, 503] {
        let outcome = always(Wrong::Status(status)).await;
        assert_eq!(kept(&outcome), "HttpEndpoint.DestinationException");
        let error = &outcome.arrived.errors[0];
        assert_eq!(outcome.seen.len(), error.attempts_made as usize);
        assert!(outcome.seen.iter().all(|id| *id == outcome.seen[0]));
        assert!(
            error.error_message.contains("as a test wants it"),
            "{error:?}"
        );
        assert!(error.data_id.as_ref().is_some_and(|it| it.ends_with(".0")));
        assert_eq!(error.subsequence_number, Some(0));
        assert_eq!(outcome.violations, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_acknowledgement_of_another_request_counts_for_nothing() {
    let outcome = always(Wrong::OtherRequestId).await;
    let code = "HttpEndpoint.InvalidResponseFromDestination";
    assert_eq!(kept(&outcome), code);
}

#[tokio::test]
async fn a_late_answer_a_dropped_connection_and_a_closed_port_have_codes_of_their_own() {
    let late = always(Wrong::Late(Duration::from_secs(2))).await;
    assert_eq!(kept(&late), "HttpEndpoint.RequestTimeout");
    let dropped = always(Wrong::NoAnswer).await;
    assert_eq!(kept(&dropped), "HttpEndpoint.ConnectionReset");
    let way = Way::new().await.expect("the stand-in starts");
    let nobody = settings(&way, "http://127.0.0.1:1/");
    let arrived = way.run(nobody, &[b"{}"]).await.expect("all ends");
    assert_eq!(
        arrived.failures()[0].0,
        "HttpEndpoint.ConnectionFailed",
        "{:?}",
        arrived.counts
    );
}

#[tokio::test]
async fn after_a_413_a_record_is_neither_tried_again_nor_kept() {
    let outcome = always(Wrong::Status(413)).await;
    assert_eq!(outcome.seen.len(), 1);
    assert_eq!(outcome.arrived.keys, Vec::<String>::new());
    assert_eq!(outcome.arrived.counts.undelivered, 1);
}

#[tokio::test]
async fn records_that_the_function_failed_are_kept_as_with_any_destination() {
    let way = Way::new().await.expect("the stand-in starts");
    let function = Script::new(|event: &Value, _| {
        each(event, |id, _| {
            vec![serde_json::json!({"recordId": id, "result": "ProcessingFailed"})]
        })
    });
    let processor = way.settings(Arc::clone(&function) as Arc<_>).processor;
    let settings = Settings {
        processor,
        ..settings(&way, "http://127.0.0.1:1/")
    };
    let arrived = way.run(settings, &[b"{}"]).await.expect("all ends");
    assert_eq!(arrived.failures()[0].0, "Lambda.ProcessingFailedStatus");
    assert!(arrived.keys[0].starts_with("errors/processing-failed/"));
}
