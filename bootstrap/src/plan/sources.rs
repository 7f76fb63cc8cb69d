//! What makes logs come into being, in an account's part: before and after its subscriptions.

use super::{Part, Status, Step};
use crate::actions::{Action, CreateLogGroup, DeleteLogGroup, RaiseLogRetention};
use crate::aws::logs::LogGroup;
use crate::desired::{AccountFormats, Desired, Verdict};
use crate::error::Error;
use crate::names::AccountId;
use crate::observed::{MemberObserved, ObservedGroup, SourcesObserved, Whose};
use crate::plan::finding_rule::{destroy_finding_rule, finding_rule};
use crate::plan::flow_logs::{destroy_flow_logs, flow_logs};
use crate::plan::ownership::left_to_stack;
use crate::plan::trail::{destroy_trails, trails};

/// What is added to an account's part.
#[derive(Debug, Default)]
pub struct Additions {
    /// Log groups, which are there before anything is put on them.
    before: Vec<Step>,
    /// What writes into them, once they are subscribed.
    pub(super) after: Vec<Step>,
    pub(super) conflicts: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Additions {
    /// Adds them to the part of the account, if anything can be done there.
    pub fn add_to(self, part: &mut Part) {
        if part.status != Status::Ready {
            return;
        }
        part.steps.splice(0..0, self.before);
        part.steps.extend(self.after);
        part.conflicts.extend(self.conflicts);
        part.notes.extend(self.notes);
    }

    /// Wants a log group that something is to be written into, and creates it if it isn't there. The
    /// error is why nothing in it would be sent.
    pub(super) fn log_group(
        &mut self,
        desired: &Desired,
        account: &AccountId,
        region: &str,
        (name, retention_days): (&str, i32),
        observed: &mut MemberObserved,
    ) -> Result<(), String> {
        let groups = observed.log_groups.entry(region.to_owned()).or_default();
        let found = groups.iter().find(|found| found.group.name == name);
        let group = found.map_or_else(
            || LogGroup {
                name: name.to_owned(),
                class: "STANDARD".to_owned(),
                retention_days: Some(retention_days),
                empty: true,
            },
            |found| found.group.clone(),
        );
        match desired.verdict(account, region, &group) {
            Verdict::Subscribe(_) => {}
            Verdict::Skip(reason) => return Err(reason),
            Verdict::Ignore => return Err("no source wants it".to_owned()),
        }
        if found.is_none() {
            let action = CreateLogGroup {
                log_group: name.to_owned(),
                arn: desired.names.log_group_arn(region, account, name),
                retention_days,
                owner: desired.names.owner().to_owned(),
            };
            let step = Step::new(Some(region), Action::CreateLogGroup(action));
            self.before.push(step);
            // From here on as if it were there: it is subscribed in the same run.
            groups.push(ObservedGroup {
                group,
                filters: Vec::new(),
            });
        }
        Ok(())
    }
}

/// What is to be done in `account` so that there are logs to send. Log groups that will be created are
/// added to those that were observed.
///
/// # Errors
/// When what is desired can't be put into a policy.
pub fn plan_sources(
    desired: &Desired,
    account: &AccountId,
    observed: &mut MemberObserved,
    sources: &SourcesObserved,
) -> Result<Additions, Error> {
    let mut additions = Additions::default();
    let formats = AccountFormats::new(&desired.config, &sources.flow_logs);
    additions.notes.extend(formats.notes());
    retention(desired, account, observed, sources, &mut additions);
    flow_logs(
        desired,
        account,
        observed,
        &sources.flow_logs,
        &mut additions,
    )?;
    finding_rule(desired, account, observed, sources, &mut additions)?;
    trails(desired, account, observed, sources, &mut additions)?;
    Ok(additions)
}

/// Retention of log groups of ours that is shorter than it should be. It is never shortened: but an empty
/// one without any is what a run left that ended between making it and this.
fn retention(
    desired: &Desired,
    account: &AccountId,
    observed: &MemberObserved,
    sources: &SourcesObserved,
    additions: &mut Additions,
) {
    for ((region, name), ours) in &sources.ours {
        let groups = observed.log_groups.get(region).into_iter().flatten();
        let mut groups = groups.filter(|found| found.group.name == *name);
        let (Some(found), Some(to)) = (groups.next(), desired.made_log_group(name)) else {
            continue;
        };
        if !found.group.wants_retention(to) {
            continue;
        }
        if let Err(error) = ours {
            additions.conflicts.push(format!(
                "{region}: the retention of the log group {name} stays as it is, since its tags or streams can't be read: \
                 {error}; `bootstrap policies` prints what the access role needs"
            ));
        }
        if let Ok(Whose::Ours | Whose::Stack(_)) = ours {
            let action = RaiseLogRetention {
                log_group: name.clone(),
                arn: desired.names.log_group_arn(region, account, name),
                from: found.group.retention_days,
                to,
                owner: desired.names.owner().to_owned(),
            };
            let step = Step::new(Some(region), Action::RaiseLogRetention(action));
            additions.after.push(step);
        }
    }
}

/// Adds to an account's part what is taken back of what made logs: not the log groups with the logs in
/// them, unless `delete_logs` says so.
pub fn destroy_sources(
    desired: &Desired,
    sources: &SourcesObserved,
    delete_logs: bool,
    part: &mut Part,
) {
    destroy_flow_logs(desired, &sources.flow_logs, part);
    destroy_finding_rule(desired, sources, part);
    destroy_trails(desired, sources, part);
    for ((region, name), ours) in &sources.ours {
        match ours {
            Ok(Whose::Stack(stack)) => part.notes.push(left_to_stack(
                &format!("the log group {name} in {region}"),
                stack,
            )),
            Ok(Whose::Ours) if delete_logs => {
                let action = DeleteLogGroup {
                    log_group: name.clone(),
                    arn: desired.names.log_group_arn(region, &part.account, name),
                    owner: desired.names.owner().to_owned(),
                };
                let step = Step::new(Some(region), Action::DeleteLogGroup(action));
                part.steps.push(step);
            }
            Ok(Whose::Ours) => part.notes.push(format!(
                "left: the log group {name} in {region} with the logs in it; --delete-logs deletes it"
            )),
            Ok(Whose::Others) => {}
            Err(error) => {
                let left = format!(
                    "left: the log group {name} in {region}, since it can't be told whose it is: {error}"
                );
                // Without --delete-logs it would be left in any case.
                let told = if delete_logs {
                    &mut part.conflicts
                } else {
                    &mut part.notes
                };
                told.push(left);
            }
        }
    }
}
