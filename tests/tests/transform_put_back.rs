//! The built function and what it puts back to its source, through streams that fail on the way.

use local::fault_proxy::{Fault, FaultProxy, Limits, Rule};
use local::kpl;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use tests::stream::Streams;
use tests::transform::{Answered, Function, event, flow_logs, lines, noise, payload};

const THROTTLED: &str = "ProvisionedThroughputExceededException";

/// A function whose streams stand behind a proxy that can fail.
struct Way {
    streams: Streams,
    proxy: FaultProxy,
    function: Function,
}

impl Way {
    async fn new(output: &str) -> Self {
        let streams = Streams::start(&["source"])
            .await
            .expect("the stand-in starts");
        let proxy = FaultProxy::start(streams.endpoint()).expect("the proxy starts");
        let env = [("OUTPUT", output), ("AWS_ENDPOINT_URL", proxy.endpoint())];
        let function = Function::start(&env).expect("the function starts");
        Self {
            streams,
            proxy,
            function,
        }
    }

    fn answer(&self, records: &[Vec<u8>]) -> Answered {
        self.function.answer(&event(records)).expect("an answer")
    }

    async fn put_back(&self) -> Vec<Vec<u8>> {
        self.streams
            .user_records("source")
            .await
            .expect("two readers agree")
    }

    /// The ids of the documents that were put back, each as often as it stands there.
    async fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self
            .put_back()
            .await
            .iter()
            .map(|document| id(document))
            .collect();
        ids.sort();
        ids
    }
}

fn id(document: &[u8]) -> String {
    let document: Value = serde_json::from_slice(document).expect("a document");
    document["tributary"]["document_id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

fn expected_ids(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    numbers.map(|number| format!("{number:056}")).collect()
}

#[tokio::test]
async fn in_document_mode_the_others_go_back_aggregated_and_two_readers_read_the_same() {
    let way = Way::new("document").await;
    let answered = way.answer(&[payload(0, &lines(1200)).expect("a payload")]);
    assert_eq!(answered.results(), ["Ok"]);
    assert_eq!(id(&answered.records[0].data.0), expected_ids(0..1)[0]);
    assert_eq!(way.ids().await, expected_ids(1..1200));
    let records = way.streams.read("source").await.expect("the stream");
    assert!(
        records.len() <= 6,
        "{} Kinesis records for 1,199 documents",
        records.len()
    );
    for record in &records {
        let count = kpl::user_records(record).expect("aggregated").len();
        assert!((1..=500).contains(&count), "{count}");
    }
    assert_eq!(answered.metric("PutBackRecords"), records.len() as u64);
    for request in way.proxy.requests_of("PutRecords") {
        assert!(request.is_within(Limits::PUT_RECORDS), "{request:?}");
    }
}

#[tokio::test]
async fn what_was_put_back_comes_again_and_passes_one_for_one() {
    let way = Way::new("document").await;
    way.answer(&[payload(0, &lines(300)).expect("a payload")]);
    let documents = way.put_back().await;
    let again = way.answer(&documents);
    assert!(again.results().iter().all(|result| *result == "Ok"));
    let answered: Vec<&Vec<u8>> = again.records.iter().map(|record| &record.data.0).collect();
    assert_eq!(answered, documents.iter().collect::<Vec<_>>());
    assert_eq!(
        (
            again.metric("DocumentsReturned"),
            again.metric("PutBackEvents")
        ),
        (299, 0)
    );
}

#[tokio::test]
async fn records_that_the_stream_refuses_are_put_again_and_only_those() {
    let way = Way::new("document").await;
    let odd = Fault::refuse_records(THROTTLED, |place| place % 2 == 1);
    way.proxy.add(Rule::first("PutRecords", 2, odd));
    let answered = way.answer(&[payload(0, &lines(3000)).expect("a payload")]);
    assert_eq!(answered.results(), ["Ok"]);
    assert_eq!(way.ids().await, expected_ids(1..3000), "each exactly once");
    let sizes: Vec<usize> = way
        .proxy
        .requests_of("PutRecords")
        .iter()
        .map(|request| request.record_bytes.len())
        .collect();
    assert!(
        sizes.len() >= 3 && sizes.is_sorted_by(|a, b| a > b),
        "{sizes:?}"
    );
    assert_eq!(answered.metric("PutBackRecords"), sizes[0] as u64);
}

#[tokio::test]
async fn requests_that_fail_for_a_while_are_tried_again_with_growing_pauses() {
    let way = Way::new("document").await;
    way.proxy
        .add(Rule::nth("PutRecords", 1, Fault::answer(400, THROTTLED)));
    way.proxy.add(Rule::nth(
        "PutRecords",
        2,
        Fault::answer(500, "InternalFailure"),
    ));
    way.proxy.add(Rule::nth("PutRecords", 3, Fault::DropBefore));
    let answered = way.answer(&[payload(0, &lines(10)).expect("a payload")]);
    assert_eq!(answered.results(), ["Ok"]);
    assert_eq!(way.ids().await, expected_ids(1..10));
    assert_eq!(way.proxy.requests_of("PutRecords").len(), 4);
}

#[tokio::test]
async fn a_lost_answer_makes_a_second_copy_and_never_a_gap() {
    let way = Way::new("document").await;
    way.proxy.add(Rule::nth("PutRecords", 1, Fault::DropAfter));
    let answered = way.answer(&[payload(0, &lines(5)).expect("a payload")]);
    assert_eq!(answered.results(), ["Ok"]);
    let ids = way.ids().await;
    assert_eq!(ids.len(), 8, "twice each: {ids:?}");
    let different: BTreeSet<String> = ids.into_iter().collect();
    assert_eq!(
        different.into_iter().collect::<Vec<_>>(),
        expected_ids(1..5)
    );
}

#[tokio::test]
async fn what_can_not_be_put_back_is_left_to_firehose_and_its_neighbours_are_not() {
    let way = Way::new("document").await;
    way.proxy.add(Rule::every(
        "PutRecords",
        Fault::answer(400, "AccessDeniedException"),
    ));
    let with_rest = payload(0, &lines(5)).expect("a payload");
    let without = payload(100, &lines(1)).expect("a payload");
    let answered = way.answer(&[with_rest, without]);
    assert_eq!(answered.results(), ["ProcessingFailed", "Ok"]);
    assert_eq!(answered.metric("Failed_put_back"), 1);
    assert_eq!(
        (
            answered.metric("EventsFailed"),
            answered.metric("DocumentsOut")
        ),
        (5, 1)
    );
    let told = answered.metrics["Errors"].to_string();
    assert!(
        told.contains("AccessDeniedException") && told.contains("stream/source"),
        "{told}"
    );
    assert_eq!(
        way.proxy.requests_of("PutRecords").len(),
        1,
        "what is forbidden is asked once"
    );
    way.proxy.heal();
    let later = way.answer(&[payload(0, &lines(5)).expect("a payload")]);
    assert_eq!(later.results(), ["Ok"], "the next invocation tries anew");
}

#[tokio::test]
async fn a_stream_that_throttles_for_ever_is_given_up_before_the_function_s_time_is_over() {
    let way = Way::new("document").await;
    let function = way.function.with_timeout(Duration::from_secs(6));
    way.proxy.add(Rule::every(
        "PutRecords",
        Fault::refuse_records(THROTTLED, |_| true),
    ));
    let records = [
        payload(0, &lines(3)).expect("a payload"),
        payload(9, &lines(1)).expect("a payload"),
    ];
    let answered = function
        .answer(&event(&records))
        .expect("an answer in time");
    assert_eq!(answered.results(), ["ProcessingFailed", "Ok"]);
    assert!(way.proxy.requests_of("PutRecords").len() >= 3);
    assert!(
        answered.duration < Duration::from_secs(6),
        "{:?}",
        answered.duration
    );
}

#[tokio::test]
async fn a_batch_that_bursts_the_answer_comes_back_in_parts_until_all_is_delivered() {
    let way = Way::new("ndjson").await;
    way.proxy.add(Rule::first(
        "PutRecords",
        1,
        Fault::refuse_records(THROTTLED, |place| place == 0),
    ));
    let batches: Vec<Vec<u8>> = (0..3)
        .map(|batch| payload(batch * 10_000, &flow_logs(7000)).expect("a payload"))
        .collect();
    let (mut waiting, mut read, mut ids) = (batches, BTreeSet::new(), Vec::new());
    let mut invocations = 0;
    while !waiting.is_empty() {
        let answered = way.answer(&waiting);
        invocations += 1;
        for record in 0..answered.records.len() {
            assert_eq!(answered.results()[record], "Ok");
            for document in answered.documents(record).expect("documents") {
                ids.push(
                    document["tributary"]["document_id"]
                        .as_str()
                        .expect("an id")
                        .to_owned(),
                );
            }
        }
        let mut all = way.streams.read("source").await.expect("the stream");
        assert!(
            all.iter().all(|data| kpl::user_records(data).is_none()),
            "payloads travel alone"
        );
        all.retain(|data| !read.contains(data));
        read.extend(all.iter().cloned());
        waiting = all;
        assert!(invocations < 20, "this never ends");
    }
    ids.sort();
    let expected = (0..3).flat_map(|batch| batch * 10_000..batch * 10_000 + 7000);
    assert_eq!(ids, expected_ids(expected));
    assert!(invocations > 1);
    for request in way.proxy.requests_of("PutRecords") {
        assert!(request.is_within(Limits::PUT_RECORDS), "{request:?}");
    }
}

#[tokio::test]
async fn what_is_too_large_for_the_stream_fails_its_record_and_no_other() {
    // Characters that are hard to compress, and more of them than Kinesis takes in a record.
    let small = payload(900, &lines(1)).expect("a payload");
    let document = payload(0, &["small".to_owned(), noise(0, 1_100_000)]).expect("a payload");
    let way = Way::new("document").await;
    let answered = way.answer(&[small.clone(), document]);
    assert_eq!(answered.results(), ["Ok", "ProcessingFailed"]);
    assert_eq!(answered.metric("Failed_document_too_large"), 1);
    let events = payload(0, &[1, 2, 3].map(|seed| noise(seed, 2_000_000)));
    let way = Way::new("ndjson").await;
    let answered = way.answer(&[small, events.expect("a payload")]);
    assert_eq!(answered.results(), ["Ok", "ProcessingFailed"]);
    assert_eq!(answered.metric("Failed_document_too_large"), 1);
    assert_eq!(answered.metric("EventsFailed"), 3);
    assert_eq!(way.put_back().await.len(), 0);
}
