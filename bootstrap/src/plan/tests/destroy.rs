//! What is taken back, and what is left.

use super::central::{complete, destination, stream};
use super::*;
use crate::names::RETENTION_BEFORE_TAG;
use crate::observed::CentralObserved;

fn central(observed: &CentralObserved, keep_stream: bool) -> Part {
    destroy_central(&desired(), observed, "logging", keep_stream)
}

#[test]
fn what_is_ours_goes_members_first_and_what_is_not_stays_with_its_reason() {
    let groups = vec![
        group(
            "/app/checkout",
            vec![our_filter("any", "ERROR"), foreign_filter("siem")],
        ),
        group(
            "cwl_vpc_fl_main",
            vec![foreign_filter("tributary-flow-logs")],
        ),
    ];
    let member = destroy_member(&desired(), &member(groups), &id(MEMBER), "shop");
    let central = central(&complete(&desired()), false);
    insta::assert_snapshot!(plan_text(&plan_of(Purpose::Destroy, central, vec![member])));
}

#[test]
fn a_role_and_a_destination_that_are_not_ours_stay() {
    let mut observed = complete(&desired());
    observed.delivery_role.as_mut().unwrap().tags.clear();
    observed.destinations.get_mut(REGION).unwrap().role_arn =
        "arn:aws:iam::222222222222:role/theirs".into();
    observed.stream = None;
    let part = central(&observed, false);
    assert_eq!(part.steps, []);
    assert_eq!(part.notes.len(), 2, "{part:?}");
}

#[test]
fn the_stream_stays_if_it_was_there_before_or_others_use_it_or_it_is_to_be_kept() {
    let observed = |change: &dyn Fn(&mut CentralObserved)| {
        let mut observed = CentralObserved {
            stream: Some(stream(true, 168)),
            ..CentralObserved::default()
        };
        change(&mut observed);
        observed
    };
    let other = destination(&desired()).arn.replace(":tributary", ":theirs");
    for (observed, keep, reason) in [
        (observed(&|_| ()), true, "--keep-stream"),
        (
            observed(&|observed| observed.stream = Some(stream(false, 168))),
            false,
            "there before us",
        ),
        (
            observed(&|observed| observed.others_on_stream = vec![other.clone()]),
            false,
            "destination:theirs",
        ),
        (
            observed(&|observed| observed.stream.as_mut().unwrap().consumers = 1),
            false,
            "consumers are registered on it (1)",
        ),
    ] {
        let part = central(&observed, keep);
        assert_eq!(part.steps, [], "{reason}");
        assert!(part.notes[0].contains(reason), "{reason}: {part:?}");
    }
    assert_eq!(central(&observed(&|_| ()), false).steps.len(), 1);
}

#[test]
fn the_retention_that_was_raised_on_a_stream_of_others_is_lowered_again() {
    let mut foreign = stream(false, 168);
    foreign
        .tags
        .insert(RETENTION_BEFORE_TAG.into(), "24".into());
    let observed = CentralObserved {
        stream: Some(foreign),
        ..CentralObserved::default()
    };
    let steps = central(&observed, false).steps;
    let [
        Step {
            action: Action::RestoreRetention(restore),
            ..
        },
    ] = &steps[..]
    else {
        panic!("{steps:?}")
    };
    assert_eq!((restore.from, restore.to), (168, 24));
}

#[test]
fn a_retention_that_somebody_else_set_since_stays() {
    let mut foreign = stream(false, 720);
    foreign
        .tags
        .insert(RETENTION_BEFORE_TAG.into(), "24".into());
    let observed = CentralObserved {
        stream: Some(foreign),
        ..CentralObserved::default()
    };
    let steps = central(&observed, false).steps;
    assert_eq!(steps.len(), 1, "our tag goes");
    assert!(steps[0].summary.contains("stays at 720 hours"), "{steps:?}");
}
