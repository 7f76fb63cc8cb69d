//! What the members log, and the list of what has to arrive.

use super::options::Volume;
use crate::cloudwatch::event_id::EventIds;
use crate::cloudwatch::{LogEvent, LogStream};
use crate::corpus::{self, Message};
use crate::organization::{
    APPLICATION, Account, CLOUDTRAIL, DETAILED_FLOW_LOGS, FLOW_LOGS, GUARDDUTY, Organization,
    UNSUBSCRIBED,
};

/// The value of `event.dataset` of flow logs.
pub const VPCFLOW: &str = "aws.vpcflow";
const DATASETS: [(&str, &str); 5] = [
    (FLOW_LOGS, VPCFLOW),
    (DETAILED_FLOW_LOGS, VPCFLOW),
    (CLOUDTRAIL, "aws.cloudtrail"),
    (GUARDDUTY, "aws.guardduty"),
    (APPLICATION, "aws.cloudwatch_logs"),
];

/// Events of one log stream.
#[derive(Debug)]
pub struct Shipment {
    /// Where they are logged.
    pub from: LogStream,
    /// The events.
    pub events: Vec<LogEvent>,
    /// What has to arrive of them.
    pub expected: Vec<Expected>,
}

/// A document that has to arrive exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Its id.
    pub document_id: String,
    /// Its dataset.
    pub dataset: &'static str,
    /// The account that sends the event.
    pub account: String,
}

/// All that is logged.
#[derive(Debug)]
pub struct Traffic {
    /// One log stream of one member, whose documents would burst one answer; sent first.
    pub burst: Option<Shipment>,
    /// The members' ordinary logs.
    pub ordinary: Vec<Shipment>,
    /// A log group that nobody subscribed: nothing of it may arrive.
    pub unsubscribed: Shipment,
}

impl Traffic {
    /// What `organization`'s members log.
    ///
    /// # Errors
    /// When the corpus is damaged.
    pub fn of(organization: &Organization, volume: Volume) -> anyhow::Result<Self> {
        let mut ids = EventIds::at(1_785_000_000_000);
        let members = &organization.members;
        let mut ordinary = Vec::new();
        let trail = corpus::cloudtrail()?;
        let share = trail.len().div_ceil(members.len().max(1));
        for (member, trail) in members.iter().zip(trail.chunks(share)) {
            let account = &member.id;
            let mut log = |group: &str, stream: &str, messages: &[Message]| {
                ordinary.push(shipment(&mut ids, member, (group, stream), messages));
            };
            log(
                CLOUDTRAIL,
                &format!("{account}_CloudTrail_eu-central-1"),
                trail,
            );
            log(
                CLOUDTRAIL,
                &format!("{account}_CloudTrail_eu-west-1"),
                &corpus::cloudtrail_examples(account)?,
            );
            log(
                FLOW_LOGS,
                "eni-0b7ee7497ac15992e-all",
                &corpus::flow_logs(account, volume.flow_logs)?,
            );
            log(
                DETAILED_FLOW_LOGS,
                "eni-1235b8ca123456789-all",
                &corpus::flow_log_examples(account, volume.flow_log_examples)?,
            );
            log(
                GUARDDUTY,
                "findings",
                &corpus::findings(account, volume.finding_updates)?,
            );
            log(GUARDDUTY, "examples", &corpus::finding_examples(account)?);
            log(
                APPLICATION,
                "checkout-1",
                &corpus::application(volume.application),
            );
        }
        let first = &members[0];
        let burst = corpus::flow_logs(&first.id, volume.burst)?;
        Ok(Self {
            burst: (volume.burst > 0)
                .then(|| shipment(&mut ids, first, (FLOW_LOGS, "eni-busy-all"), &burst)),
            ordinary,
            unsubscribed: shipment(
                &mut ids,
                first,
                (UNSUBSCRIBED, "report"),
                &corpus::application(25),
            ),
        })
    }

    /// All that has to arrive.
    pub fn expected(&self) -> impl Iterator<Item = &Expected> {
        let shipments = self.burst.iter().chain(&self.ordinary);
        shipments.flat_map(|shipment| &shipment.expected)
    }
}

fn shipment(
    ids: &mut EventIds,
    member: &Account,
    (group, stream): (&str, &str),
    messages: &[Message],
) -> Shipment {
    let dataset = DATASETS
        .iter()
        .find(|(name, _)| *name == group)
        .map_or("", |(_, dataset)| dataset);
    let events: Vec<LogEvent> = ids
        .next_batch(messages.len())
        .into_iter()
        .zip(messages)
        .map(|(id, message)| message.logged(id))
        .collect();
    let expected = events
        .iter()
        .zip(messages)
        .map(|(event, message)| Expected {
            document_id: message
                .document_id
                .clone()
                .unwrap_or_else(|| event.id.clone()),
            dataset,
            account: member.id.clone(),
        });
    Shipment {
        expected: expected.collect(),
        from: LogStream {
            account: member.id.clone(),
            group: group.to_owned(),
            stream: stream.to_owned(),
        },
        events,
    }
}
