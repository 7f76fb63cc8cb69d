//! The destination HTTP endpoint: records by requests that the endpoint has to acknowledge.
//!
//! After "Understand HTTP endpoint delivery request and response specifications"
//! (docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html), the section "HTTP endpoint
//! destination" of "Handle data delivery failures", and "Troubleshooting HTTP endpoints" of the Amazon
//! Data Firehose Developer Guide. What differs from the service: addresses with `http` and any port.
//!
//! A request is taken whole or not at all. It is tried again whatever went wrong, for
//! `RetryOptions.DurationInSeconds`; only a 413 is final, and after one the guide lets the records be
//! kept nowhere.

mod ask;
mod backoff;
mod request;
mod response;
mod settings;

use self::ask::Asker;
use self::backoff::Backoff;
use self::request::Request;
use self::response::Fault;
pub use self::settings::Endpoint;
use super::counters::{Counters, Outcome};
use super::error_record::{ENDPOINT_FAILED, ErrorRecord};
use super::objects::Objects;
use super::record::{Failure, Item};
use super::requests::{self, ByRequests, Document, Limits, Refused};
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;

/// `maxItems` of a request's records.
const MOST_RECORDS: usize = 10_000;

/// Delivers until all senders have gone and all requests have had their end.
pub async fn deliver(
    from: Receiver<Item>,
    endpoint: Endpoint,
    arn: String,
    objects: Objects,
    counters: Arc<Counters>,
) {
    let client = Client {
        asker: Asker::new(endpoint.timeout),
        endpoint: Arc::new(endpoint),
        arn,
        counters,
    };
    requests::deliver(from, client, objects).await;
}

#[derive(Clone)]
struct Client {
    asker: Asker,
    endpoint: Arc<Endpoint>,
    arn: String,
    counters: Arc<Counters>,
}

impl ByRequests for Client {
    const ERRORS: &'static str = ENDPOINT_FAILED;

    fn limits(&self) -> Limits {
        Limits {
            bytes: self.endpoint.buffer_bytes,
            documents: MOST_RECORDS,
            interval: self.endpoint.buffer_interval,
            at_once: self.endpoint.at_once,
        }
    }

    fn send(self, documents: Vec<Document>) -> impl Future<Output = Vec<Refused>> + Send + 'static {
        self.post(documents)
    }

    fn error_record(&self, document: &Document, failure: &Failure) -> ErrorRecord {
        let Document {
            data,
            arrival,
            data_id,
            ..
        } = document;
        ErrorRecord::endpoint(data, *arrival, failure, data_id)
    }
}

impl Client {
    /// Posts one request, with the same id until it is acknowledged or given up.
    async fn post(self, documents: Vec<Document>) -> Vec<Refused> {
        let request = Arc::new(Request::new(&self.endpoint, &self.arn, &documents));
        let mut backoff = Backoff::new(self.endpoint.first_pause, self.endpoint.retry_for);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let Err(fault) = self.asker.ask(&request).await else {
                self.settle(&documents, &Outcome::Delivered);
                return Vec::new();
            };
            self.tell(&request, documents.len(), &fault);
            if fault.is_final {
                self.settle(&documents, &Outcome::Undelivered);
                return Vec::new();
            }
            let Some(pause) = backoff.next() else {
                let failure = fault.after(attempts);
                return documents
                    .into_iter()
                    .map(|document| (document, failure.clone()))
                    .collect();
            };
            tokio::time::sleep(pause).await;
        }
    }

    fn settle(&self, documents: &[Document], outcome: &Outcome) {
        let outcomes = std::iter::repeat_n(outcome.clone(), documents.len());
        self.counters.settle(outcomes);
    }

    fn tell(&self, request: &Request, records: usize, fault: &Fault) {
        self.counters.problem(format!(
            "{} did not take the {records} records of request {}: {} {}",
            self.endpoint.url, request.id, fault.code, fault.message
        ));
    }
}
