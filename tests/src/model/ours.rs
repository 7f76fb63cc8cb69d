//! What is done to roles, destinations and the stream of `bootstrap`.

use aws_sdk_iam::Client as Iam;
use aws_sdk_kinesis::Client as Kinesis;
use serde_json::json;

use super::change::Change;
use super::outside::World;
use super::scenario::Scenario;
use super::state;
use crate::bootstrap::{LOGGING, State};

/// What is done to a role: its account, its name and what was dumped of it.
pub(super) async fn role_of_ours(
    change: &Change,
    (account, name, parts): (String, String, serde_json::Value),
    real: &World,
) -> anyhow::Result<()> {
    let iam = Iam::new(&real.aws.account(&account));
    let policies = parts["policies"].as_object().into_iter().flatten();
    let statement = |part: &str, value: serde_json::Value, action: &str| {
        let mut statement = json!({"Effect": "Allow", "Action": action});
        statement[part] = value;
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    if let Change::RoleTrustReplaced(_) = change {
        let trust = statement(
            "Principal",
            json!({"Service": "ec2.amazonaws.com"}),
            "sts:AssumeRole",
        );
        let update = iam.update_assume_role_policy().role_name(&name);
        update.policy_document(trust).send().await?;
        return Ok(());
    }
    for (policy, _) in policies {
        if let Change::RoleDeleted(_) = change {
            let delete = iam.delete_role_policy().role_name(&name);
            delete.policy_name(policy).send().await?;
        } else {
            let put = iam.put_role_policy().role_name(&name).policy_name(policy);
            let document = statement("Resource", json!("*"), "s3:ListAllMyBuckets");
            put.policy_document(document).send().await?;
        }
    }
    if let Change::RoleDeleted(_) = change {
        iam.delete_role().role_name(&name).send().await?;
    }
    Ok(())
}

/// What is done in the logging account, where there is something to do it to.
pub(super) async fn central(
    change: &Change,
    scenario: &Scenario,
    is: &State,
    real: &World,
) -> anyhow::Result<()> {
    let region = |number: usize| scenario.regions()[number % scenario.regions().len()];
    let there =
        |region: &str| is.contains_key(&format!("{LOGGING} {region} destination tributary"));
    match change {
        Change::DestinationDeleted(number) if there(region(*number)) => {
            let delete = real.logs(LOGGING, region(*number)).delete_destination();
            delete.destination_name("tributary").send().await?;
        }
        Change::AccessReplaced {
            region: number,
            by_account,
        } if there(region(*number)) => {
            let region = region(*number);
            let mut statement = json!({"Effect": "Allow", "Action": "logs:PutSubscriptionFilter",
                "Resource": state::destination(region), "Principal": "*",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-another"]}}});
            if *by_account {
                statement["Principal"] = json!({"AWS": "999999999999"});
                statement["Condition"] = json!({});
            }
            let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
            let put = real.logs(LOGGING, region).put_destination_policy();
            let put = put.destination_name("tributary").force_update(true);
            put.access_policy(policy.to_string()).send().await?;
        }
        Change::RetentionLowered => {
            let lower = Kinesis::new(&real.aws.account(LOGGING)).decrease_stream_retention_period();
            let lower = lower
                .stream_name("tributary-logs")
                .retention_period_hours(24);
            // Refused where it is a day already.
            lower
                .send()
                .await
                .map(drop)
                .or(Ok::<_, anyhow::Error>(()))?;
        }
        _ => {}
    }
    Ok(())
}
