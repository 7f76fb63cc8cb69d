//! What a delivery to an HTTP endpoint is told, with the service's defaults.

use std::collections::BTreeMap;
use std::time::Duration;

/// An HTTP endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `Url`, with path and query as they are sent.
    pub url: String,
    /// `AccessKey`, copied into a header as it is.
    pub access_key: Option<String>,
    /// `CommonAttributes`.
    pub common_attributes: BTreeMap<String, String>,
    /// `ContentEncoding` is `GZIP`.
    pub gzip: bool,
    /// `SizeInMBs`: bytes of records in one request.
    pub buffer_bytes: usize,
    /// `IntervalInSeconds`: how long a request's first record waits for others.
    pub buffer_interval: Duration,
    /// `RetryOptions.DurationInSeconds`: how long pauses between tries may take together. Waiting for
    /// answers isn't counted.
    pub retry_for: Duration,
    /// The first of these pauses; each is about twice the one before.
    pub first_pause: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Requests under way at once.
    pub at_once: usize,
}

impl Endpoint {
    /// That address with the service's defaults: requests of 5 MB or 300 s, not compressed, an answer
    /// within three minutes, tried again for 300 s.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            access_key: None,
            common_attributes: BTreeMap::new(),
            gzip: false,
            buffer_bytes: 5 * 1024 * 1024,
            buffer_interval: Duration::from_mins(5),
            retry_for: Duration::from_mins(5),
            first_pause: Duration::from_secs(1),
            timeout: Duration::from_mins(3),
            at_once: 2,
        }
    }
}
