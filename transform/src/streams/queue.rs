//! Gathers records into requests, and repeats of a request what the stream refuses.

use std::collections::BTreeSet;

use super::retry::Attempts;
use super::{Deadline, Outgoing, RequestError, Streams, Target};

/// Errors that are worth showing, of one invocation.
const MOST_ERRORS: usize = 3;

/// What became of the records that were handed over for one stream.
#[derive(Debug, Default)]
pub struct Sent {
    /// The owners (positions in the invocation) of what could not be put.
    pub failed: BTreeSet<usize>,
    /// What the stream, or the way to it, said: the first few failures that were final.
    pub errors: Vec<String>,
    /// How many records the stream has taken.
    pub stream_records: u64,
    /// How many records a reader gets, with aggregated ones taken apart.
    pub records: u64,
}

/// Records that wait for their request.
#[derive(Debug)]
pub(super) struct Queue {
    target: Target,
    deadline: Deadline,
    waiting: Vec<Outgoing>,
    waiting_bytes: usize,
    /// Why the stream takes nothing at all: trying on would only cost time.
    hopeless: Option<String>,
    sent: Sent,
}

/// What came of one request.
enum Answer {
    /// All is taken.
    All,
    /// The stream has said this to some records; whether it took others.
    Refused { reason: String, progress: bool },
}

impl Queue {
    pub(super) fn new(target: Target, deadline: Deadline) -> Self {
        Self {
            target,
            deadline,
            waiting: Vec::new(),
            waiting_bytes: 0,
            hopeless: None,
            sent: Sent::default(),
        }
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Queues a record; sends a request before where it wouldn't fit into it.
    pub(super) async fn push(&mut self, streams: &mut impl Streams, record: Outgoing) {
        let limits = self.target.limits();
        let bytes = record.data.len() + record.partition_key.len();
        if self.waiting.len() == limits.request_records
            || self.waiting_bytes + bytes > limits.request_bytes
        {
            self.send(streams).await;
        }
        self.waiting_bytes += bytes;
        self.waiting.push(record);
    }

    /// Sends what still waits.
    pub(super) async fn finish(mut self, streams: &mut impl Streams) -> Sent {
        self.send(streams).await;
        self.sent
    }

    async fn send(&mut self, streams: &mut impl Streams) {
        let mut attempts = Attempts::default();
        while !self.waiting.is_empty() {
            let Answer::Refused { reason, progress } = self.attempt(streams).await else {
                break;
            };
            if progress {
                attempts = Attempts::default();
            }
            match attempts
                .next_wait(self.deadline)
                .filter(|_| self.hopeless.is_none())
            {
                Some(wait) => tokio::time::sleep(wait).await,
                None => self.give_up(&reason),
            }
        }
        self.waiting_bytes = 0;
    }

    /// One request with all that waits; what the stream takes waits no longer.
    async fn attempt(&mut self, streams: &mut impl Streams) -> Answer {
        if let Some(reason) = &self.hopeless {
            return Answer::Refused {
                reason: reason.clone(),
                progress: false,
            };
        }
        let put = streams.put(&self.target, &self.waiting);
        let result = match self.deadline.left() {
            Some(left) => tokio::time::timeout(left, put)
                .await
                .unwrap_or_else(|_| Err(RequestError::no_time())),
            None => put.await,
        };
        match result {
            Ok(refused) => {
                let before = self.waiting.len();
                let reason = refused.first().map(|refused| refused.code.clone());
                self.keep(&refused.iter().map(|refused| refused.index).collect());
                let progress = self.waiting.len() < before;
                reason.map_or(Answer::All, |reason| Answer::Refused { reason, progress })
            }
            Err(error) => {
                if !error.retryable {
                    self.hopeless = Some(error.message.clone());
                }
                Answer::Refused {
                    reason: error.message,
                    progress: false,
                }
            }
        }
    }

    /// Keeps the records at these positions waiting; the others are taken.
    fn keep(&mut self, refused: &BTreeSet<usize>) {
        let all = std::mem::take(&mut self.waiting);
        for (index, record) in all.into_iter().enumerate() {
            if refused.contains(&index) {
                self.waiting.push(record);
            } else {
                self.sent.stream_records += 1;
                self.sent.records += record.records as u64;
            }
        }
    }

    fn give_up(&mut self, reason: &str) {
        self.sent
            .failed
            .extend(self.waiting.drain(..).flat_map(|record| record.owners));
        let error = format!("{}: {reason}", self.target);
        if self.sent.errors.len() < MOST_ERRORS && !self.sent.errors.contains(&error) {
            self.sent.errors.push(error);
        }
    }
}
