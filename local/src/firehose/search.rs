//! The destination OpenSearch: one document a record by bulk requests; what is refused goes to the
//! bucket's error prefix.

use super::bulk::{self, Indexed};
use super::counters::{Counters, Outcome};
use super::error_record::{ErrorRecord, OPENSEARCH_FAILED};
use super::objects::Objects;
use super::record::{Failure, Item};
use super::requests::{self, ByRequests, Document, Limits, Refused};
use super::settings::Search;
use crate::http::Http;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;

/// Pause before a busy cluster is asked again, doubled each time up to the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Delivers until all senders have gone and all requests are answered.
pub async fn deliver(
    from: Receiver<Item>,
    search: Search,
    objects: Objects,
    counters: Arc<Counters>,
) {
    let client = Client {
        http: Http::new(TIMEOUT),
        search: Arc::new(search),
        counters,
    };
    requests::deliver(from, client, objects).await;
}

#[derive(Clone)]
struct Client {
    http: Http,
    search: Arc<Search>,
    counters: Arc<Counters>,
}

impl ByRequests for Client {
    const ERRORS: &'static str = OPENSEARCH_FAILED;

    fn limits(&self) -> Limits {
        Limits {
            bytes: self.search.buffer_bytes,
            documents: usize::MAX,
            interval: self.search.buffer_interval,
            at_once: self.search.at_once,
        }
    }

    fn refusal(&self, data: &[u8]) -> Option<Failure> {
        bulk::refusal(data).map(|message| failure(400, message))
    }

    fn send(self, documents: Vec<Document>) -> impl Future<Output = Vec<Refused>> + Send + 'static {
        self.index(documents)
    }

    fn error_record(&self, document: &Document, failure: &Failure) -> ErrorRecord {
        let names = (document.id.as_str(), self.search.index.as_str());
        ErrorRecord::search(&document.data, document.arrival, failure, names)
    }
}

impl Client {
    /// Indexes `documents`, those that a busy cluster didn't take again and again; returns what it
    /// refused or didn't take to the end.
    async fn index(self, mut documents: Vec<Document>) -> Vec<Refused> {
        let give_up = Instant::now() + self.search.retry_for;
        let mut refused = Vec::new();
        let mut pause = PAUSE;
        for attempt in 1.. {
            let (busy, why) = self.round(documents, &mut refused).await;
            if busy.is_empty() {
                break;
            }
            self.counters.problem(format!(
                "{} did not take {} documents: {why}",
                self.search.url,
                busy.len()
            ));
            if Instant::now() >= give_up {
                let failure = Failure {
                    attempts: attempt,
                    ..failure(503, why)
                };
                refused.extend(busy.into_iter().map(|document| (document, failure.clone())));
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            documents = busy;
        }
        refused
    }

    /// Asks once; adds to `refused`, and returns what the cluster was too busy for, and what it said.
    async fn round(
        &self,
        documents: Vec<Document>,
        refused: &mut Vec<Refused>,
    ) -> (Vec<Document>, String) {
        let answers = self.ask(&documents).await;
        let (mut busy, mut why, mut done) = (Vec::new(), String::new(), 0);
        for (document, indexed) in documents.into_iter().zip(answers) {
            match indexed {
                Indexed::Done => done += 1,
                Indexed::Refused(status, message) => {
                    refused.push((document, failure(status, message)));
                }
                Indexed::Busy(message) => {
                    why = message;
                    busy.push(document);
                }
            }
        }
        self.counters
            .settle(std::iter::repeat_n(Outcome::Delivered, done));
        (busy, why)
    }

    /// One request; where it has no readable answer, all documents count as not taken.
    async fn ask(&self, documents: &[Document]) -> Vec<Indexed> {
        let url = format!("{}/_bulk", self.search.url);
        let body = bulk::body(&self.search.index, documents);
        let http = self.http.clone();
        let asked =
            tokio::task::spawn_blocking(move || http.post(&url, "application/x-ndjson", &body))
                .await;
        let answer = match asked {
            Ok(Ok(reply)) if reply.is_success() => bulk::read(&reply.body, documents.len()),
            Ok(Ok(reply)) if matches!(reply.status, 429 | 500..=599) => {
                Err(format!("{} {}", reply.status, reply.text()))
            }
            Ok(Ok(reply)) => Ok(vec![
                Indexed::Refused(reply.status, reply.text());
                documents.len()
            ]),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        answer.unwrap_or_else(|why| vec![Indexed::Busy(why); documents.len()])
    }
}

fn failure(status: u16, message: String) -> Failure {
    Failure {
        code: status.to_string(),
        message,
        attempts: 1,
    }
}
