//! Real log records to send, and as many more as wanted by varying them in the same way each time.
//! `local/corpus/README.md` says where they come from.

use crate::cloudwatch::LogEvent;
use anyhow::{Context, anyhow};
use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{BufRead, BufReader};

mod examples;

pub use examples::{cloudtrail_examples, example_format, finding_examples, flow_log_examples};

const CLOUDTRAIL: &[u8] = include_bytes!("../corpus/cloudtrail.jsonl.gz");
const FLOW_LOGS: &str = include_str!("../corpus/vpcflow.jsonl");
const FINDINGS: &str = include_str!("../corpus/guardduty.jsonl");

/// The day of most of the `CloudTrail` events: flow logs and findings are sent as if of that day, so
/// that all of them can be seen side by side.
const DAY: &str = "2023-07-10";
/// Seconds from the flow log records' own times to that day.
const TO_THAT_DAY: u64 = 37_344_000;
/// Seconds by which a repeated flow log record is later than the one before.
const LATER: u64 = 7;
/// Seconds between two updates of a finding.
const UPDATED_AFTER: i64 = 900;

/// A message to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The text.
    pub text: String,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    /// The id that its document has to carry; where there is none, the log event's.
    pub document_id: Option<String>,
}

impl Message {
    /// The log event with that id.
    #[must_use]
    pub fn logged(&self, id: String) -> LogEvent {
        LogEvent {
            id,
            timestamp: self.timestamp,
            message: self.text.clone(),
        }
    }
}

/// The `CloudTrail` events, each id once, untouched.
///
/// # Errors
/// When the corpus is damaged.
pub fn cloudtrail() -> anyhow::Result<Vec<Message>> {
    let mut seen = HashSet::new();
    let mut messages = Vec::new();
    for line in BufReader::new(GzDecoder::new(CLOUDTRAIL)).lines() {
        let message = trail_event(line.context("corpus/cloudtrail.jsonl.gz can't be read")?)
            .context("corpus/cloudtrail.jsonl.gz holds no event")?;
        if seen.insert(message.document_id.clone()) {
            messages.push(message);
        }
    }
    Ok(messages)
}

fn trail_event(text: String) -> anyhow::Result<Message> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Event {
        event_time: String,
        #[serde(rename = "eventID")]
        event_id: String,
    }
    let event: Event = serde_json::from_str(&text)?;
    Ok(Message {
        timestamp: event.event_time.parse::<Timestamp>()?.as_millisecond(),
        document_id: Some(event.event_id),
        text,
    })
}

/// `count` flow log records of `account`: the corpus's, as if of [`DAY`], and again with later times
/// and other ports.
///
/// # Errors
/// When the corpus is damaged.
pub fn flow_logs(account: &str, count: usize) -> anyhow::Result<Vec<Message>> {
    varied(FLOW_LOGS, account, count).context("corpus/vpcflow.jsonl can't be read")
}

/// A flow log record and the names of its fields.
#[derive(Deserialize)]
struct Sample {
    format: String,
    line: String,
}

/// `count` variations of the records in `samples`, a [`Sample`] a line.
fn varied(samples: &str, account: &str, count: usize) -> anyhow::Result<Vec<Message>> {
    let samples = samples
        .lines()
        .map(|line| Ok(serde_json::from_str::<Sample>(line)?.line))
        .collect::<anyhow::Result<Vec<String>>>()?;
    (0..count)
        .map(|n| {
            let round = (n / samples.len()) as u64;
            flow_log(&samples[n % samples.len()], account, round)
        })
        .collect()
}

/// The `round`th variation of a record whose first fields are those of the default format.
fn flow_log(line: &str, account: &str, round: u64) -> anyhow::Result<Message> {
    let mut fields: Vec<String> = line.split_whitespace().map(ToOwned::to_owned).collect();
    let [_, owner, _, _, _, port, _, _, _, _, start, end, _, _, ..] = fields.as_mut_slice() else {
        return Err(anyhow!("a record of another format: {line}"));
    };
    account.clone_into(owner);
    for time in [start, &mut *end] {
        *time = (time.parse::<u64>()? + TO_THAT_DAY + round * LATER).to_string();
    }
    let timestamp = end.parse::<i64>()? * 1000;
    // ICMP has none.
    if let Ok(number @ 1..) = port.parse::<u64>() {
        *port = (1024 + (number + round * 7919) % 64512).to_string();
    }
    Ok(Message {
        text: fields.join(" "),
        timestamp,
        document_id: None,
    })
}

/// The findings as `EventBridge` logs them in `account`: each as if of [`DAY`], then `updates` times
/// seen again, with a higher count and a later time.
///
/// # Errors
/// When the corpus is damaged.
pub fn findings(account: &str, updates: usize) -> anyhow::Result<Vec<Message>> {
    seen_again(FINDINGS, account, updates).context("corpus/guardduty.jsonl can't be read")
}

/// The findings in `findings`, one a line, each `1 + updates` times.
fn seen_again(findings: &str, account: &str, updates: usize) -> anyhow::Result<Vec<Message>> {
    let mut messages = Vec::new();
    for line in findings.lines() {
        let finding: Value = serde_json::from_str(line)?;
        let date = finding["updatedAt"].as_str().and_then(|at| at.get(..10));
        let date = date.context("a finding without a date")?;
        let finding: Value = serde_json::from_str(&line.replace(date, DAY))?;
        for update in 0..=updates {
            let update = i64::try_from(update)?;
            messages.push(finding_event(finding.clone(), account, update)?);
        }
    }
    Ok(messages)
}

fn finding_event(mut finding: Value, account: &str, update: i64) -> anyhow::Result<Message> {
    let first = finding["updatedAt"].as_str().context("no finding")?;
    let first: Timestamp = format!("{}Z", first.trim_end_matches('Z').replace(' ', "T")).parse()?;
    let at = Timestamp::from_millisecond(first.as_millisecond() + update * UPDATED_AFTER * 1000)?;
    let time = at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    // A finding is its account's: the same one in two accounts has two ids.
    let id = format!(
        "{account}{}",
        &finding["id"].as_str().unwrap_or_default()[12..]
    );
    finding["id"] = json!(id);
    finding["accountId"] = json!(account);
    finding["service"]["count"] = json!(update + 1);
    if update > 0 {
        finding["updatedAt"] = json!(time);
    }
    let event = json!({
        "version": "0",
        "id": format!("{id}-{update}"),
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "account": account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": finding["region"],
        "resources": [],
        "detail": finding,
    });
    Ok(Message {
        text: event.to_string(),
        timestamp: at.as_millisecond(),
        document_id: Some(format!("{id}-{time}")),
    })
}

/// Lines of an application's log, made up.
#[must_use]
pub fn application(count: usize) -> Vec<Message> {
    let start: i64 = 1_688_990_400_000;
    (0..count)
        .zip((start..).step_by(1500))
        .map(|(n, timestamp)| Message {
            text: format!(
                "level=info request={n} path=/checkout/{} took={}ms",
                n % 9,
                3 + n * 13 % 40
            ),
            timestamp,
            document_id: None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "333333333333";

    #[test]
    fn the_cloudtrail_corpus_holds_two_thousand_distinct_events() {
        let events = cloudtrail().unwrap();
        assert_eq!(events.len(), 2034);
        assert!(
            events
                .iter()
                .all(|event| event.timestamp > 1_600_000_000_000)
        );
    }

    #[test]
    fn flow_logs_vary_but_the_same_way_each_time() {
        let records = flow_logs(ACCOUNT, 100).unwrap();
        assert_eq!(records, flow_logs(ACCOUNT, 100).unwrap());
        let texts: HashSet<&str> = records.iter().map(|r| r.text.as_str()).collect();
        assert_eq!(texts.len(), 100);
        assert_eq!(
            records[3].text,
            "2 333333333333 eni-0b7ee7497ac15992e 205.185.127.13 10.255.1.170 53308 9034 17 1 147 1688990509 1688990511 ACCEPT OK"
        );
    }

    #[test]
    fn a_finding_seen_again_is_another_document() {
        let findings = findings(ACCOUNT, 2).unwrap();
        let ids: HashSet<&str> = findings
            .iter()
            .filter_map(|f| f.document_id.as_deref())
            .collect();
        assert_eq!((findings.len(), ids.len()), (12, 12));
        let last: Value = serde_json::from_str(&findings[2].text).unwrap();
        assert_eq!(last["detail"]["service"]["count"], 3);
        assert_eq!(last["detail"]["updatedAt"], "2023-07-10T21:10:06.721Z");
    }
}
