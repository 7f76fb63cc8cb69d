//! What is done to log groups and their filters.

use serde_json::json;

use super::change::Change;
use super::outside::{World, nth};
use super::scenario::{NAMES, Scenario, siem};
use super::state::{Filter, Group, filters, groups};
use crate::bootstrap::{LOGGING, REGION, State};

/// What is done to log groups, in both worlds alike.
pub(super) async fn of_log_groups(
    change: &Change,
    scenario: &Scenario,
    foreign: &State,
    worlds: [&World; 2],
) -> anyhow::Result<()> {
    for world in worlds {
        match change {
            Change::GroupVanished(number) => {
                let Some(Group {
                    account,
                    region,
                    name,
                    ..
                }) = nth(groups(foreign), *number)
                else {
                    return Ok(());
                };
                let delete = world.logs(&account, &region).delete_log_group();
                delete.log_group_name(name).send().await?;
            }
            Change::GroupCreated {
                account,
                region,
                name,
            } => {
                let accounts = scenario.accounts().map(|(id, _)| id).collect();
                let account = nth(accounts, *account).unwrap_or(LOGGING);
                let region = nth(scenario.regions().to_vec(), *region).unwrap_or(REGION);
                let create = world.logs(account, region).create_log_group();
                let create = create.log_group_name(NAMES[name % NAMES.len()]);
                // Refused where it is there, or only AWS may make it.
                create
                    .send()
                    .await
                    .map(drop)
                    .or(Ok::<_, anyhow::Error>(()))?;
            }
            Change::FilterAdded { group, number } => {
                let Some(group) = nth(groups(foreign), *group) else {
                    return Ok(());
                };
                let to = siem(&group.account, &group.region);
                let filter = Filter {
                    account: group.account,
                    region: group.region,
                    group: group.name,
                    name: format!("siem-{number}"),
                    parts: json!({}),
                };
                // Where there is no room for it, nothing happens in either of them.
                if world.put_filter(&filter, "", &to).await.is_err() {
                    return Ok(());
                }
            }
            Change::FilterRemoved(number) => {
                let Some(filter) = nth(filters(foreign), *number) else {
                    return Ok(());
                };
                world.delete_filter(&filter).await?;
            }
            _ => {}
        }
    }
    Ok(())
}
