//! What is done to accounts and units.

use anyhow::Context;
use aws_sdk_organizations::Client as Organizations;
use local::cloud::MANAGEMENT;

use super::change::Change;
use super::outside::{World, nth};
use super::scenario::{NAMES, Scenario, UNIT};
use crate::bootstrap::REGION;

/// Does it in a world.
pub(super) async fn of_accounts(
    change: &Change,
    scenario: &Scenario,
    world: &World,
) -> anyhow::Result<()> {
    let organizations = Organizations::new(&world.aws.account(MANAGEMENT));
    // Neither the management account nor the logging account.
    let others: Vec<_> = scenario.accounts().skip(1).map(|(id, _)| id).collect();
    match change {
        Change::AccountClosed(number) => {
            let Some(account) = nth(others, *number) else {
                return Ok(());
            };
            let close = organizations.close_account().account_id(account);
            close.send().await?;
        }
        Change::AccountMoved { account, depth } => {
            if let Some(account) = nth(others, *account) {
                let parents = ["r-exam", UNIT, "ou-exam-00000002"];
                moved(&organizations, account, parents[*depth]).await?;
            }
        }
        Change::AccountCreated { name, in_unit } => {
            let account = created(&organizations).await?;
            if *in_unit {
                let create = organizations.create_organizational_unit();
                let create = create.parent_id(UNIT).name("New").send().await?;
                let unit = create.organizational_unit.and_then(|unit| unit.id);
                let unit = unit.context("the unit has no id")?;
                moved(&organizations, &account, &unit).await?;
            }
            let create = world.logs(&account, REGION).create_log_group();
            let create = create.log_group_name(NAMES[name % NAMES.len()]).send();
            // Refused where only AWS may make it.
            create.await.map(drop).or(Ok::<_, anyhow::Error>(()))?;
        }
        _ => {}
    }
    Ok(())
}

async fn created(organizations: &Organizations) -> anyhow::Result<String> {
    let create = organizations.create_account().account_name("new");
    let made = create.email("new@example.com").send().await?;
    let status = made.create_account_status;
    let account = status.and_then(|status| status.account_id);
    account.context("the account has no id")
}

async fn moved(organizations: &Organizations, account: &str, to: &str) -> anyhow::Result<()> {
    let moving = organizations.move_account().account_id(account);
    let moving = moving.source_parent_id("r-exam").destination_parent_id(to);
    moving.send().await?;
    Ok(())
}
