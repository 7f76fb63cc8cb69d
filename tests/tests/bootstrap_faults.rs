//! AWS that throttles, isn't ready, refuses or drops the connection, in one place or another.

use local::fault_proxy::{Fault, Rule};
use local::organization::APPLICATION;
use tests::bootstrap::Scene;

type Tested = anyhow::Result<()>;

#[tokio::test(flavor = "multi_thread")]
async fn throttled_calls_are_repeated_until_they_pass() -> Tested {
    let scene = Scene::new().await?;
    let slow = || Fault::answer(400, "ThrottlingException");
    scene.proxy.add(Rule::first("DescribeLogGroups", 2, slow()));
    scene
        .proxy
        .add(Rule::first("DescribeSubscriptionFilters", 2, slow()));
    scene
        .proxy
        .add(Rule::first("PutSubscriptionFilter", 2, slow()));
    scene.proxy.add(Rule::first(
        "ListAccounts",
        1,
        Fault::answer(400, "TooManyRequestsException"),
    ));
    scene.proxy.add(Rule::first(
        "CreateRole",
        1,
        Fault::answer(400, "Throttling"),
    ));
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.proxy.heal();
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ready_yet_is_waited_for_with_a_line_that_says_so() -> Tested {
    let scene = Scene::new().await?;
    scene.proxy.add(Rule::first(
        "PutDestination",
        2,
        Fault::answer(400, "OperationAbortedException"),
    ));
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let lines = applied
        .stderr
        .lines()
        .filter(|line| line.starts_with("waiting for the destination tributary"));
    assert_eq!(lines.count(), 2, "{applied:#?}");
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_gets_ready_fails_at_the_deadline_and_leaves_a_state_that_goes_on() -> Tested {
    let scene = Scene::new().await?;
    scene.proxy.add(Rule::every(
        "PutDestination",
        Fault::answer(400, "OperationAbortedException"),
    ));
    let applied = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("OperationAbortedException"),
        "{applied:#?}"
    );
    assert!(
        applied
            .stdout
            .contains("the destination in eu-central-1 isn't set up"),
        "{applied:#?}"
    );
    assert!(applied.stderr.contains("again"), "{applied:#?}");
    assert_eq!(scene.proxy.requests_of("PutSubscriptionFilter").len(), 0);
    scene.proxy.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_log_group_is_told_with_the_remedy_and_not_tried_again_and_again() -> Tested {
    let scene = Scene::new().await?;
    scene.proxy.add(Rule::nth(
        "PutSubscriptionFilter",
        1,
        Fault::answer(400, "LimitExceededException"),
    ));
    let applied = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("exclude_log_groups"),
        "{applied:#?}"
    );
    assert_eq!(
        scene.proxy.requests_of("PutSubscriptionFilter").len(),
        3 * 4,
        "one call a log group"
    );
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified.stdout.contains("1 difference\n"),
        "every other log group sends: {verified:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_is_asked_for_again_without_harm() -> Tested {
    let scene = Scene::new().await?;
    for operation in [
        "CreateRole",
        "PutRolePolicy",
        "PutDestination",
        "PutDestinationPolicy",
        "PutSubscriptionFilter",
    ] {
        scene.proxy.add(Rule::nth(operation, 1, Fault::DropAfter));
    }
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    for operation in [
        "DeleteSubscriptionFilter",
        "DeleteRolePolicy",
        "DeleteRole",
        "DeleteDestination",
        "DeleteStream",
    ] {
        scene.proxy.add(Rule::nth(operation, 1, Fault::DropAfter));
    }
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    let again = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        again.stdout.contains("nothing of ours is there"),
        "{again:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_can_not_be_worked_in_is_told_and_stops_no_other() -> Tested {
    let scene = Scene::new().await?;
    // The central account is assumed first; the second one is a member.
    scene.proxy.add(Rule::nth(
        "AssumeRole",
        2,
        Fault::answer(403, "AccessDenied"),
    ));
    let planned = scene.bootstrap.ends(1, &["plan", "--json"])?.json()?;
    let members = planned["members"].as_array().expect("members");
    let failed: Vec<_> = members
        .iter()
        .filter(|part| part["status"] == "failed")
        .collect();
    assert_eq!(failed.len(), 1, "{planned:#}");
    let reason = failed[0]["reason"].as_str().unwrap_or_default();
    assert!(
        reason.contains("OrganizationAccountAccessRole") && reason.contains("exclude the account"),
        "{reason}"
    );
    assert!(
        planned["summary"]["add"].as_u64() > Some(4 + 5),
        "{planned:#}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_in_one_account_is_told_in_the_table_and_the_others_are_done() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    let roles = scene.proxy.requests_of("CreateRole").len();
    // The first role after the central account's.
    scene.proxy.add(Rule::nth(
        "CreateRole",
        roles + 2,
        Fault::answer(403, "AccessDenied"),
    ));
    let applied = scene.bootstrap.ends(1, &["apply", "--yes", "--json"])?;
    let report = &applied.json()?["report"];
    let members = report["members"].as_array().expect("members");
    let results = |part: &serde_json::Value| -> Vec<String> {
        let steps = part["steps"].as_array().cloned().unwrap_or_default();
        steps
            .iter()
            .filter_map(|step| step["result"].as_str())
            .map(str::to_owned)
            .collect()
    };
    let mut outcomes: Vec<_> = members
        .iter()
        .map(results)
        .filter(|results| !results.is_empty())
        .collect();
    outcomes.sort();
    let done = vec!["done"; 5];
    let failed = vec![
        "failed",
        "not-attempted",
        "not-attempted",
        "not-attempted",
        "not-attempted",
    ];
    assert_eq!(outcomes, [done.clone(), done, failed]);
    assert!(applied.stderr.contains("bootstrap apply"), "{applied:#?}");
    scene.proxy.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_member_may_still_send_nothing_central_is_taken_back() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.proxy.add(Rule::nth(
        "DeleteSubscriptionFilter",
        1,
        Fault::answer(400, "AccessDeniedException"),
    ));
    let destroyed = scene.bootstrap.ends(1, &["destroy", "--yes"])?;
    assert!(
        destroyed.stdout.contains("may still send here"),
        "{destroyed:#?}"
    );
    assert_eq!(scene.proxy.requests_of("DeleteDestination").len(), 0);
    assert_eq!(
        scene.proxy.requests_of("DeleteRole").len(),
        2,
        "the role stays where a filter names it"
    );
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_replaces_another_must_be_there_before_the_old_one_goes() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure(
        "",
        "[[source]]\ndataset = \"cloudtrail\"\nlog_groups = [\"/app/*\"]\n",
    )?;
    scene.proxy.add(Rule::every(
        "PutSubscriptionFilter",
        Fault::answer(400, "AccessDeniedException"),
    ));
    scene.bootstrap.ends(1, &["apply", "--yes"])?;
    for member in &scene.organization.members {
        let filters = scene.filters(&member.id, APPLICATION).await?;
        assert_eq!(
            filters
                .iter()
                .map(|filter| filter.filter_name())
                .collect::<Vec<_>>(),
            [Some("tributary-any")]
        );
    }
    scene.proxy.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let filters = scene
        .filters(&scene.organization.members[0].id, APPLICATION)
        .await?;
    assert_eq!(
        filters
            .iter()
            .map(|filter| filter.filter_name())
            .collect::<Vec<_>>(),
        [Some("tributary-cloudtrail")]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_set_up_where_only_the_retention_of_the_stream_is_refused() -> Tested {
    let scene = Scene::new().await?;
    let logging = &scene.organization.logging.id;
    scene
        .aws
        .create_stream(logging, "tributary-logs", 1)
        .await?;
    scene.proxy.add(Rule::every(
        "IncreaseStreamRetentionPeriod",
        Fault::answer(400, "AccessDeniedException"),
    ));
    let applied = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("IncreaseStreamRetentionPeriod"),
        "{applied:#?}"
    );
    for member in &scene.organization.members {
        assert_eq!(scene.filters(&member.id, APPLICATION).await?.len(), 1);
    }
    Ok(())
}
