//! The built function behind a Runtime API: events in, answers and metrics out, all of them checked.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context, ensure};
use aws_lambda_events::firehose::{KinesisFirehoseResponse, KinesisFirehoseResponseRecord};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::MultiGzDecoder;
use local::cloudwatch::{LogEvent, LogStream, envelope};
use local::function::{FunctionError, Invocation, Invoking};
use local::runtime_api::{MAX_ANSWER, RuntimeApi};
use serde_json::{Value, json};

/// The Kinesis stream that the events come from.
pub const SOURCE: &str = "arn:aws:kinesis:eu-central-1:222222222222:stream/source";
/// The delivery stream that calls.
pub const DELIVERY: &str = "arn:aws:firehose:eu-central-1:222222222222:deliverystream/archive";

/// The function, running.
pub struct Function {
    runtime: RuntimeApi,
}

/// What came of one invocation.
pub struct Answered {
    /// The answer as AWS's own types for Rust read it.
    pub records: Vec<KinesisFirehoseResponseRecord>,
    /// The line of metrics.
    pub metrics: Value,
    /// The answer's size.
    pub bytes: usize,
    /// All lines of the log.
    pub log: Vec<String>,
    /// How long the invocation took.
    pub duration: Duration,
}

impl Function {
    /// Starts the function with these environment variables.
    ///
    /// # Errors
    /// When it isn't built or doesn't start.
    pub fn start(env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let runtime = RuntimeApi::start(&crate::binary("transform")?, env)?;
        Ok(Self { runtime })
    }

    /// The Runtime API around it.
    #[must_use]
    pub fn runtime(&self) -> &RuntimeApi {
        &self.runtime
    }

    /// Ends invocations after `timeout`.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            runtime: self.runtime.with_timeout(timeout),
        }
    }

    /// Calls it with `event`, and holds what comes against everything that is always true: the
    /// limit, one answer for each record in their order, and metrics that add up.
    ///
    /// # Errors
    /// When the function fails, or something of that isn't true.
    pub fn answer(&self, event: &[u8]) -> anyhow::Result<Answered> {
        let done = self.runtime.invoke(event)?;
        let answer = done
            .result
            .map_err(|error| anyhow::anyhow!("the invocation failed: {error}"))?;
        ensure!(
            answer.len() <= MAX_ANSWER,
            "an answer of {} bytes",
            answer.len()
        );
        let response: KinesisFirehoseResponse =
            serde_json::from_slice(&answer).context("AWS's own types can't read the answer")?;
        let event: Value = serde_json::from_slice(event)?;
        let asked: Vec<Option<&str>> = event["records"]
            .as_array()
            .context("no records")?
            .iter()
            .map(|record| record["recordId"].as_str())
            .collect();
        let answered: Vec<Option<&str>> = response
            .records
            .iter()
            .map(|r| r.record_id.as_deref())
            .collect();
        ensure!(asked == answered, "asked for {asked:?}, got {answered:?}");
        let metrics = metrics(&done.log)?;
        adds_up(&metrics, &response)?;
        Ok(Answered {
            records: response.records,
            metrics,
            log: done.log,
            bytes: answer.len(),
            duration: done.duration,
        })
    }
}

impl local::function::Function for Function {
    fn invoke(&self, event: Vec<u8>) -> Invoking<'_> {
        let done = tokio::task::block_in_place(|| self.runtime.invoke(&event));
        let (answer, log) = match done {
            Ok(done) => (
                done.result
                    .map_err(|error| FunctionError::Failed(error.to_string())),
                done.log.join("\n"),
            ),
            Err(error) => (
                Err(FunctionError::NotInvoked(error.to_string())),
                String::new(),
            ),
        };
        Box::pin(async move { Invocation { answer, log } })
    }
}

impl Answered {
    /// The results, in the order of the records.
    #[must_use]
    pub fn results(&self) -> Vec<&str> {
        let results = self.records.iter().map(|record| record.result.as_deref());
        results.map(Option::unwrap_or_default).collect()
    }

    /// The documents in the answer to the record at this position, which is NDJSON, perhaps gzipped.
    ///
    /// # Errors
    /// When a line is no JSON object or isn't ended.
    pub fn documents(&self, record: usize) -> anyhow::Result<Vec<Value>> {
        let data = &self.records[record].data.0;
        let mut text = Vec::new();
        if data.starts_with(&[0x1f, 0x8b]) {
            MultiGzDecoder::new(data.as_slice()).read_to_end(&mut text)?;
        } else {
            text.clone_from(data);
        }
        ensure!(
            text.is_empty() || text.ends_with(b"\n"),
            "a line without its end"
        );
        let lines = text
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty());
        lines
            .map(|line| Ok(serde_json::from_slice(line)?))
            .collect()
    }

    /// A metric's value; 0 where it isn't there.
    #[must_use]
    pub fn metric(&self, name: &str) -> u64 {
        count(&self.metrics, name)
    }
}

/// The one line of metrics in a log.
fn metrics(log: &[String]) -> anyhow::Result<Value> {
    let mut lines = log.iter().filter(|line| line.starts_with("{\"_aws\""));
    let line = lines
        .next()
        .with_context(|| format!("no metrics in {log:?}"))?;
    ensure!(lines.next().is_none(), "more than one line of metrics");
    Ok(serde_json::from_str(line)?)
}

/// Whether records and events are all accounted for, and the answer agrees.
fn adds_up(metrics: &Value, answer: &KinesisFirehoseResponse) -> anyhow::Result<()> {
    let count = |name| count(metrics, name);
    for (metric, result) in [
        ("Ok", "Ok"),
        ("Dropped", "Dropped"),
        ("Failed", "ProcessingFailed"),
    ] {
        let records = answer
            .records
            .iter()
            .filter(|r| r.result.as_deref() == Some(result));
        ensure!(
            records.count() as u64 == count(metric),
            "{metric}: {metrics}"
        );
    }
    ensure!(
        count("RecordsIn") == count("Ok") + count("Dropped") + count("Failed"),
        "records: {metrics}"
    );
    let outcomes = [
        "DocumentsOut",
        "PutBackEvents",
        "EventsEmpty",
        "EventsFailed",
    ];
    ensure!(
        count("EventsIn") == outcomes.map(count).iter().sum::<u64>(),
        "events: {metrics}"
    );
    Ok(())
}

fn count(metrics: &Value, name: &str) -> u64 {
    metrics[name].as_u64().unwrap_or_default()
}

/// A Firehose event with a Kinesis source around records of these bytes.
#[must_use]
pub fn event(records: &[Vec<u8>]) -> Vec<u8> {
    event_from(Some(SOURCE), records)
}

/// A Firehose event around records of these bytes; without a source, of a delivery stream into
/// which records are put directly.
#[must_use]
pub fn event_from(source: Option<&str>, records: &[Vec<u8>]) -> Vec<u8> {
    let record = |(number, data): (usize, &Vec<u8>)| {
        let mut record = json!({
            "recordId": format!("record-{number}"),
            "approximateArrivalTimestamp": 1_700_000_000_000_u64,
            "data": STANDARD.encode(data),
        });
        if source.is_some() {
            record["kinesisRecordMetadata"] = json!({
                "sequenceNumber": "49546986683135544286507457936321625675700192471156785154",
                "subsequenceNumber": "",
                "partitionKey": format!("key-{number}"),
                "shardId": "shardId-000000000000",
                "approximateArrivalTimestamp": 1_700_000_000_000_u64,
            });
        }
        record
    };
    let records: Vec<Value> = records.iter().enumerate().map(record).collect();
    let mut event = json!({
        "invocationId": "11111111-2222-3333-4444-555555555555",
        "deliveryStreamArn": DELIVERY,
        "region": "eu-central-1",
        "records": records,
    });
    if let Some(source) = source {
        event["sourceKinesisStreamArn"] = json!(source);
    }
    event.to_string().into_bytes()
}

/// A log line of `bytes` bytes that gzip can't make much smaller; another one for each `seed`.
#[must_use]
pub fn noise(seed: usize, bytes: usize) -> String {
    let mut state = (seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'0' + (state.to_le_bytes()[4] & 63))
    };
    (0..bytes).map(next).collect()
}

/// The payload of these messages, whose events' ids count on from `first`.
///
/// # Errors
/// When it can't be compressed.
pub fn payload(first: usize, messages: &[String]) -> anyhow::Result<Vec<u8>> {
    payload_from("333333333333", "/app/orders", first, messages)
}

/// The same from another account and log group, with ids from 0.
///
/// # Errors
/// When it can't be compressed.
pub fn payload_of(account: &str, group: &str, messages: &[String]) -> anyhow::Result<Vec<u8>> {
    payload_from(account, group, 0, messages)
}

fn payload_from(
    account: &str,
    group: &str,
    first: usize,
    messages: &[String],
) -> anyhow::Result<Vec<u8>> {
    let stream = LogStream {
        account: account.to_owned(),
        group: group.to_owned(),
        stream: "host-1".to_owned(),
    };
    let events: Vec<LogEvent> = (first..)
        .zip(messages)
        .map(|(number, message)| LogEvent {
            id: format!("{number:056}"),
            timestamp: 1_700_000_000_000,
            message: message.clone(),
        })
        .collect();
    Ok(envelope::data_message(
        &stream,
        "tributary",
        &events.iter().collect::<Vec<_>>(),
    )?)
}

/// `count` short log lines that differ.
#[must_use]
pub fn lines(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("GET /orders/{number} 200"))
        .collect()
}

/// `count` flow log records: what grows most on its way to documents.
#[must_use]
pub fn flow_logs(count: usize) -> Vec<String> {
    let flow = |number: usize| {
        let (high, low) = (number / 250 % 250, number % 250);
        format!(
            "2 333333333333 eni-{number:017x} 10.0.{high}.{low} 10.1.0.7 {} 443 6 {number} 4000 1700000000 1700000060 ACCEPT OK",
            1024 + number % 60_000
        )
    };
    (0..count).map(flow).collect()
}
