//! A delivery stream to S3 around a function that a test writes down: records in, objects out.

use anyhow::ensure;
use base64::{Engine, engine::general_purpose::STANDARD};
use local::aws::Aws;
use local::cloudwatch::routes::StreamAddress;
use local::firehose::error_record::ErrorRecord;
use local::firehose::{Bucket, Destination, Firehose, Processor, Settings, Snapshot};
use local::function::{Function, FunctionError, Invocation, Invoking};
use local::ministack::Ministack;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::stream::put_record;

/// The account of the streams, buckets and functions.
pub const ACCOUNT: &str = "222222222222";
/// The Region of everything.
pub const REGION: &str = "eu-central-1";
/// The ARN that the function goes by.
pub const LAMBDA: &str = "arn:aws:lambda:eu-central-1:222222222222:function:script";
const BUCKET: &str = "archive";
const DEADLINE: Duration = Duration::from_mins(1);
/// All that runs beside a whole stack has to be through after that long.
const THROUGH_WITHIN: Duration = Duration::from_mins(5);

type Answer = Result<Value, FunctionError>;
type Answering = dyn Fn(&Value, usize) -> Answer + Send + Sync;

/// A function that answers as a test tells it: given the event, and how often it was called before.
pub struct Script {
    answer: Box<Answering>,
    events: Mutex<Vec<Value>>,
}

impl Script {
    /// A function that answers by `answer`.
    pub fn new(answer: impl Fn(&Value, usize) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            answer: Box::new(answer),
            events: Mutex::default(),
        })
    }

    /// The events it was called with so far.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Function for Script {
    fn invoke(&self, event: Vec<u8>) -> Invoking<'_> {
        let event: Value = serde_json::from_slice(&event).unwrap_or_default();
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = (self.answer)(&event, events.len()).map(|answer| match answer {
            Value::String(text) => text.into_bytes(),
            other => other.to_string().into_bytes(),
        });
        events.push(event);
        let log = String::new();
        Box::pin(async move { Invocation { answer, log } })
    }
}

/// The answer that gives each record of `event` as `each` says, which gets its id and its text.
///
/// # Errors
/// Never: the type is that of a [`Script`]'s answers.
pub fn each(event: &Value, each: impl Fn(&str, &str) -> Vec<Value>) -> Answer {
    let records = event["records"].as_array().into_iter().flatten();
    let answers: Vec<Value> = records
        .flat_map(|record| {
            let data = STANDARD
                .decode(record["data"].as_str().unwrap_or_default())
                .unwrap_or_default();
            each(
                record["recordId"].as_str().unwrap_or_default(),
                &String::from_utf8_lossy(&data),
            )
        })
        .collect();
    Ok(json!({ "records": answers }))
}

/// A record's answer: `Ok` with `text` as data.
#[must_use]
pub fn ok(id: &str, text: &str) -> Value {
    json!({"recordId": id, "result": "Ok", "data": STANDARD.encode(text)})
}

/// A way from a Kinesis stream through a function to a bucket.
pub struct Way {
    _ministack: Ministack,
    /// SDK configurations for its accounts.
    pub aws: Aws,
    /// The source stream.
    pub source: StreamAddress,
}

/// What came out at the end.
pub struct Arrived {
    /// All delivered objects, one after the other in the order of their keys.
    pub delivered: Vec<u8>,
    /// All error records.
    pub errors: Vec<ErrorRecord>,
    /// The keys of all objects.
    pub keys: Vec<String>,
    /// The delivery stream's counts.
    pub counts: Snapshot,
}

impl Way {
    /// An empty stand-in with a stream and a bucket.
    ///
    /// # Errors
    /// When the stand-in doesn't start.
    pub async fn new() -> anyhow::Result<Self> {
        let ministack = Ministack::start()?;
        let aws = Aws::new(ministack.endpoint(), REGION).await;
        let source = aws.create_stream(ACCOUNT, "source", 2).await?;
        aws.create_bucket(ACCOUNT, BUCKET).await?;
        Ok(Self {
            _ministack: ministack,
            aws,
            source,
        })
    }

    /// Puts one record on the source stream.
    ///
    /// # Errors
    /// When Kinesis refuses it.
    pub async fn put(&self, data: &[u8]) -> anyhow::Result<()> {
        put_record(&self.aws, ACCOUNT, &self.source.name, data).await
    }

    /// A delivery stream to the bucket that waits for nothing, with three retries.
    #[must_use]
    pub fn settings(&self, function: Arc<dyn Function>) -> Settings {
        Settings {
            aws: self.aws.clone(),
            name: "archive".to_owned(),
            source: self.source.clone(),
            processor: Some(Processor {
                buffer_interval: Duration::from_millis(300),
                timeout: Duration::from_secs(10),
                ..Processor::new(function, LAMBDA)
            }),
            destination: Destination::S3(Self::bucket()),
        }
    }

    /// The bucket's settings: objects after a fifth of a second.
    #[must_use]
    pub fn bucket() -> Bucket {
        Bucket {
            prefix: "data/".to_owned(),
            error_prefix: "errors/!{firehose:error-output-type}/".to_owned(),
            buffer_interval: Duration::from_millis(200),
            ..Bucket::new(BUCKET)
        }
    }

    /// Puts `records`, runs a delivery stream with those settings until all is through, and reads
    /// what arrived.
    ///
    /// # Errors
    /// When a service refuses something, or it takes too long.
    pub async fn run(&self, settings: Settings, records: &[&[u8]]) -> anyhow::Result<Arrived> {
        for record in records {
            self.put(record).await?;
        }
        let firehose = Firehose::start(settings).await?;
        through(&firehose, DEADLINE).await?;
        let counts = firehose.stop().await;
        ensure!(
            counts.read == counts.settled(),
            "unsettled records: {counts:?}"
        );
        self.arrived(counts).await
    }

    async fn arrived(&self, counts: Snapshot) -> anyhow::Result<Arrived> {
        let mut arrived = Arrived {
            delivered: Vec::new(),
            errors: Vec::new(),
            keys: Vec::new(),
            counts,
        };
        for object in self.aws.objects(ACCOUNT, BUCKET, "").await? {
            if object.key.starts_with("errors/") {
                for line in object
                    .bytes
                    .split(|&b| b == b'\n')
                    .filter(|line| !line.is_empty())
                {
                    arrived.errors.push(serde_json::from_slice(line)?);
                }
            } else {
                arrived.delivered.extend(object.bytes);
            }
            arrived.keys.push(object.key);
        }
        Ok(arrived)
    }
}

impl Arrived {
    /// The error records as pairs of code and original text.
    #[must_use]
    pub fn failures(&self) -> Vec<(String, String)> {
        let pair = |error: &ErrorRecord| {
            let raw = STANDARD.decode(&error.raw_data).unwrap_or_default();
            (
                error.error_code.clone(),
                String::from_utf8_lossy(&raw).into_owned(),
            )
        };
        self.errors.iter().map(pair).collect()
    }

    /// What was delivered, as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.delivered).into_owned()
    }
}

/// Runs delivery streams, of which each fills the next one's source, until all is through.
///
/// # Errors
/// When one can't be started, or it takes too long.
pub async fn run_all(all: Vec<Settings>) -> anyhow::Result<Vec<Snapshot>> {
    let mut running = Vec::new();
    for settings in all {
        running.push(Firehose::start(settings).await?);
    }
    let start = Instant::now();
    let mut done = Vec::new();
    for firehose in running {
        // Only now its source is complete.
        through(&firehose, THROUGH_WITHIN.saturating_sub(start.elapsed())).await?;
        done.push(firehose.stop().await);
    }
    Ok(done)
}

/// Waits until everything that is on a delivery stream's source by now is delivered or failed.
///
/// # Errors
/// When it takes too long.
pub async fn through(firehose: &Firehose, within: Duration) -> anyhow::Result<()> {
    let start = Instant::now();
    while !firehose.is_through(start) {
        ensure!(
            start.elapsed() < within,
            "not through: {:?}",
            firehose.snapshot()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
