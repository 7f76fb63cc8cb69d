//! Sends all logs through CloudWatch Logs' delivery, and the damaged payloads past it.

use super::console::Console;
use super::damaged::{self, Damaged};
use super::onboard::Onboarded;
use super::traffic::{Shipment, Traffic};
use crate::aws::Aws;
use crate::cloudwatch::batch::BatchLimits;
use crate::cloudwatch::routes::NotSent;
use crate::cloudwatch::{CloudWatchLogs, Sent};
use anyhow::ensure;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Events in one payload of an ordinary log stream: the service waits a few seconds at most.
const EVENTS_AT_ONCE: usize = 250;

/// What was sent.
#[derive(Debug, Default)]
pub struct Dispatched {
    /// Events that a filter sent on their way.
    pub events: usize,
    /// Payloads of events.
    pub payloads: usize,
    /// Payloads by which the service checks a destination.
    pub control_messages: u64,
    /// Events of log groups that no filter sends anywhere.
    pub not_subscribed: usize,
}

/// The senders of one organization.
pub struct Senders<'a> {
    aws: &'a Aws,
    logs: CloudWatchLogs,
    onboarded: &'a Onboarded,
    console: Console,
}

impl<'a> Senders<'a> {
    /// For the organization of that id.
    #[must_use]
    pub fn new(
        aws: &'a Aws,
        organization: &str,
        onboarded: &'a Onboarded,
        console: Console,
    ) -> Self {
        Self {
            aws,
            logs: CloudWatchLogs::new(aws.clone(), organization),
            onboarded,
            console,
        }
    }

    /// Sends the one busy log stream, in payloads as large as they get.
    ///
    /// # Errors
    /// When not every event is sent.
    pub async fn burst(
        &self,
        traffic: &Traffic,
        dispatched: &mut Dispatched,
    ) -> anyhow::Result<()> {
        let Some(shipment) = &traffic.burst else {
            return Ok(());
        };
        let sent = self.logs.send(&shipment.from, &shipment.events).await?;
        count(shipment, &sent, dispatched)
    }

    /// Sends everything else.
    ///
    /// # Errors
    /// When something isn't sent that should be, or is sent that shouldn't.
    pub async fn rest(
        &self,
        traffic: &mut Traffic,
        damaged: &[Damaged],
        dispatched: &mut Dispatched,
    ) -> anyhow::Result<()> {
        let mut wait = self.console.wait("Sending the members' logs");
        self.control_messages(dispatched).await?;
        let limits = BatchLimits {
            events: EVENTS_AT_ONCE,
            ..BatchLimits::default()
        };
        let mut sending = JoinSet::new();
        for shipment in std::mem::take(&mut traffic.ordinary) {
            let logs = self.logs.clone().with_limits(limits);
            let shipment = Arc::new(shipment);
            sending.spawn(
                async move { (logs.send(&shipment.from, &shipment.events).await, shipment) },
            );
        }
        while let Some(done) = sending.join_next().await {
            let (sent, shipment) = done?;
            count(&shipment, &sent?, dispatched)?;
            wait.at(&format!("{} events", dispatched.events));
            traffic.ordinary.extend(Arc::into_inner(shipment));
        }
        self.unsubscribed(&traffic.unsubscribed, dispatched).await?;
        damaged::put(self.aws, &self.onboarded.stream, damaged).await?;
        wait.done(&format!(
            "{} events in {} payloads, {} control messages, {} damaged payloads; {} events of a log group without filter stay where they are",
            dispatched.events,
            dispatched.payloads,
            dispatched.control_messages,
            damaged.len(),
            dispatched.not_subscribed
        ));
        Ok(())
    }

    /// The service sends one each time a destination is put. Here come more of them than of one
    /// onboarding, as many as there are filters: none may become a document.
    async fn control_messages(&self, dispatched: &mut Dispatched) -> anyhow::Result<()> {
        for n in 0..=i64::try_from(self.onboarded.filters)? {
            let sent = self
                .logs
                .check(&self.onboarded.destination, 1_785_000_000_000 + n)
                .await?;
            ensure!(
                sent,
                "the destination {} doesn't lead to a stream",
                self.onboarded.destination
            );
            dispatched.control_messages += 1;
        }
        Ok(())
    }

    async fn unsubscribed(
        &self,
        shipment: &Shipment,
        dispatched: &mut Dispatched,
    ) -> anyhow::Result<()> {
        let sent = self.logs.send(&shipment.from, &shipment.events).await?;
        ensure!(
            sent.events == 0 && sent.not_sent == [NotSent::NoFilter],
            "events of {} were sent although no configuration names it",
            shipment.from.group
        );
        dispatched.not_subscribed += shipment.events.len();
        Ok(())
    }
}

fn count(shipment: &Shipment, sent: &Sent, dispatched: &mut Dispatched) -> anyhow::Result<()> {
    ensure!(
        sent.events == shipment.events.len(),
        "only {} of {} events of {} in {} were sent: {:?}",
        sent.events,
        shipment.events.len(),
        shipment.from.group,
        shipment.from.account,
        sent.not_sent
    );
    dispatched.events += sent.events;
    dispatched.payloads += sent.records;
    Ok(())
}
