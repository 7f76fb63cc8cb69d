//! management.yaml, deployed: the organization's trail in the management account, GuardDuty's findings in
//! their administrator's. `bootstrap apply` only subscribes the log groups after it; `destroy` leaves
//! the rest to the stack.

use local::organization::MANAGEMENT;
use serde_json::{Value, json};
use tests::bootstrap::{REGION, SOURCES, Scene};
use tests::stand_in_template::{Adapted, call, create_trail, properties};
use tests::template::Stack;

type Tested = anyhow::Result<()>;

const TRAIL_GROUP: &str = "aws-cloudtrail-logs-tributary";
const TRAIL_ROLE: &str = "tributary-cloudtrail-tributary";
const FINDINGS_GROUP: &str = "/aws/events/guardduty-findings";
const RULE: &str = "tributary-guardduty-tributary";
const TOPIC: &str = "arn:aws:sns:eu-central-1:111111111111:alarms";
const BY_STACK: &str = "which the CloudFormation stack tributary-management made";

fn stack<'a>(scene: &'a Scene, account: &'a str) -> Stack<'a> {
    Stack {
        endpoint: scene.aws.endpoint(),
        account,
        region: REGION,
        name: "tributary-management",
    }
}

fn trail_only(days: &str) -> Value {
    json!({"TrailBucket": "tributary-trail", "TrailRetentionDays": days, "AlarmTopicArn": TOPIC})
}

fn findings_only(days: &str) -> Value {
    json!({
        "Trail": "false", "Findings": "true", "FindingsLogGroup": FINDINGS_GROUP,
        "FindingsRetentionDays": days,
    })
}

fn retention(stack: &Stack<'_>, group: &str) -> anyhow::Result<Value> {
    let named = json!({"logGroupNamePrefix": group});
    let groups = call(stack, "logs", "describe_log_groups", &named)?;
    Ok(groups["logGroups"][0]["retentionInDays"].clone())
}

/// What a pointer leads to in each item of a list.
fn each(list: &Value, pointer: &str) -> Vec<Value> {
    let list = list.as_array().into_iter().flatten();
    list.map(|item| item.pointer(pointer).cloned().unwrap_or_default())
        .collect()
}

/// Subscribes what the stack made, and nothing else there; then nothing is left to do.
async fn subscribed(scene: &Scene, account: &str, group: &str) -> Tested {
    let planned = scene.bootstrap.ends(2, &["plan", "--json"])?.json()?;
    let mut parts = planned["members"].as_array().into_iter().flatten();
    let part = parts.find(|part| part["account"] == account);
    let part = part.cloned().unwrap_or_default();
    let actions = each(&part["steps"], "/summary");
    let actions: Vec<_> = actions.iter().filter_map(Value::as_str).collect();
    assert!(
        actions
            .iter()
            .any(|action| action.ends_with(&format!(" on {group}"))),
        "{part:#}"
    );
    let made = |action: &&str| {
        !(action.starts_with("filter ") || action.starts_with("role tributary-sender-"))
    };
    assert_eq!(
        actions.into_iter().filter(made).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    let filters = scene.filters(account, group).await?;
    let destination = scene.destination_arn();
    assert_eq!(filters[0].destination_arn(), Some(destination.as_str()));
    Ok(())
}

/// The metrics of the trail's log group, and their alarms.
fn watched(stack: &Stack<'_>) -> Tested {
    let filters = call(
        stack,
        "logs",
        "describe_metric_filters",
        &json!({"logGroupName": TRAIL_GROUP}),
    )?;
    let alarms = call(stack, "cloudwatch", "describe_alarms", &json!({}))?["MetricAlarms"].clone();
    let both = ["RootUse", "UnauthorizedCalls"];
    assert_eq!(
        each(
            &filters["metricFilters"],
            "/metricTransformations/0/metricName"
        ),
        both
    );
    assert_eq!(each(&alarms, "/MetricName"), both);
    assert_eq!(
        each(&alarms, "/AlarmActions"),
        [json!([TOPIC]), json!([TOPIC])]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stacks_trail_is_watched_and_sent_and_left_to_the_stack() -> Tested {
    let scene = Scene::new().await?;
    let tables = format!("{SOURCES}[cloudtrail]\ncreate_log_group = true\n");
    scene.configure("", &tables)?;
    let template = Adapted::new("management.yaml", REGION)?;
    let stack = stack(&scene, MANAGEMENT);
    let made = stack.put("create", &template.path, &trail_only("30"))?;
    create_trail(&stack, &properties(&made, "OrganizationTrail")?)?;
    let trail = || -> anyhow::Result<Value> {
        let trails = call(&stack, "cloudtrail", "describe_trails", &json!({}))?;
        Ok(trails["trailList"][0].clone())
    };
    let made = trail()?;
    for key in [
        "IsOrganizationTrail",
        "IsMultiRegionTrail",
        "LogFileValidationEnabled",
    ] {
        assert_eq!(made[key], true, "{key}: {made}");
    }
    assert_eq!(made["S3BucketName"], "tributary-trail");
    watched(&stack)?;

    subscribed(&scene, MANAGEMENT, TRAIL_GROUP).await?;
    let destroyed = scene
        .bootstrap
        .ends(0, &["destroy", "--yes", "--delete-logs"])?;
    for what in [
        format!("left: the role {TRAIL_ROLE} and the trail that delivers as it, {BY_STACK}"),
        format!("left: the log group {TRAIL_GROUP} in {REGION}, {BY_STACK}"),
    ] {
        assert!(destroyed.stdout.contains(&what), "{what}: {destroyed:#?}");
    }
    assert_eq!(trail()?, made);

    stack.put("update", &template.path, &trail_only("60"))?;
    assert_eq!(retention(&stack, TRAIL_GROUP)?, 60);
    stack.delete()?;
    let role = call(&stack, "iam", "get_role", &json!({"RoleName": TRAIL_ROLE}));
    assert!(role.is_err_and(|error| error.to_string().contains("NoSuchEntity")));
    assert_eq!(
        retention(&stack, TRAIL_GROUP)?,
        60,
        "the logs outlive the stack"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stacks_findings_are_sent_and_left_to_the_stack() -> Tested {
    let scene = Scene::new().await?;
    let security = &scene.organization.members[2].id;
    let tables = format!(
        "{SOURCES}[guardduty]\nrule = true\naccount = \"{security}\"\nlog_group = \"{FINDINGS_GROUP}\"\n"
    );
    scene.configure("", &tables)?;
    let template = Adapted::new("management.yaml", REGION)?;
    let stack = stack(&scene, security);
    stack.put("create", &template.path, &findings_only("30"))?;
    let targets = || {
        call(
            &stack,
            "events",
            "list_targets_by_rule",
            &json!({"Rule": RULE}),
        )
    };
    let arn = format!("arn:aws:logs:{REGION}:{security}:log-group:{FINDINGS_GROUP}");
    assert_eq!(
        targets()?["Targets"],
        json!([{"Id": "tributary", "Arn": arn}])
    );

    subscribed(&scene, security, FINDINGS_GROUP).await?;
    let destroyed = scene
        .bootstrap
        .ends(0, &["destroy", "--yes", "--delete-logs"])?;
    for what in [
        format!("left: the rule {RULE} in {REGION} and its resource policy, {BY_STACK}"),
        format!("left: the log group {FINDINGS_GROUP} in {REGION}, {BY_STACK}"),
    ] {
        assert!(destroyed.stdout.contains(&what), "{what}: {destroyed:#?}");
    }
    assert_eq!(targets()?["Targets"][0]["Arn"], arn.as_str());

    stack.put("update", &template.path, &findings_only("60"))?;
    assert_eq!(retention(&stack, FINDINGS_GROUP)?, 60);
    stack.delete()?;
    let rules = call(&stack, "events", "list_rules", &json!({}))?;
    let policies = call(&stack, "logs", "describe_resource_policies", &json!({}))?;
    assert_eq!(
        (&rules["Rules"], &policies["resourcePolicies"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(
        retention(&stack, FINDINGS_GROUP)?,
        60,
        "the findings outlive the stack"
    );
    Ok(())
}
