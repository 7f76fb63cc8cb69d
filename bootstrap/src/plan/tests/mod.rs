//! Plans out of desired and observed states, without AWS.

mod account_policy;
mod catalog;
mod central;
mod compare;
mod destroy;
mod member;
mod stack;
mod stream;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::aws::iam::Role;
use crate::aws::logs::{Filter, LogGroup};
use crate::config::Config;
use crate::desired::{Desired, DesiredRole};
use crate::names::Names;
use crate::observed::{MemberObserved, ObservedGroup};
use crate::output::plan_text;

const REGION: &str = "eu-central-1";
const CENTRAL: &str = "222222222222";
const MEMBER: &str = "333333333333";

fn id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

/// The desired state under a configuration whose `[organization]` says that.
fn desired_with(organization: &str, accounts: &[&str]) -> Desired {
    desired_of("", organization, accounts)
}

/// The desired state under a configuration whose `[central]` and `[organization]` say that.
fn desired_of(central: &str, organization: &str, accounts: &[&str]) -> Desired {
    let text = format!(
        "[central]\naccount = \"{CENTRAL}\"\nregion = \"{REGION}\"\nstream = \"tributary-logs\"\nshards = 2\n\
         destination = \"tributary\"\n{central}\n[organization]\n{organization}\n\
         [[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"cwl_vpc_fl_*\"]\n\
         [[source]]\ndataset = \"any\"\nlog_groups = [\"/app/*\", \"AWS/*\", \"/aws/*\"]\nfilter_pattern = \"ERROR\""
    );
    let config = Arc::new(Config::parse(&text).unwrap());
    let names = Names::new(&config, "aws");
    Desired::new(
        config,
        names,
        "o-example",
        accounts.iter().map(|account| id(account)).collect(),
    )
}

fn desired() -> Desired {
    desired_with("", &[CENTRAL, MEMBER])
}

/// A role exactly as it is wanted.
fn as_wanted(wanted: &DesiredRole) -> Role {
    Role {
        trust: wanted.role.trust.clone(),
        policies: BTreeMap::from([(wanted.policy_name.clone(), wanted.policy.clone())]),
        attached: Vec::new(),
        tags: BTreeMap::from([wanted.role.tag.clone()]),
    }
}

fn group(name: &str, filters: Vec<Filter>) -> ObservedGroup {
    ObservedGroup {
        group: LogGroup {
            name: name.into(),
            class: "STANDARD".into(),
            retention_days: None,
            empty: false,
        },
        filters,
    }
}

/// Our filter for a dataset, as it is wanted.
fn our_filter(dataset: &str, pattern: &str) -> Filter {
    Filter {
        name: format!("tributary-{dataset}"),
        destination_arn: format!("arn:aws:logs:{REGION}:{CENTRAL}:destination:tributary"),
        role_arn: Some(format!(
            "arn:aws:iam::{MEMBER}:role/tributary-sender-tributary"
        )),
        pattern: pattern.into(),
        distribution: "ByLogStream".into(),
    }
}

fn foreign_filter(name: &str) -> Filter {
    Filter {
        name: name.into(),
        destination_arn: format!("arn:aws:lambda:{REGION}:{MEMBER}:function:theirs"),
        role_arn: None,
        pattern: String::new(),
        distribution: "ByLogStream".into(),
    }
}

fn member(groups: Vec<ObservedGroup>) -> MemberObserved {
    let role = desired().sender_role(&id(MEMBER)).unwrap().unwrap();
    let log_groups = BTreeMap::from([(REGION.to_owned(), groups)]);
    MemberObserved {
        sender_role: Some(as_wanted(&role)),
        log_groups,
        account_policies: BTreeMap::from([(REGION.to_owned(), Vec::new())]),
        ..MemberObserved::default()
    }
}

fn plan_of(purpose: Purpose, central: Part, members: Vec<Part>) -> Plan {
    let plan = Plan {
        format: FORMAT,
        purpose,
        organization: "o-example".into(),
        management_account: id("111111111111"),
        configuration: serde_json::json!({}),
        central,
        members,
        notes: Vec::new(),
        summary: Summary::default(),
    };
    plan.counted()
}

/// A plan for one member, as people read it.
fn shown(part: Part) -> String {
    plan_text(&plan_of(
        Purpose::Apply,
        Part::new(&id(CENTRAL), "logging", Status::Ready),
        vec![part],
    ))
}
