//! What is to be done in a sending account.

use super::*;

fn part(observed: &MemberObserved) -> Part {
    member_part(&desired(), observed, &id(MEMBER), "shop").unwrap()
}

#[test]
fn a_new_account_gets_the_role_and_then_a_filter_on_every_matching_log_group() {
    let mut observed = member(vec![
        group("/app/checkout", vec![]),
        group("cwl_vpc_fl_main", vec![foreign_filter("siem")]),
    ]);
    observed.sender_role = None;
    insta::assert_snapshot!(shown(part(&observed)));
}

#[test]
fn an_account_that_is_as_it_should_be_needs_nothing() {
    let groups = vec![
        group("/app/checkout", vec![our_filter("any", "ERROR")]),
        group(
            "cwl_vpc_fl_main",
            vec![foreign_filter("siem"), our_filter("flow-logs", "")],
        ),
    ];
    let part = part(&member(groups));
    assert_eq!(part.steps, []);
    assert_eq!(
        part.log_groups,
        LogGroups {
            selected: 2,
            sending: 2
        }
    );
}

#[test]
fn a_filter_that_was_changed_by_hand_is_put_back() {
    let mut filter = our_filter("any", "WARN");
    filter.role_arn = None;
    filter.distribution = "Random".into();
    insta::assert_snapshot!(shown(part(&member(vec![group(
        "/app/checkout",
        vec![filter]
    )]))));
}

#[test]
fn a_filter_of_ours_goes_where_no_source_wants_the_log_group() {
    let observed = member(vec![group(
        "other",
        vec![our_filter("any", "ERROR"), foreign_filter("siem")],
    )]);
    insta::assert_snapshot!(shown(part(&observed)));
}

#[test]
fn another_dataset_comes_before_the_old_filter_goes_so_that_nothing_is_missed() {
    let observed = member(vec![group(
        "cwl_vpc_fl_main",
        vec![our_filter("any", "ERROR")],
    )]);
    insta::assert_snapshot!(shown(part(&observed)));
}

#[test]
fn where_there_is_no_room_for_both_the_old_filter_goes_first() {
    let mut filters: Vec<_> = (1..=4)
        .map(|number| foreign_filter(&format!("theirs-{number}")))
        .collect();
    filters.push(our_filter("any", "ERROR"));
    let steps = part(&member(vec![group("cwl_vpc_fl_main", filters)])).steps;
    let signs: Vec<_> = steps.iter().map(|step| step.sign).collect();
    assert_eq!(signs, [Sign::Remove, Sign::Add]);
}

#[test]
fn what_can_not_or_must_not_be_subscribed_is_skipped_with_its_reason() {
    let full = (1..=5)
        .map(|number| foreign_filter(&format!("theirs-{number}")))
        .collect();
    let mut infrequent = group("/app/archive", vec![]);
    infrequent.group.class = "INFREQUENT_ACCESS".into();
    let groups = vec![
        infrequent,
        group("/app/full", full),
        group("/aws/lambda/tributary-transform", vec![]),
        group("AWS/reserved", vec![]),
        group(
            "cwl_vpc_fl_main",
            vec![foreign_filter("tributary-flow-logs")],
        ),
    ];
    let part = part(&member(groups));
    assert_eq!(
        part.log_groups,
        LogGroups {
            selected: 2,
            sending: 0
        }
    );
    insta::assert_snapshot!(shown(part));
}

#[test]
fn firehose_error_logs_are_skipped_in_the_central_account_alone() {
    let observed = member(vec![group("/aws/kinesisfirehose/search", vec![])]);
    assert_eq!(part(&observed).skipped, []);
    let mut observed = observed;
    observed.sender_role = None;
    let central = member_part(&desired(), &observed, &id(CENTRAL), "logging").unwrap();
    assert!(central.skipped[0].reason.contains("loop"), "{central:?}");
    assert_eq!(central.steps, []);
}

#[test]
fn excluded_log_groups_are_skipped_and_lose_their_filter() {
    let desired = desired_with("exclude_log_groups = [\"/app/noisy*\"]", &[CENTRAL, MEMBER]);
    let observed = member(vec![group(
        "/app/noisy-1",
        vec![our_filter("any", "ERROR")],
    )]);
    let part = member_part(&desired, &observed, &id(MEMBER), "shop").unwrap();
    assert!(part.skipped[0].reason.contains("exclude_log_groups"));
    let signs: Vec<_> = part.steps.iter().map(|step| step.sign).collect();
    assert_eq!(
        signs,
        [Sign::Remove, Sign::Remove],
        "the filter, and the role that no filter names any more"
    );
}

#[test]
fn a_role_with_our_name_that_is_not_ours_stops_the_account() {
    let mut observed = member(vec![group("/app/checkout", vec![])]);
    observed.sender_role.as_mut().unwrap().tags.clear();
    let part = part(&observed);
    assert_eq!(part.steps, []);
    assert!(part.failure().unwrap().contains("isn't ours"), "{part:?}");
}

#[test]
fn a_role_whose_policies_were_changed_by_hand_is_put_back_and_others_are_named() {
    let mut observed = member(vec![group(
        "/app/checkout",
        vec![our_filter("any", "ERROR")],
    )]);
    let role = observed.sender_role.as_mut().unwrap();
    role.policies
        .insert("tributary".into(), serde_json::json!({"Statement": []}));
    role.attached
        .push("arn:aws:iam::aws:policy/ReadOnlyAccess".into());
    insta::assert_snapshot!(shown(part(&observed)));
}

#[test]
fn where_accounts_are_trusted_filters_need_no_role() {
    let desired = desired_with("trust = \"accounts\"", &[CENTRAL, MEMBER]);
    let observed = member(vec![group(
        "/app/checkout",
        vec![our_filter("any", "ERROR")],
    )]);
    let part = member_part(&desired, &observed, &id(MEMBER), "shop").unwrap();
    insta::assert_snapshot!(shown(part));
}

#[test]
fn an_old_filter_stays_with_its_role_where_the_new_one_can_not_be_put() {
    let filters = vec![
        our_filter("any", "ERROR"),
        foreign_filter("tributary-flow-logs"),
    ];
    let part = part(&member(vec![group("cwl_vpc_fl_main", filters)]));
    assert_eq!(part.steps, []);
    assert!(part.skipped[0].blocked, "{part:?}");
}

#[test]
fn a_region_that_a_role_no_longer_trusts_is_told() {
    let observed = member(vec![group(
        "/app/checkout",
        vec![our_filter("any", "ERROR")],
    )]);
    let elsewhere = desired_with("regions = [\"us-east-1\"]", &[CENTRAL, MEMBER]);
    let role = elsewhere.sender_role(&id(MEMBER)).unwrap().unwrap();
    let mut before = observed.clone();
    before.sender_role = Some(as_wanted(&role));
    let notes = part(&before).notes;
    assert!(
        notes[0].contains("no longer trust logs.us-east-1.amazonaws.com:"),
        "{notes:?}"
    );
    assert_eq!(part(&observed).notes, Vec::<String>::new());
}

#[test]
fn where_aws_allows_two_filters_a_group_with_two_of_others_is_full() {
    let filters = || vec![foreign_filter("siem"), foreign_filter("metrics")];
    let observed = member(vec![group("/app/checkout", filters())]);
    let role = |step: &Step| matches!(step.action, Action::PutFilter(_));
    assert!(part(&observed).steps.iter().any(role));
    let desired = desired_with("filters_per_log_group = 2", &[CENTRAL, MEMBER]);
    let part = member_part(&desired, &observed, &id(MEMBER), "shop").unwrap();
    assert!(part.skipped[0].blocked, "{part:?}");
    assert!(
        part.skipped[0]
            .reason
            .contains("filters_per_log_group is 2"),
        "{part:?}"
    );
}

#[test]
fn what_delivers_is_kept_out_by_rule_and_by_setting() {
    let groups = || {
        vec![
            group("/app/search-loader", vec![]),
            group("/aws/lambda/tributary-x", vec![]),
        ]
    };
    let desired = desired_with("delivery_log_groups = [\"*-loader\"]", &[CENTRAL, MEMBER]);
    let part = member_part(&desired, &member(groups()), &id(MEMBER), "shop").unwrap();
    let reasons: Vec<_> = part
        .skipped
        .iter()
        .map(|skip| skip.reason.as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "organization.delivery_log_groups has \"*-loader\"",
            "it belongs to the delivery itself; sending it would make a loop"
        ]
    );
}

#[test]
fn what_control_tower_guards_is_skipped_unless_a_source_names_it_exactly() {
    let trail = "aws-controltower/CloudTrailLogs";
    let source = |glob: &str| {
        let text = format!("log_groups = [\"/app/*\", {glob:?}]");
        Config::parse(&format!(
            "[central]\naccount = \"{CENTRAL}\"\nregion = \"{REGION}\"\nstream = \"s\"\nshards = 2\n\
             destination = \"tributary\"\n[organization]\n[[source]]\ndataset = \"cloudtrail\"\n{text}"
        ))
        .unwrap()
    };
    let planned = |glob: &str| {
        let config = Arc::new(source(glob));
        let names = Names::new(&config, "aws");
        let desired = Desired::new(config, names, "o-example", vec![id(MEMBER)]);
        member_part(
            &desired,
            &member(vec![group(trail, vec![])]),
            &id(MEMBER),
            "shop",
        )
        .unwrap()
    };
    let part = planned("aws-controltower/*");
    assert!(
        part.skipped[0].reason.contains("Control Tower guards it"),
        "{part:?}"
    );
    assert_eq!(part.log_groups.selected, 0);
    let part = planned(trail);
    assert_eq!((part.skipped.len(), part.log_groups.selected), (0, 1));
}

#[test]
fn a_glob_that_matches_nothing_anywhere_is_told() {
    let desired = desired();
    let mut globs = GlobUse::new(&desired.config);
    globs.see(&member(vec![group("cwl_vpc_fl_main", vec![])]));
    globs.see(&member(vec![
        group("AWS/x", vec![]),
        group("/aws/y", vec![]),
    ]));
    assert_eq!(
        globs.notes(),
        [
            "source[1].log_groups: no log group of any account that could be read matches \"/app/*\" (dataset any)"
        ]
    );
}

#[test]
fn the_role_stays_while_a_region_looks_disabled() {
    let mut observed = member(vec![]);
    let removes = |part: Part| part.steps.iter().any(|step| step.sign == Sign::Remove);
    assert!(removes(part(&observed)), "nothing needs it");
    let code = "UnrecognizedClientException".to_owned();
    observed
        .disabled_regions
        .insert("eu-south-1".to_owned(), code);
    let part = part(&observed);
    assert!(part.notes[0].contains("may still name"), "{part:?}");
    assert!(!removes(part));
}

#[test]
fn an_account_of_which_every_region_looks_disabled_fails() {
    let code = "UnrecognizedClientException".to_owned();
    let mut observed = member(vec![]);
    observed.log_groups.clear();
    observed.disabled_regions.insert(REGION.to_owned(), code);
    let part = part(&observed);
    let reason = part.failure().unwrap();
    assert!(reason.contains("eu-central-1 (AWS answers"), "{reason}");
    assert_eq!(part.steps, []);
}
