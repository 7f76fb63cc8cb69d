//! What is to be done about the catalog.

use std::collections::BTreeMap as Map;

use ::catalog::{Account, Catalog};

use super::central::complete;
use super::*;
use crate::actions::Action;
use crate::aws::AwsError;
use crate::aws::organizations::{Account as Listed, AccountState};
use crate::catalog_place::Found;
use crate::config::CatalogSettings;
use crate::desired::{FromAccounts, desired_catalog};
use crate::observed::ObservedCatalog;
use crate::organization::{AccountTags, Walked};

const CATALOG: &str = "[catalog]\nlocation = \"s3://logs/catalog.json\"\n";

fn desired_here(sources: &str) -> Desired {
    let text = format!(
        "[central]\naccount = \"{CENTRAL}\"\nregion = \"{REGION}\"\nstream = \"tributary-logs\"\nshards = 2\n\
         destination = \"tributary\"\n[organization]\n{CATALOG}{sources}"
    );
    let config = Arc::new(Config::parse(&text).unwrap());
    let names = Names::new(&config, "aws");
    Desired::new(config, names, "o-example", vec![id(MEMBER)])
}

fn plain() -> Desired {
    desired_here("[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]")
}

fn settings(desired: &Desired) -> &CatalogSettings {
    desired.config.catalog.as_ref().unwrap()
}

fn walked() -> Walked {
    let account = |number: &str, name: &str| Listed {
        id: id(number),
        name: name.into(),
        state: AccountState::Active,
        paths: Vec::new(),
    };
    let chain = vec!["r-1".to_owned(), "ou-1".to_owned()];
    Walked {
        accounts: vec![account(CENTRAL, "logging"), account(MEMBER, "shop")],
        above: Map::from([(id(CENTRAL), chain[..1].to_vec()), (id(MEMBER), chain)]),
        units: Map::from([("r-1".into(), "Root".into()), ("ou-1".into(), "A/B".into())]),
        unit_paths: Map::new(),
    }
}

fn tags(pairs: &[(&str, &str)]) -> Map<String, String> {
    pairs
        .iter()
        .map(|&(key, value)| (key.into(), value.into()))
        .collect()
}

fn wanted(desired: &Desired, tags: &AccountTags, there: Option<&Catalog>) -> Catalog {
    let settings = settings(desired);
    desired_catalog(
        &desired.config,
        settings,
        "o-example",
        &FromAccounts {
            walked: &walked(),
            tags,
            formats: Vec::new(),
        },
        there,
    )
}

fn part(desired: &Desired, observed: &ObservedCatalog, catalog: Catalog) -> Part {
    let mut part = central_part(desired, &complete(desired), "logging").unwrap();
    catalog_step(&mut part, desired, settings(desired), observed, catalog);
    part
}

fn shown(part: Part) -> String {
    plan_text(&plan_of(Purpose::Apply, part, Vec::new()))
}

fn ours(catalog: Catalog) -> Found {
    Found::Ours(Box::new(catalog), "tag".into())
}

#[test]
fn the_catalog_names_every_account_with_its_units_and_tags() {
    let desired = plain();
    let read = Map::from([(id(MEMBER), tags(&[("owner", "a")]))]);
    let catalog = wanted(
        &desired,
        &AccountTags {
            read,
            failure: None,
        },
        None,
    );
    assert_eq!(catalog.created_by, "tributary");
    assert_eq!(catalog.organization.id, "o-example");
    assert_eq!(
        catalog.accounts[MEMBER],
        Account {
            name: "shop".into(),
            path: vec!["Root".into(), "A/B".into()],
            path_ids: vec!["r-1".into(), "ou-1".into()],
            tags: tags(&[("owner", "a")]),
        }
    );
    assert_eq!(catalog.accounts.len(), 2);
    assert_eq!(catalog.flow_log_formats, []);
}

#[test]
fn tags_that_can_not_be_read_stay_as_they_are_and_only_the_named_ones_are_kept() {
    let sources = "[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]";
    let desired = desired_here(&format!("tags = [\"owner\"]\n{sources}"));
    let mut there = wanted(&desired, &AccountTags::default(), None);
    there.accounts.get_mut(MEMBER).unwrap().tags = tags(&[("owner", "a"), ("cost", "1")]);
    let catalog = wanted(&desired, &AccountTags::default(), Some(&there));
    assert_eq!(catalog.accounts[MEMBER].tags, tags(&[("owner", "a")]));
}

#[test]
fn formats_stand_in_the_order_of_the_sources_and_none_is_taken_from_another_source() {
    let desired = desired_here(
        "[[source]]\ndataset = \"any\"\nlog_groups = [\"/app/*\"]\n\
         [[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"fl-*\", \"/vpc/*\"]\nflow_log_format = \"${version}\"\n\
         [[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"*\"]",
    );
    let catalog = wanted(&desired, &AccountTags::default(), None);
    let entries = catalog.flow_log_formats.iter();
    let entries: Vec<_> = entries
        .map(|entry| (entry.log_group.as_str(), entry.format.as_deref()))
        .collect();
    let format = Some("${version}");
    assert_eq!(
        entries,
        [("/app/*", None), ("fl-*", format), ("/vpc/*", format)]
    );
}

#[test]
fn it_is_written_where_there_is_none_and_left_where_it_says_the_same() {
    let desired = plain();
    let catalog = wanted(&desired, &AccountTags::default(), None);
    let text = shown(part(&desired, &Ok(Found::Nothing), catalog.clone()));
    assert!(
        text.contains("+   catalog s3://logs/catalog.json: 2 accounts"),
        "{text}"
    );
    let written_before = Catalog {
        generated_at: Some("2020-01-01T00:00:00Z".into()),
        ..catalog.clone()
    };
    assert!(
        part(&desired, &Ok(ours(written_before)), catalog)
            .steps
            .is_empty()
    );
}

#[test]
fn what_is_different_is_told_in_numbers() {
    let desired = plain();
    let catalog = wanted(&desired, &AccountTags::default(), None);
    let mut there = catalog.clone();
    there.accounts.remove(CENTRAL);
    there.accounts.get_mut(MEMBER).unwrap().name = "old name".into();
    there
        .accounts
        .insert("999999999999".into(), Account::default());
    let text = shown(part(&desired, &Ok(ours(there)), catalog));
    assert!(
        text.contains("~   catalog s3://logs/catalog.json: 1 account added, 1 account changed, 1 account removed"),
        "{text}"
    );
}

#[test]
fn what_is_not_ours_or_can_not_be_read_is_left_and_keeps_nobody_from_sending() {
    let desired = plain();
    let catalog = wanted(&desired, &AccountTags::default(), None);
    let denied = AwsError::new("GetObject", "s3://logs", "AccessDenied", "no");
    for (observed, reason) in [
        (
            Ok(Found::Foreign("it is something else".into())),
            "it is something else",
        ),
        (
            Err(denied),
            "is not written: GetObject in s3://logs: AccessDenied: no",
        ),
    ] {
        let part = part(&desired, &observed, catalog.clone());
        assert!(part.failure().is_none() && part.steps.is_empty());
        let plan = plan_of(Purpose::Apply, part, Vec::new());
        assert_eq!(plan.conflicts(), 1);
        let text = plan_text(&plan);
        assert!(
            text.contains(reason) && text.contains("1 thing can't be done"),
            "{text}"
        );
        assert!(!text.contains("everything is as it should be"), "{text}");
    }
}

#[test]
fn destroy_deletes_what_is_ours_alone() {
    let desired = plain();
    let catalog = wanted(&desired, &AccountTags::default(), None);
    let destroyed = |observed: &ObservedCatalog| {
        let mut part = Part::new(&id(CENTRAL), "logging", Status::Ready);
        destroy_catalog(&mut part, &desired, settings(&desired), observed);
        part
    };
    let part = destroyed(&Ok(ours(catalog)));
    assert!(matches!(part.steps[0].action, Action::DeleteCatalog(_)));
    let part = destroyed(&Ok(Found::Foreign("it is another's".into())));
    assert!(part.steps.is_empty() && part.notes[0].contains("it is another's"));
    assert!(destroyed(&Ok(Found::Nothing)).notes.is_empty());
}
