//! One account and region: a log group of our own, an event in it, and nothing left of it afterwards.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::group::Group;
use super::marker::Marker;
use super::watch::Arrivals;
use super::{CameOut, CanaryOptions, CanaryResult, CanaryRun, Site};
use crate::aws::AwsError;
use crate::aws::logs::Filter;
use crate::aws::sessions::Session;
use crate::context::{Context, Situation};

/// After so long without a sign another event is put: a filter that was just put may let the first pass
/// by.
const NEXT_EVENT: Duration = Duration::from_secs(10);

/// The same where the event has to reach the archive, which takes minutes.
const NEXT_EVENT_TO_ARCHIVE: Duration = Duration::from_mins(1);

/// Tries it, and clears away, however it ends.
pub(super) async fn try_it(
    context: &Context,
    situation: &Situation,
    arrivals: &Arrivals,
    site: Site,
    (run, options): (&str, &CanaryOptions),
) -> CanaryRun {
    if context.interrupt.is_asked() {
        return ended(site, not_tried(), None);
    }
    let group = match context.open(situation, &site.account).await {
        Ok(session) => group_of(situation, &session, &site),
        Err(error) => return ended(site, failed(&error), None),
    };
    if context.interrupt.is_asked() {
        return ended(site, not_tried(), None);
    }
    if let Err(error) = group.make().await {
        if error.is_region_disabled() {
            let reason = "the region is not enabled in the account".to_owned();
            return ended(site, CanaryResult::Skipped { reason }, None);
        }
        // It may be there all the same, as when the answer was lost; what isn't ours stays.
        let left = match group.must_be_ours().await {
            Ok(()) => left(&group, "").await,
            Err(_) => None,
        };
        return ended(site, failed(&error), left);
    }
    if let Err(error) = group.prepare().await {
        let left = left(&group, ", without a retention").await;
        return ended(site, failed(&error), left);
    }
    let result = tokio::select! {
        result = try_once_there(context, situation, arrivals, (&site, &group), (run, options)) => result,
        () = context.interrupt.asked() => CanaryResult::Failed { reason: "stopped before it came".to_owned() },
    };
    let left = left(&group, ", and keeps its events for a day").await;
    ended(site, result, left)
}

/// Takes the log group away. Where that fails: what is left of it, and what becomes of that.
async fn left(group: &Group, what: &str) -> Option<String> {
    match group.delete().await {
        Err(error) if !error.is_missing() => Some(format!(
            "the log group {} is left{what}: {error}; `bootstrap destroy` removes it",
            group.name
        )),
        _ => None,
    }
}

fn not_tried() -> CanaryResult {
    let reason = "stopped before it was tried".to_owned();
    CanaryResult::Failed { reason }
}

fn group_of(situation: &Situation, session: &Arc<dyn Session>, site: &Site) -> Group {
    let (
        names,
        Site {
            account, region, ..
        },
    ) = (&situation.desired.names, site);
    let name = names.canary_log_group();
    Group {
        logs: session.logs(region),
        groups: session.log_groups(region),
        arn: names.log_group_arn(region, account, &name),
        name,
        owner: names.owner().to_owned(),
        place: format!("account {account}, {region}"),
    }
}

fn ended(site: Site, result: CanaryResult, left: Option<String>) -> CanaryRun {
    CanaryRun {
        account: site.account,
        name: site.name,
        region: site.region,
        result,
        left,
    }
}

fn failed(error: &AwsError) -> CanaryResult {
    let reason = error.to_string();
    CanaryResult::Failed { reason }
}

/// Subscribes the log group, where no policy of the account does, and puts events until one comes.
async fn try_once_there(
    context: &Context,
    situation: &Situation,
    arrivals: &Arrivals,
    (site, group): (&Site, &Group),
    (run, options): (&str, &CanaryOptions),
) -> CanaryResult {
    let desired = &situation.desired;
    if !desired.sends_by_policy(&site.account) {
        let filter = Filter {
            name: desired.names.canary_filter(),
            destination_arn: desired.names.destination_arn(&site.region),
            role_arn: desired.sends_with(&site.account),
            pattern: String::new(),
            distribution: "ByLogStream".to_owned(),
        };
        let put = || group.logs.put_filter(&group.name, &filter);
        let ready = context
            .retry
            .until_ready("the canary's filter", AwsError::is_not_ready, put);
        if let Err(error) = ready.await {
            return failed(&error);
        }
    }
    match wait(arrivals, (site, group), (run, options)).await {
        Ok(result) => result,
        Err(error) => failed(&error),
    }
}

async fn wait(
    arrivals: &Arrivals,
    (site, group): (&Site, &Group),
    (run, options): (&str, &CanaryOptions),
) -> Result<CanaryResult, AwsError> {
    let started = Instant::now();
    let mut put: Vec<(Marker, Instant)> = Vec::new();
    let (at, next) = match options.archive {
        None => (CameOut::Stream, NEXT_EVENT),
        Some(_) => (CameOut::Archive, NEXT_EVENT_TO_ARCHIVE),
    };
    loop {
        let left = options.timeout.saturating_sub(started.elapsed());
        if left.is_zero() && !put.is_empty() {
            return Ok(CanaryResult::Missing {
                reason: missing(&put, options),
            });
        }
        let marker = Marker {
            tributary_canary: run.to_owned(),
            account: site.account.to_string(),
            region: site.region.clone(),
            attempt: u32::try_from(put.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1),
        };
        let message = serde_json::to_string(&marker).unwrap_or_default();
        put.push((marker, Instant::now()));
        group.put(&message).await?;
        let markers: Vec<_> = put.iter().map(|(marker, _)| marker.clone()).collect();
        let Ok(arrived) = tokio::time::timeout(next.min(left), arrivals.any(&markers)).await else {
            continue;
        };
        return Ok(match arrived {
            Ok((marker, seen)) => {
                let since = put.iter().find(|(other, _)| *other == marker);
                let since = since.map_or(started, |(_, since)| *since);
                CanaryResult::Arrived {
                    at,
                    seconds: seen.saturating_duration_since(since).as_secs_f64(),
                }
            }
            Err(reason) => CanaryResult::Failed { reason },
        });
    }
}

fn missing(put: &[(Marker, Instant)], options: &CanaryOptions) -> String {
    let (place, remedy) = match &options.archive {
        None => (
            "came out of the stream".to_owned(),
            "look at the destination's role, and at the stream's key and throttling",
        ),
        Some(archive) => (
            format!("came into an object under {archive}"),
            "try it without --archive; if it comes out of the stream, look at Firehose's buffers, errors and prefix, \
             and at the function's log",
        ),
    };
    format!(
        "none of {} events {place} within {} s: what stands among the differences may be why; if nothing does, {remedy}",
        put.len(),
        options.timeout.as_secs()
    )
}
