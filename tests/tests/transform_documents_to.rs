//! The built function with a search side: every document once more, alone.

use local::fault_proxy::{Fault, FaultProxy, Limits, Rule};
use serde_json::Value;
use tests::stream::Streams;
use tests::transform::{Function, event, lines, payload};

const SEARCH: &str = "arn:aws:kinesis:eu-central-1:222222222222:stream/search";

/// Streams, a proxy in front of them, and the function with `documents_to`.
async fn way(documents_to: &str, output: &str) -> (Streams, FaultProxy, Function) {
    let streams = Streams::start(&["source", "search"])
        .await
        .expect("the stand-in starts");
    let proxy = FaultProxy::start(streams.endpoint()).expect("the proxy starts");
    let endpoint = proxy.endpoint().to_owned();
    let env = [
        ("OUTPUT", output),
        ("DOCUMENTS_TO", documents_to),
        ("AWS_ENDPOINT_URL", &endpoint),
    ];
    let function = Function::start(&env).expect("the function starts");
    (streams, proxy, function)
}

fn sorted(mut documents: Vec<Value>) -> Vec<String> {
    documents.sort_by_key(|document| document["tributary"]["document_id"].to_string());
    documents.iter().map(ToString::to_string).collect()
}

fn parsed(records: &[Vec<u8>]) -> Vec<Value> {
    records
        .iter()
        .map(|record| serde_json::from_slice(record).expect("one document"))
        .collect()
}

#[tokio::test]
async fn documents_reach_the_search_stream_as_they_are_answered() {
    let (streams, proxy, function) = way(SEARCH, "ndjson-gzip").await;
    let records = [0, 1000].map(|first| payload(first, &lines(800)).expect("a payload"));
    let answered = function.answer(&event(&records)).expect("an answer");
    let in_answer = [0, 1]
        .map(|record| answered.documents(record).expect("documents"))
        .concat();
    let sent = streams
        .user_records("search")
        .await
        .expect("two readers agree");
    assert_eq!(sorted(parsed(&sent)), sorted(in_answer));
    assert_eq!(answered.metric("DocumentsSent"), 1600);
    assert!(
        proxy
            .requests_of("PutRecords")
            .iter()
            .all(|request| request.is_within(Limits::PUT_RECORDS))
    );
}

#[tokio::test]
async fn documents_reach_a_delivery_stream_one_a_record_and_refused_ones_again() {
    let streams = Streams::start(&["source"])
        .await
        .expect("the stand-in starts");
    let arn = streams
        .delivery_stream("search")
        .await
        .expect("a delivery stream");
    let proxy = FaultProxy::start(streams.endpoint()).expect("the proxy starts");
    let refused = Fault::refuse_records("ServiceUnavailableException", |place| place % 100 == 0);
    proxy.add(Rule::nth("PutRecordBatch", 1, refused));
    let env = [
        ("DOCUMENTS_TO", arn.as_str()),
        ("AWS_ENDPOINT_URL_FIREHOSE", proxy.endpoint()),
    ];
    let function = Function::start(&env).expect("the function starts");
    let answered = function
        .answer(&event(&[payload(0, &lines(700)).expect("a payload")]))
        .expect("an answer");
    assert_eq!(answered.results(), ["Ok"]);
    let requests = proxy.requests_of("PutRecordBatch");
    let sizes: Vec<usize> = requests
        .iter()
        .map(|request| request.record_bytes.len())
        .collect();
    assert_eq!(sizes, [500, 5, 200]);
    assert!(
        requests
            .iter()
            .all(|request| request.is_within(Limits::PUT_RECORD_BATCH))
    );
    let delivered = streams.delivered("search").await.expect("objects");
    let documents: Vec<Value> = serde_json::Deserializer::from_slice(&delivered)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("documents");
    assert_eq!(
        sorted(documents),
        sorted(answered.documents(0).expect("documents"))
    );
}

#[tokio::test]
async fn records_whose_documents_can_not_be_sent_fail_and_others_do_not() {
    let (_streams, proxy, function) = way(SEARCH, "ndjson").await;
    proxy.add(Rule::every(
        "PutRecords",
        Fault::answer(400, "ResourceNotFoundException"),
    ));
    let control = local::cloudwatch::envelope::control_message(0).expect("a payload");
    let records = [payload(0, &lines(3)).expect("a payload"), control];
    let answered = function.answer(&event(&records)).expect("an answer");
    assert_eq!(answered.results(), ["ProcessingFailed", "Dropped"]);
    assert_eq!(answered.metric("Failed_documents_not_sent"), 1);
    assert_eq!(answered.metric("DocumentsSent"), 0);
    assert!(
        answered.metrics["Errors"]
            .to_string()
            .contains("ResourceNotFoundException")
    );
}

#[tokio::test]
async fn one_aggregated_record_that_stays_refused_fails_exactly_the_records_it_stems_from() {
    let (streams, proxy, function) = way(SEARCH, "ndjson").await;
    // The first 500 documents travel in the first Kinesis record, and so on.
    proxy.add(Rule::every(
        "PutRecords",
        Fault::refuse_records("InternalFailure", |place| place == 0),
    ));
    let function = function.with_timeout(std::time::Duration::from_secs(8));
    let records = [0, 1000, 2000].map(|first| payload(first, &lines(500)).expect("a payload"));
    let answered = function.answer(&event(&records)).expect("an answer");
    let failed = answered
        .results()
        .iter()
        .filter(|result| **result == "ProcessingFailed")
        .count();
    assert!((1..3).contains(&failed), "{:?}", answered.results());
    let sent = parsed(
        &streams
            .user_records("search")
            .await
            .expect("two readers agree"),
    );
    for record in 0..3 {
        if answered.results()[record] == "Ok" {
            let all = answered.documents(record).expect("documents");
            assert!(
                all.iter().all(|document| sent.contains(document)),
                "record {record} is whole"
            );
        }
    }
}

#[tokio::test]
async fn a_document_that_is_too_large_for_the_search_stream_fails_its_record_alone() {
    let (_streams, _proxy, function) = way(SEARCH, "ndjson-gzip").await;
    let large = vec!["x".repeat(1_100_000)];
    let records =
        [lines(2), large, lines(2)].map(|messages| payload(0, &messages).expect("a payload"));
    let answered = function.answer(&event(&records)).expect("an answer");
    assert_eq!(answered.results(), ["Ok", "ProcessingFailed", "Ok"]);
    assert_eq!(answered.metric("Failed_document_too_large"), 1);
}

#[tokio::test]
async fn in_document_mode_both_sides_get_every_document_once() {
    let (streams, _proxy, function) = way(SEARCH, "document").await;
    let answered = function
        .answer(&event(&[payload(0, &lines(200)).expect("a payload")]))
        .expect("an answer");
    let back = streams
        .user_records("source")
        .await
        .expect("two readers agree");
    let again = function.answer(&event(&back)).expect("an answer");
    let first = parsed(&[answered.records[0].data.0.clone()]);
    let others: Vec<Vec<u8>> = again
        .records
        .iter()
        .map(|record| record.data.0.clone())
        .collect();
    let all = [first, parsed(&others)].concat();
    let sent = streams
        .user_records("search")
        .await
        .expect("two readers agree");
    assert_eq!(all.len(), 200);
    assert_eq!(sorted(parsed(&sent)), sorted(all));
}
