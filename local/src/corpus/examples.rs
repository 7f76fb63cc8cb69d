//! Records written after the examples in AWS's documentation, for what no real record of the corpus
//! shows: sign-ins of root users, changes of keys and of network ACLs, rejected flows, findings of
//! every severity. `local/corpus/README.md` says more.

use super::{Message, Sample, seen_again, trail_event, varied};
use anyhow::Context;

const CLOUDTRAIL: &str = include_str!("../../corpus/cloudtrail-examples.jsonl");
const FLOW_LOGS: &str = include_str!("../../corpus/vpcflow-examples.jsonl");
const FINDINGS: &str = include_str!("../../corpus/guardduty-examples.jsonl");

/// The account that documentation uses, here in the events and at the end of their ids.
const EXAMPLE_ACCOUNT: &str = "123456789012";

/// The `CloudTrail` events, as if of `account`.
///
/// # Errors
/// When the corpus is damaged.
pub fn cloudtrail_examples(account: &str) -> anyhow::Result<Vec<Message>> {
    let event = |line: &str| trail_event(line.replace(EXAMPLE_ACCOUNT, account));
    let events = CLOUDTRAIL.lines().map(event).collect::<Result<_, _>>();
    events.context("corpus/cloudtrail-examples.jsonl can't be read")
}

/// The findings as `EventBridge` logs them in `account`.
///
/// # Errors
/// When the corpus is damaged.
pub fn finding_examples(account: &str) -> anyhow::Result<Vec<Message>> {
    seen_again(FINDINGS, account, 0).context("corpus/guardduty-examples.jsonl can't be read")
}

/// `count` flow log records of `account` in [`example_format`], varied as the real ones.
///
/// # Errors
/// When the corpus is damaged.
pub fn flow_log_examples(account: &str, count: usize) -> anyhow::Result<Vec<Message>> {
    varied(FLOW_LOGS, account, count).context("corpus/vpcflow-examples.jsonl can't be read")
}

/// Their format, as flow logs are configured: the default one's fields, then more.
///
/// # Errors
/// When the corpus is damaged.
pub fn example_format() -> anyhow::Result<String> {
    let line = FLOW_LOGS.lines().next().unwrap_or_default();
    let Sample { format, .. } = serde_json::from_str(line)?;
    let fields = format.split(' ').map(|field| format!("${{{field}}}"));
    Ok(fields.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn examples_of_two_accounts_are_other_documents() {
        let accounts = ["333333333333", "444444444444"];
        let all = accounts.map(|account| {
            let mut all = cloudtrail_examples(account).unwrap();
            all.extend(finding_examples(account).unwrap());
            all
        });
        let all = all.concat();
        let ids: HashSet<&str> = all
            .iter()
            .filter_map(|m| m.document_id.as_deref())
            .collect();
        assert_eq!((all.len(), ids.len()), (2 * (17 + 15), 2 * (17 + 15)));
    }

    #[test]
    fn flow_log_examples_have_a_value_for_each_field() {
        let fields = example_format().unwrap().split(' ').count();
        for record in flow_log_examples("333333333333", 40).unwrap() {
            assert_eq!(record.text.split(' ').count(), fields, "{}", record.text);
        }
    }
}
