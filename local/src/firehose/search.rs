//! The destination OpenSearch: one document a record by bulk requests; what is refused goes to the
//! bucket's error prefix.

use super::bulk::{self, Document, Indexed};
use super::counters::{Counters, Outcome};
use super::error_record::{ErrorRecord, OPENSEARCH_FAILED, PROCESSING_FAILED};
use super::objects::Objects;
use super::record::{Failure, Item};
use super::settings::Search;
use crate::http::Http;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;
use tokio::time::interval;

/// How often the age of the open request is looked at.
const TICK: Duration = Duration::from_millis(100);
/// Pause before a busy cluster is asked again, doubled each time up to the longest.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_mins(1);

/// A document that was not indexed, and why.
type Refused = (Document, Failure);

/// Delivers until all senders have gone and all requests are answered.
pub async fn deliver(
    from: Receiver<Item>,
    search: Search,
    objects: Objects,
    counters: Arc<Counters>,
) {
    let delivery = Delivery {
        failed: objects.errors(PROCESSING_FAILED),
        refused: objects.errors(OPENSEARCH_FAILED),
        client: Client {
            http: Http::new(TIMEOUT),
            search: Arc::new(search),
            counters,
        },
        open: Vec::new(),
        bytes: 0,
        since: Instant::now(),
        under_way: JoinSet::new(),
    };
    delivery.run(from).await;
}

struct Delivery {
    client: Client,
    failed: Objects,
    refused: Objects,
    open: Vec<Document>,
    bytes: usize,
    since: Instant,
    under_way: JoinSet<Vec<Refused>>,
}

impl Delivery {
    async fn run(mut self, mut from: Receiver<Item>) {
        let mut tick = interval(TICK);
        loop {
            tokio::select! {
                item = from.recv() => match item {
                    Some(item) => self.take(item).await,
                    None => break,
                },
                Some(done) = self.under_way.join_next(), if !self.under_way.is_empty() => {
                    self.keep(done.unwrap_or_default()).await;
                }
                _ = tick.tick() => self.look_at_the_clock().await,
            }
        }
        self.send().await;
        while let Some(done) = self.under_way.join_next().await {
            self.keep(done.unwrap_or_default()).await;
        }
        self.refused.write().await;
        self.failed.write().await;
    }

    async fn take(&mut self, item: Item) {
        match item {
            Item::Fail {
                line,
                arrival,
                code,
            } => self.failed.add(&line, arrival, Outcome::Failed(code)).await,
            Item::Deliver {
                data, arrival, id, ..
            } => {
                let document = Document { data, arrival, id };
                if let Some(message) = bulk::refusal(&document.data) {
                    let failure = failure(400, message);
                    return self.keep(vec![(document, failure)]).await;
                }
                if self.open.is_empty() {
                    self.since = Instant::now();
                }
                self.bytes += document.data.len();
                self.open.push(document);
                if self.bytes >= self.client.search.buffer_bytes {
                    self.send().await;
                }
            }
        }
    }

    async fn look_at_the_clock(&mut self) {
        if self.since.elapsed() >= self.client.search.buffer_interval {
            self.send().await;
        }
        self.refused.write_if_due().await;
        self.failed.write_if_due().await;
    }

    async fn send(&mut self) {
        if self.open.is_empty() {
            return;
        }
        if self.under_way.len() >= self.client.search.at_once
            && let Some(done) = self.under_way.join_next().await
        {
            self.keep(done.unwrap_or_default()).await;
        }
        let documents = std::mem::take(&mut self.open);
        self.bytes = 0;
        self.under_way.spawn(self.client.clone().index(documents));
    }

    async fn keep(&mut self, refused: Vec<Refused>) {
        for (document, failure) in refused {
            let names = (document.id.as_str(), self.client.search.index.as_str());
            let line =
                ErrorRecord::search(&document.data, document.arrival, &failure, names).line();
            self.refused
                .add(&line, document.arrival, Outcome::Failed(failure.code))
                .await;
        }
    }
}

#[derive(Clone)]
struct Client {
    http: Http,
    search: Arc<Search>,
    counters: Arc<Counters>,
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
