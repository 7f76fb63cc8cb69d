//! The function killed between putting back, or sending, and its answer: Firehose calls again with
//! the same records, and what was done twice is one document in the search index.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use local::fault_proxy::{Fault, FaultProxy, Rule};
use serde_json::json;
use tests::search::{Search, ids};
use tests::stream::Streams;
use tests::transform::{Function, event, flow_logs, payload};

const SEARCH: &str = "arn:aws:kinesis:eu-central-1:222222222222:stream/search";
/// Long enough to be killed in.
const HELD: Duration = Duration::from_mins(2);

/// Streams behind a proxy, and what the function is started with.
struct Way {
    streams: Streams,
    proxy: FaultProxy,
    output: &'static str,
}

impl Way {
    async fn new(output: &'static str) -> Self {
        let streams = Streams::start(&["source", "search"])
            .await
            .expect("the stand-in starts");
        let proxy = FaultProxy::start(streams.endpoint()).expect("the proxy starts");
        Self {
            streams,
            proxy,
            output,
        }
    }

    fn function(&self) -> Function {
        let env = [
            ("OUTPUT", self.output),
            ("DOCUMENTS_TO", SEARCH),
            ("AWS_ENDPOINT_URL", self.proxy.endpoint()),
        ];
        Function::start(&env).expect("the function starts")
    }

    fn requests(&self) -> usize {
        self.proxy.requests_of("PutRecords").len()
    }

    /// Calls the function and kills it as soon as it has made `requests` requests, of which the last
    /// one is held up on its way. `false` where it makes fewer and answers.
    fn killed_at(&self, requests: usize, records: &[Vec<u8>]) -> bool {
        self.proxy
            .add(Rule::nth("PutRecords", requests, Fault::Delay(HELD)));
        let function = self.function();
        let killed = thread::scope(|scope| {
            let call = scope.spawn(|| function.answer(&event(records)));
            while !call.is_finished() {
                if self.requests() >= requests {
                    function.runtime().kill();
                    let answer = call.join().expect("no panic");
                    assert!(answer.is_err(), "it was killed before it answered");
                    return true;
                }
                thread::sleep(Duration::from_millis(5));
            }
            false
        });
        self.proxy.heal();
        killed
    }

    /// Calls the function until nothing comes back any more; returns what it answered.
    async fn deliver(&self, records: &[Vec<u8>]) -> Vec<String> {
        let function = self.function();
        let (mut documents, mut seen) = (Vec::new(), Vec::new());
        let mut waiting = records.to_vec();
        while !waiting.is_empty() {
            for batch in batches(&waiting) {
                let answered = function.answer(&event(batch)).expect("an answer");
                let ok = answered.results().iter().all(|result| *result == "Ok");
                assert!(ok, "{}", answered.metrics);
                documents.extend(answered.records.iter().flat_map(|record| {
                    let text = String::from_utf8(record.data.0.clone()).expect("text");
                    text.lines().map(str::to_owned).collect::<Vec<_>>()
                }));
            }
            waiting = self.taken("source").await;
            // Each as often as it is there: a repeat puts the same bytes back once more.
            for record in &seen {
                let at = waiting.iter().position(|other| other == record);
                waiting.swap_remove(at.expect("a stream forgets nothing"));
            }
            seen.extend(waiting.iter().cloned());
        }
        documents
    }

    /// What a stream has taken so far, aggregated records taken apart.
    async fn taken(&self, name: &str) -> Vec<Vec<u8>> {
        self.streams.user_records(name).await.expect("the stream")
    }
}

/// As many records as Firehose's buffer holds, again and again.
fn batches(records: &[Vec<u8>]) -> Vec<&[Vec<u8>]> {
    let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (at, record) in records.iter().enumerate() {
        bytes += record.len();
        if bytes > 3_000_000 && at > start {
            batches.push(&records[start..at]);
            (start, bytes) = (at, record.len());
        }
    }
    batches.push(&records[start..]);
    batches
}

/// Kills the function at its first request, at its second, and so on, until it makes no more; each
/// time the repeat has to leave each event once in the index. Returns how often it was killed.
async fn killed_everywhere(
    test: &str,
    output: &'static str,
    messages: &[String],
    first: usize,
) -> Option<usize> {
    let search = Search::start(test).expect("a server")?;
    for requests in 1.. {
        let first = first + requests * 100_000;
        let records = [payload(first, messages).expect("a payload")];
        let way = Way::new(output).await;
        if !way.killed_at(requests, &records) {
            return Some(requests - 1);
        }
        let before = way.taken("source").await.len() + way.taken("search").await.len();
        let mut answered = way.deliver(&records).await;
        let sent = way.taken("search").await.into_iter();
        let sent: Vec<String> = sent
            .map(|document| String::from_utf8(document).expect("text"))
            .collect();
        let events: BTreeSet<String> = (first..first + messages.len())
            .map(|number| format!("{number:056}"))
            .collect();
        assert_eq!(ids(&answered).expect("ids"), events, "none is missing");
        assert_eq!(ids(&sent).expect("ids"), events, "none is missing");
        let twice = answered.len() + sent.len() > 2 * events.len();
        assert_eq!(twice, before > 0, "killed at request {requests}");
        // What the archive may hold twice, and the search side get twice, the index holds once.
        answered.extend(sent);
        let indexed = search.index(&answered).expect("none is refused");
        assert!(indexed.iter().all(|at| events.contains(&at.id)));
        let query = json!({"ids": {"values": events}});
        let count = search.count(&query).expect("a count");
        assert_eq!(count, events.len() as u64, "killed at request {requests}");
    }
    None
}

#[tokio::test]
async fn killed_after_any_request_in_document_mode_each_event_is_one_document_in_the_index() {
    let messages: Vec<String> = (0..800)
        .map(|number| format!("{number} {}", "x".repeat(6000)))
        .collect();
    let test = "killed in document mode";
    if let Some(killed) = killed_everywhere(test, "document", &messages, 1_000_000).await {
        assert!(killed >= 4, "killed {killed} times");
    }
}

#[tokio::test]
async fn killed_after_any_request_with_a_batch_that_bursts_each_event_is_one_document_in_the_index()
{
    let test = "killed with a batch that bursts";
    if let Some(killed) = killed_everywhere(test, "ndjson", &flow_logs(7000), 10_000_000).await {
        assert!(killed >= 2, "killed {killed} times");
    }
}
