//! How a saved plan is held against the world.

use super::*;

fn plan(groups: Vec<ObservedGroup>) -> Plan {
    let part = member_part(&desired(), &member(groups), &id(MEMBER), "shop").unwrap();
    plan_of(
        Purpose::Apply,
        Part::new(&id(CENTRAL), "logging", Status::Ready),
        vec![part],
    )
}

#[test]
fn a_plan_survives_being_saved() {
    let plan = plan(vec![
        group("/app/checkout", vec![]),
        group("AWS/reserved", vec![]),
    ]);
    let text = serde_json::to_string(&plan).unwrap();
    let read: Plan = serde_json::from_str(&text).unwrap();
    assert_eq!(read, plan);
    assert_eq!(differences(&plan, &read), Vec::<String>::new());
}

#[test]
fn what_no_longer_needs_doing_and_what_is_new_are_both_named() {
    let saved = plan(vec![
        group("/app/checkout", vec![]),
        group("/app/old", vec![]),
    ]);
    let now = plan(vec![
        group("/app/checkout", vec![]),
        group("/app/new", vec![]),
    ]);
    let lines = differences(&saved, &now);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].contains("no longer as planned") && lines[0].contains("/app/old"),
        "{lines:?}"
    );
    assert!(
        lines[1].contains("not in the plan") && lines[1].contains("/app/new"),
        "{lines:?}"
    );
}

#[test]
fn another_value_before_is_a_difference_even_if_the_result_is_the_same() {
    let saved = plan(vec![group(
        "/app/checkout",
        vec![our_filter("any", "WARN")],
    )]);
    let now = plan(vec![group(
        "/app/checkout",
        vec![our_filter("any", "INFO")],
    )]);
    let lines = differences(&saved, &now);
    assert_eq!(lines.len(), 2, "{lines:?}");
}

#[test]
fn an_account_that_came_or_went_is_a_difference() {
    let full = plan(vec![]);
    let mut empty = full.clone();
    empty.members.clear();
    assert!(differences(&full, &empty)[0].contains("not among the accounts now"));
    assert!(differences(&empty, &full)[0].contains("is not in the plan"));
}

#[test]
fn an_account_that_can_no_longer_be_read_is_a_difference() {
    let saved = plan(vec![]);
    let mut now = saved.clone();
    now.members[0].status = Status::Failed("AssumeRole: AccessDenied".into());
    assert!(differences(&saved, &now)[0].contains("AccessDenied"));
}

#[test]
fn an_account_that_still_can_not_be_read_is_no_difference_whatever_the_refusal_says() {
    let status = |status: Status| {
        let mut plan = plan(vec![]);
        plan.members[0].status = status;
        plan
    };
    let failed = |words: &str| status(Status::Failed(words.into()));
    let skipped = |words: &str| status(Status::Skipped(words.into()));
    let none = Vec::<String>::new();
    let (one, other) = (
        "assumed-role/x/session-1 may not",
        "assumed-role/x/session-2 may not",
    );
    assert_eq!(differences(&failed(one), &failed(other)), none);
    let (one, other) = ("suspended", "excluded by organization.exclude");
    assert_eq!(differences(&skipped(one), &skipped(other)), none);
    assert_eq!(differences(&skipped(one), &failed(one)).len(), 1);
}

#[test]
fn a_plan_of_another_organization_is_told_by_that_alone() {
    let saved = plan(vec![group("/app/checkout", vec![])]);
    let mut now = plan(vec![]);
    now.organization = "o-other".into();
    let lines = differences(&saved, &now);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains("o-example") && lines[0].contains("o-other"),
        "{lines:?}"
    );
}

#[test]
fn a_plan_of_another_configuration_is_refused_with_the_values_that_differ() {
    let mut saved = plan(vec![]);
    let mut now = saved.clone();
    saved.configuration = serde_json::json!({"organization": {"regions": ["eu-central-1"]}});
    now.configuration =
        serde_json::json!({"organization": {"regions": ["eu-central-1", "us-east-1"]}});
    assert_eq!(
        differences(&saved, &now),
        ["configuration, organization.regions: nothing in the plan, us-east-1 now"]
    );
}

#[test]
fn a_step_that_is_called_the_same_and_does_otherwise_shows_what_differs() {
    let saved = plan(vec![group("/app/checkout", vec![])]);
    let mut now = saved.clone();
    let Action::PutFilter(put) = &mut now.members[0].steps[0].action else {
        panic!("{now:?}");
    };
    put.filter.distribution = "Random".into();
    let lines = differences(&saved, &now);
    assert!(
        lines[0].contains("otherwise than planned: + filter"),
        "{lines:?}"
    );
    assert!(
        lines[1].contains("filter.distribution: ByLogStream in the plan, Random now"),
        "{lines:?}"
    );
}
