//! What is to be done in the central account.

use super::*;
use crate::aws::kinesis::Stream;
use crate::aws::logs::Destination;
use crate::config::Capacity;
use crate::names::OWNER_TAG;
use crate::observed::CentralObserved;

pub(super) fn stream(ours: bool, retention_hours: i32) -> Stream {
    let tags = if ours {
        BTreeMap::from([(OWNER_TAG.to_owned(), "tributary".to_owned())])
    } else {
        BTreeMap::new()
    };
    let capacity = Capacity::Shards(2);
    Stream {
        arn: "arn:aws:kinesis:eu-central-1:222222222222:stream/tributary-logs".into(),
        active: true,
        updating: false,
        shards: 2,
        deleting: false,
        capacity,
        retention_hours,
        kms_key: None,
        consumers: 0,
        tags,
    }
}

pub(super) fn destination(desired: &Desired) -> Destination {
    let names = &desired.names;
    Destination {
        name: "tributary".into(),
        arn: names.destination_arn(REGION),
        target_arn: names.stream_arn(),
        role_arn: names.role_arn(&id(CENTRAL), &names.delivery_role()),
        access_policy: Some(desired.access_policy(REGION).unwrap().to_string()),
    }
}

pub(super) fn complete(desired: &Desired) -> CentralObserved {
    CentralObserved {
        stream: Some(stream(true, 168)),
        delivery_role: Some(as_wanted(&desired.delivery_role(&[]).unwrap())),
        destinations: BTreeMap::from([(REGION.to_owned(), destination(desired))]),
        ..CentralObserved::default()
    }
}

pub(super) fn part(desired: &Desired, observed: &CentralObserved) -> Part {
    central_part(desired, observed, "logging").unwrap()
}

pub(super) fn shown(part: Part) -> String {
    plan_text(&plan_of(Purpose::Apply, part, Vec::new()))
}

#[test]
fn an_empty_account_gets_stream_role_destination_and_policy_in_this_order() {
    let desired = desired_with(
        "regions = [\"eu-central-1\", \"us-east-1\"]",
        &[CENTRAL, MEMBER],
    );
    insta::assert_snapshot!(shown(part(&desired, &CentralObserved::default())));
}

#[test]
fn an_account_that_is_as_it_should_be_needs_nothing() {
    let part = part(&desired(), &complete(&desired()));
    assert_eq!(part.steps, []);
    assert_eq!(part.notes, Vec::<String>::new());
}

#[test]
fn a_destination_that_points_elsewhere_is_mended_together_with_its_policy() {
    let mut observed = complete(&desired());
    observed.destinations.get_mut(REGION).unwrap().target_arn =
        "arn:aws:kinesis:eu-central-1:222222222222:stream/old".into();
    insta::assert_snapshot!(shown(part(&desired(), &observed)));
}

#[test]
fn a_destination_without_its_policy_gets_it_again() {
    let mut observed = complete(&desired());
    observed.destinations.get_mut(REGION).unwrap().access_policy = None;
    let steps = part(&desired(), &observed).steps;
    assert!(
        matches!(
            &steps[..],
            [Step {
                action: Action::PutAccessPolicy(_),
                ..
            }]
        ),
        "{steps:?}"
    );
}

#[test]
fn a_destination_that_is_not_ours_stops_the_central_account() {
    let mut observed = complete(&desired());
    observed.destinations.get_mut(REGION).unwrap().role_arn =
        "arn:aws:iam::222222222222:role/theirs".into();
    let part = part(&desired(), &observed);
    assert!(
        part.failure()
            .unwrap()
            .contains("another central.destination"),
        "{part:?}"
    );
    assert_eq!(part.steps, []);
}

#[test]
fn a_stream_that_was_there_before_is_used_and_its_lower_retention_is_raised_and_remembered() {
    let mut observed = complete(&desired());
    observed.stream = Some(stream(false, 24));
    insta::assert_snapshot!(shown(part(&desired(), &observed)));
}

#[test]
fn a_higher_retention_is_named_and_left() {
    let mut observed = complete(&desired());
    observed.stream = Some(stream(true, 720));
    let part = part(&desired(), &observed);
    assert_eq!(part.steps, []);
    assert!(
        part.notes[0].contains("720 hours") && part.notes[0].contains("not lowered"),
        "{part:?}"
    );
}

#[test]
fn the_organization_is_admitted_by_its_id_and_accounts_by_bare_ids() {
    let policy = desired().access_policy(REGION).unwrap();
    assert_eq!(policy["Statement"][0]["Principal"], "*");
    assert_eq!(
        policy["Statement"][0]["Condition"]["StringEquals"]["aws:PrincipalOrgID"],
        "o-example"
    );
    let policy = desired_with("trust = \"accounts\"", &[CENTRAL, MEMBER])
        .access_policy(REGION)
        .unwrap();
    assert_eq!(
        policy["Statement"][0]["Principal"]["AWS"],
        serde_json::json!([CENTRAL, MEMBER])
    );
    assert_eq!(policy["Statement"][0].get("Condition"), None);
}

#[test]
fn more_accounts_than_the_access_policy_holds_are_refused_with_the_remedy() {
    let accounts: Vec<_> = (0..400).map(|number| format!("{number:012}")).collect();
    let accounts: Vec<_> = accounts.iter().map(String::as_str).collect();
    let error = desired_with("trust = \"accounts\"", &accounts)
        .access_policy(REGION)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("5120") && error.contains("trust = \"organization\""),
        "{error}"
    );
    desired_with("trust = \"accounts\"", &accounts[..300])
        .access_policy(REGION)
        .unwrap();
}

#[test]
fn the_delivery_role_names_the_accounts_while_they_fit_and_always_the_central_one() {
    let arns = |accounts: &[&str]| {
        let role = desired_with("trust = \"accounts\"", accounts)
            .delivery_role(&[])
            .unwrap();
        role.role.trust["Statement"][0]["Condition"]["StringLike"]["aws:SourceArn"].clone()
    };
    let both = serde_json::json!([
        format!("arn:aws:logs:*:{CENTRAL}:*"),
        format!("arn:aws:logs:*:{MEMBER}:*")
    ]);
    assert_eq!(arns(&[MEMBER]), both);
    let many: Vec<_> = (0..100).map(|number| format!("{number:012}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(arns(&many), serde_json::json!(["arn:aws:logs:*:*:*"]));
}

#[test]
fn the_delivery_role_serves_this_organization_alone_whatever_is_trusted() {
    for trust in ["organization", "accounts"] {
        let desired = desired_with(&format!("trust = \"{trust}\""), &[CENTRAL, MEMBER]);
        let role = desired.delivery_role(&[]).unwrap().role;
        let condition = &role.trust["Statement"][0]["Condition"];
        assert_eq!(
            condition["StringEqualsIfExists"]["aws:SourceOrgID"],
            "o-example"
        );
    }
}

#[test]
fn other_partitions_have_their_own_arns_and_principals() {
    let config = Arc::clone(&desired().config);
    let names = Names::new(&config, "aws-cn");
    let desired = Desired::new(config, names, "o-example", vec![id(MEMBER)]);
    let role = desired.sender_role(&id(MEMBER)).unwrap().unwrap();
    let text = format!(
        "{}{}{}",
        role.role.trust,
        role.policy,
        desired.access_policy(REGION).unwrap()
    );
    assert!(
        text.contains("logs.eu-central-1.amazonaws.com.cn") && text.contains("arn:aws-cn:logs"),
        "{text}"
    );
    assert!(!text.contains("arn:aws:"), "{text}");
}

#[test]
fn a_stream_that_is_being_deleted_stops_everything_until_it_is_gone() {
    let mut observed = complete(&desired());
    observed.stream.as_mut().unwrap().deleting = true;
    let part = part(&desired(), &observed);
    assert!(
        part.failure().unwrap().contains("being deleted"),
        "{part:?}"
    );
}
