//! What is to be done to the stream, and to the role that writes into it.

use super::central::{complete, part, shown, stream};
use super::*;
use crate::actions::Blocks;
use crate::config::{Capacity, KmsKey};
use crate::observed::CentralObserved;

const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str =
    "arn:aws:kms:eu-central-1:222222222222:key/99999999-12ab-34cd-56ef-1234567890ab";

fn with_key(key: &str) -> Desired {
    desired_of(&format!("kms_key = \"{key}\""), "", &[CENTRAL, MEMBER])
}

/// As it should be without a key of ours, with a stream that this key encrypts.
fn encrypted_with(key: &str) -> CentralObserved {
    let mut observed = complete(&desired());
    observed.stream.as_mut().unwrap().kms_key = Some(KmsKey::new(key));
    let role = desired().delivery_role(&[KmsKey::new(key)]).unwrap();
    observed.delivery_role = Some(as_wanted(&role));
    observed
}

#[test]
fn a_new_stream_is_encrypted_before_anything_can_send_into_it() {
    let part = part(&with_key(KEY), &CentralObserved::default());
    insta::assert_snapshot!(shown(part));
}

#[test]
fn a_stream_in_use_is_encrypted_once_the_role_may_use_the_key() {
    insta::assert_snapshot!(shown(part(&with_key(KEY), &complete(&desired()))));
}

#[test]
fn another_key_comes_before_the_old_one_is_taken_from_the_role() {
    let part = part(&with_key(KEY), &encrypted_with(OTHER));
    let policy = |step: &Step| match &step.action {
        Action::UpdateRole(update) => update.policy.clone().map(|change| change.after.to_string()),
        _ => None,
    };
    let policies: Vec<_> = part.steps.iter().map(policy).collect();
    let names = |policy: &Option<String>| {
        let policy = policy.as_ref().unwrap();
        (policy.contains(KEY), policy.contains(OTHER))
    };
    assert_eq!(names(&policies[0]), (true, true));
    assert_eq!(names(&policies[2]), (true, false));
    insta::assert_snapshot!(shown(part));
}

#[test]
fn a_stream_that_nobody_sends_into_yet_is_encrypted_first_of_all() {
    let observed = CentralObserved {
        stream: Some(stream(true, 168)),
        ..CentralObserved::default()
    };
    let part = part(&with_key(KEY), &observed);
    let first = &part.steps[0].action;
    assert!(
        matches!(first, Action::EncryptStream(encrypt) if !encrypt.in_use),
        "{part:?}"
    );
    assert_eq!(first.act().blocks(), Blocks::Everything);
}

#[test]
fn after_a_key_was_replaced_the_old_one_goes_and_then_nothing_is_left_to_do() {
    let mut observed = encrypted_with(KEY);
    let both = [KmsKey::new(KEY), KmsKey::new(OTHER)];
    let role = desired().delivery_role(&both).unwrap();
    observed.delivery_role = Some(as_wanted(&role));
    assert_eq!(part(&with_key(KEY), &observed).steps.len(), 1);
    assert_eq!(part(&with_key(KEY), &encrypted_with(KEY)).steps, []);
}

#[test]
fn a_stream_of_others_is_neither_encrypted_nor_changed_in_its_capacity() {
    let mut observed = complete(&desired());
    observed.stream = Some(stream(false, 168));
    observed.stream.as_mut().unwrap().capacity = Capacity::OnDemand;
    let part = part(&with_key(KEY), &observed);
    assert_eq!(part.steps, []);
    assert!(
        part.notes.iter().any(|note| note.contains("not encrypted")),
        "{part:?}"
    );
    assert!(
        part.notes.iter().any(|note| note.contains("on demand")),
        "{part:?}"
    );
}

#[test]
fn the_capacity_of_our_stream_becomes_what_the_configuration_says() {
    let mut observed = complete(&desired());
    observed.stream.as_mut().unwrap().capacity = Capacity::OnDemand;
    insta::assert_snapshot!(shown(part(&desired(), &observed)));
}

#[test]
fn an_encryption_that_the_configuration_does_not_name_stays() {
    let part = part(&desired(), &encrypted_with(KEY));
    assert_eq!(part.steps, []);
    assert!(part.notes[0].contains("it stays so"), "{part:?}");
}

#[test]
fn the_delivery_role_may_use_exactly_the_key() {
    let role = desired().delivery_role(&[KmsKey::new(KEY)]).unwrap();
    let statement = &role.policy["Statement"][1];
    assert_eq!(statement["Action"], "kms:GenerateDataKey");
    assert_eq!(
        statement["Resource"],
        format!("arn:aws:kms:eu-central-1:222222222222:key/{KEY}")
    );
}

#[test]
fn the_key_that_aws_manages_needs_no_statement() {
    for key in [
        "alias/aws/kinesis",
        "arn:aws:kms:eu-central-1:222222222222:alias/aws/kinesis",
    ] {
        assert_eq!(part(&desired(), &encrypted_with(key)).steps, []);
        let role = desired().delivery_role(&[KmsKey::new(key)]).unwrap();
        assert_eq!(role.policy["Statement"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_key_that_is_known_by_an_alias_is_the_one_that_has_it() {
    for alias in [
        "alias/logs",
        "arn:aws:kms:eu-central-1:222222222222:alias/logs",
    ] {
        let role = desired().delivery_role(&[KmsKey::new(alias)]).unwrap();
        let statement = &role.policy["Statement"][1];
        assert_eq!(
            statement["Resource"],
            "arn:aws:kms:eu-central-1:222222222222:key/*"
        );
        assert_eq!(
            statement["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"],
            "alias/logs"
        );
    }
}
