//! One policy for a whole account instead of filters, and the way there and back.

use super::*;
use crate::aws::account_policies::AccountPolicy;

/// The desired state under `mode = "account"`, with more lines of `[organization]`.
fn by_policy(more: &str) -> Desired {
    let text = format!(
        "[central]\naccount = \"{CENTRAL}\"\nregion = \"{REGION}\"\nstream = \"tributary-logs\"\nshards = 2\n\
         destination = \"tributary\"\n[organization]\nmode = \"account\"\n{more}\n\
         [[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"cwl_vpc_fl_*\"]\n\
         [[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]"
    );
    let config = Arc::new(Config::parse(&text).unwrap());
    let names = Names::new(&config, "aws");
    Desired::new(config, names, "o-example", vec![id(CENTRAL), id(MEMBER)])
}

fn policy(except: &[&str]) -> AccountPolicy {
    let filter = our_filter("any", "");
    AccountPolicy {
        name: "tributary-account".into(),
        destination_arn: filter.destination_arn,
        role_arn: filter.role_arn,
        pattern: String::new(),
        distribution: "ByLogStream".into(),
        except: except.iter().map(|&name| name.to_owned()).collect(),
    }
}

/// The account with these log groups and policies, and the role as `desired` wants it.
fn observed(
    desired: &Desired,
    groups: Vec<ObservedGroup>,
    policies: Vec<AccountPolicy>,
) -> MemberObserved {
    let mut observed = member(groups);
    observed.sender_role = Some(as_wanted(
        &desired.sender_role(&id(MEMBER)).unwrap().unwrap(),
    ));
    observed.account_policies = BTreeMap::from([(REGION.to_owned(), policies)]);
    observed
}

fn part_in(desired: &Desired, account: &str, observed: &MemberObserved) -> Part {
    member_part(desired, observed, &id(account), "shop").unwrap()
}

fn kinds(part: &Part) -> Vec<String> {
    let steps = part
        .steps
        .iter()
        .map(|step| serde_json::to_value(&step.action).unwrap());
    steps
        .map(|action| action["kind"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_new_account_gets_the_role_and_one_policy_also_where_no_log_group_is_yet() {
    let desired = by_policy("");
    let mut none = observed(&desired, vec![], vec![]);
    none.sender_role = None;
    assert_eq!(
        kinds(&part_in(&desired, MEMBER, &none)),
        ["create-role", "put-account-policy"]
    );
}

#[test]
fn the_policy_comes_before_the_filters_that_it_replaces_go() {
    let desired = by_policy("exclude_log_groups = [\"/app/noisy\", \"/tmp/*\"]");
    let groups = vec![
        group(
            "/app/checkout",
            vec![our_filter("any", ""), foreign_filter("siem")],
        ),
        group("/aws/lambda/tributary-x", vec![]),
        group("/tmp/a", vec![our_filter("any", "")]),
        group("cwl_vpc_fl_main", vec![our_filter("flow-logs", "")]),
    ];
    insta::assert_snapshot!(shown(part_in(
        &desired,
        MEMBER,
        &observed(&desired, groups, vec![])
    )));
}

#[test]
fn a_policy_that_is_as_it_should_be_needs_nothing_and_all_log_groups_send() {
    let desired = by_policy("");
    let groups = vec![
        group("/app/a", vec![foreign_filter("siem")]),
        group("/tributary/x", vec![]),
    ];
    let part = part_in(
        &desired,
        MEMBER,
        &observed(&desired, groups, vec![policy(&["/tributary/x"])]),
    );
    assert_eq!(part.steps, []);
    assert_eq!(
        part.log_groups,
        LogGroups {
            selected: 1,
            sending: 1
        }
    );
}

#[test]
fn a_log_group_that_must_not_be_sent_is_added_to_those_left_out_and_none_is_forgotten() {
    let desired = by_policy("");
    let groups = vec![group("/tributary/new", vec![])];
    let before = policy(&["/app/once", "/tributary/gone"]);
    insta::assert_snapshot!(shown(part_in(
        &desired,
        MEMBER,
        &observed(&desired, groups, vec![before])
    )));
}

#[test]
fn log_groups_that_can_not_send_anyway_are_not_among_those_left_out() {
    let desired = by_policy("");
    let mut infrequent = group("/tributary/archive", vec![]);
    infrequent.group.class = "INFREQUENT_ACCESS".into();
    let groups = vec![infrequent, group("AWS/reserved", vec![])];
    let part = part_in(
        &desired,
        MEMBER,
        &observed(&desired, groups, vec![policy(&[])]),
    );
    assert_eq!((part.steps.len(), part.skipped.len()), (0, 2), "{part:?}");
}

#[test]
fn a_policy_of_others_is_a_conflict_and_the_filters_go_on_sending() {
    let desired = by_policy("");
    let mut theirs = policy(&[]);
    theirs.name = "siem".into();
    theirs.destination_arn = foreign_filter("x").destination_arn;
    let groups = vec![
        group("/app/a", vec![our_filter("any", "")]),
        group("/app/b", vec![]),
    ];
    let part = part_in(
        &desired,
        MEMBER,
        &observed(&desired, groups, vec![theirs.clone()]),
    );
    assert_eq!(part.steps, []);
    assert!(
        part.conflicts[0].contains("subscription policy siem sends to"),
        "{part:?}"
    );
    assert_eq!(
        part.log_groups,
        LogGroups {
            selected: 2,
            sending: 1
        }
    );
    theirs.name = "tributary-account".into();
    let part = part_in(&desired, MEMBER, &observed(&desired, vec![], vec![theirs]));
    assert_eq!(
        part.conflicts.len(),
        1,
        "our name alone doesn't make it ours"
    );
}

#[test]
fn more_names_than_a_policy_can_leave_out_are_a_conflict_with_the_remedy() {
    let desired = by_policy("exclude_log_groups = [\"/many/*\"]");
    let groups = (0..600)
        .map(|number| group(&format!("/many/{number:040}"), vec![]))
        .collect();
    let part = part_in(&desired, MEMBER, &observed(&desired, groups, vec![]));
    assert!(
        part.conflicts[0].contains("leave out 600 log groups"),
        "{:?}",
        part.conflicts
    );
    assert_eq!(
        part.steps
            .iter()
            .filter(|step| step.sign == Sign::Add)
            .count(),
        0
    );
}

#[test]
fn the_central_account_has_filters_since_a_policy_can_not_know_the_names_of_tomorrow() {
    let desired = by_policy("");
    let mut here = member(vec![
        group("/app/a", vec![]),
        group("/aws/kinesisfirehose/x", vec![]),
    ]);
    here.sender_role = None;
    let part = part_in(&desired, CENTRAL, &here);
    assert_eq!(kinds(&part), ["create-role", "put-filter"]);
}

#[test]
fn back_to_filters_the_policy_goes_when_every_filter_is_there() {
    let desired = desired();
    let groups = vec![group("/app/checkout", vec![])];
    insta::assert_snapshot!(shown(part_in(
        &desired,
        MEMBER,
        &observed(&desired, groups, vec![policy(&[])])
    )));
}

#[test]
fn back_to_filters_the_policy_stays_while_a_log_group_can_not_have_one() {
    let desired = desired();
    let full = (1..=5)
        .map(|number| foreign_filter(&format!("theirs-{number}")))
        .collect();
    let observed = observed(&desired, vec![group("/app/full", full)], vec![policy(&[])]);
    let part = part_in(&desired, MEMBER, &observed);
    assert_eq!(part.steps, [], "the role stays too");
    assert!(part.conflicts[0].contains("stays while"), "{part:?}");
}

#[test]
fn destroy_takes_our_policy_first_and_leaves_that_of_others() {
    let desired = by_policy("");
    let mut theirs = policy(&[]);
    theirs.destination_arn = foreign_filter("x").destination_arn;
    let groups = || vec![group("/app/a", vec![our_filter("any", "")])];
    let destroyed = |policies| {
        destroy_member(
            &desired,
            &observed(&desired, groups(), policies),
            &id(MEMBER),
            "shop",
        )
    };
    assert_eq!(
        kinds(&destroyed(vec![policy(&[])])),
        ["delete-account-policy", "delete-filter", "delete-role"]
    );
    let part = destroyed(vec![theirs]);
    assert_eq!(kinds(&part), ["delete-filter", "delete-role"]);
    assert!(
        part.notes[0].contains("left: the account policy tributary-account"),
        "{part:?}"
    );
}

#[test]
fn the_destination_admits_policies_only_where_they_are_wanted() {
    let text = |desired: &Desired| desired.access_policy(REGION).unwrap().to_string();
    assert!(text(&by_policy("")).contains("logs:PutAccountPolicy"));
    assert!(!text(&desired()).contains("logs:PutAccountPolicy"));
}

#[test]
fn globs_that_a_policy_can_not_express_are_told_once() {
    let note = |desired: &Desired| note_on_policy(&desired.config);
    let told = note(&by_policy("exclude_log_groups = [\"/tmp/*\", \"/exact\"]")).unwrap();
    assert!(
        told.contains("those that match /tmp/* and are there now"),
        "{told}"
    );
    assert_eq!(note(&by_policy("exclude_log_groups = [\"/exact\"]")), None);
    assert_eq!(
        note(&desired_with(
            "exclude_log_groups = [\"/tmp/*\"]",
            &[MEMBER]
        )),
        None
    );
}

#[test]
fn a_filter_under_our_name_that_leads_elsewhere_is_told_also_where_none_is_wanted() {
    let observed = member(vec![group("other", vec![foreign_filter("tributary-any")])]);
    let part = part_in(&desired(), MEMBER, &observed);
    assert!(
        part.conflicts[0].contains("filter tributary-any on other sends to"),
        "{part:?}"
    );
}
