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
    assert_eq!(differences(&saved, &now).len(), 2);
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
