//! What a stack of `CloudFormation` made: looked after like what is ours, and left to the stack.

use super::*;
use crate::names::STACK_TAG;

/// An account whose sender role a stack made.
fn by_stack(groups: Vec<ObservedGroup>) -> MemberObserved {
    let mut observed = member(groups);
    let role = observed.sender_role.as_mut().unwrap();
    role.tags
        .insert(STACK_TAG.into(), "tributary-member".into());
    observed
}

fn planned(observed: &MemberObserved) -> Part {
    member_part(&desired(), observed, &id(MEMBER), "shop").unwrap()
}

#[test]
fn the_role_of_a_stack_stays_where_nothing_is_sent_yet() {
    let part = planned(&by_stack(Vec::new()));
    assert_eq!((part.steps, part.notes), (vec![], vec![]));
    // One that we made goes.
    assert_eq!(planned(&member(Vec::new())).steps.len(), 1);
}

#[test]
fn the_role_of_a_stack_is_mended_with_a_word_to_the_stack() {
    let groups = vec![group("/app/checkout", vec![our_filter("any", "ERROR")])];
    let mut observed = by_stack(groups);
    let role = observed.sender_role.as_mut().unwrap();
    role.policies.clear();
    let part = planned(&observed);
    assert!(
        matches!(&part.steps[..], [step] if matches!(step.action, Action::UpdateRole(_))),
        "{part:?}"
    );
    assert!(
        matches!(&part.notes[..], [note] if note.contains("give the stack the same values")),
        "{part:?}"
    );
}

#[test]
fn what_a_stack_made_is_left_to_it_and_its_filters_go_with_a_word() {
    let observed = by_stack(vec![group(
        "/app/checkout",
        vec![our_filter("any", "ERROR")],
    )]);
    let part = destroy_member(&desired(), &observed, &id(MEMBER), "shop");
    let kinds: Vec<_> = part.steps.iter().map(|step| &step.action).collect();
    assert!(matches!(kinds[..], [Action::DeleteFilter(_)]), "{part:?}");
    for (note, says) in part.notes.iter().zip([
        "the CloudFormation stack tributary-member made, which then shows them as drifted",
        "left: the role tributary-sender-tributary, which the CloudFormation stack tributary-member made",
    ]) {
        assert!(note.contains(says), "{note}");
    }
    assert_eq!(part.notes.len(), 2, "{part:?}");
}

#[test]
fn a_role_that_only_claims_a_stack_is_not_ours() {
    let mut observed = member(Vec::new());
    let role = observed.sender_role.as_mut().unwrap();
    role.tags = [(STACK_TAG.to_owned(), "theirs".to_owned())].into();
    let part = destroy_member(&desired(), &observed, &id(MEMBER), "shop");
    assert_eq!(part.steps, []);
    assert!(
        matches!(&part.notes[..], [note] if note.contains("isn't ours")),
        "{part:?}"
    );
}
