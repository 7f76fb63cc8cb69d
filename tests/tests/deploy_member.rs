//! member.yaml, deployed as a stack of a member account: equal in effect to `bootstrap apply`, since
//! `bootstrap verify` finds nothing to do after it; changed and deleted, and left to the stack by `destroy`.

use local::organization::{APPLICATION, CLOUDTRAIL, FLOW_LOGS, GUARDDUTY, MANAGEMENT};
use serde_json::{Value, json};
use tests::bootstrap::{REGION, SOURCES, Scene};
use tests::stand_in_template::{Adapted, call, create_flow_log, properties};
use tests::template::Stack;
use tests::with;

type Tested = anyhow::Result<()>;

const NAME: &str = "tributary-member";
const SENDER: &str = "tributary-sender-tributary";
const FLOW_LOGS_ROLE: &str = "tributary-flow-logs-tributary";
const SENT: [&str; 4] = [FLOW_LOGS, CLOUDTRAIL, GUARDDUTY, APPLICATION];

/// The account that has a stack instead of `bootstrap apply`.
fn account(scene: &Scene) -> &str {
    &scene.organization.members[1].id
}

fn stack(scene: &Scene) -> Stack<'_> {
    stack_in(scene, account(scene))
}

fn stack_in<'a>(scene: &'a Scene, account: &'a str) -> Stack<'a> {
    Stack {
        endpoint: scene.aws.endpoint(),
        account,
        region: REGION,
        name: NAME,
    }
}

/// The scene's configuration, as the template's parameters have it.
fn parameters(scene: &Scene) -> Value {
    json!({
        "CentralAccount": scene.organization.logging.id,
        "FirstRegion": REGION,
        "AnyGlob": "/app/*",
        "FlowLogsLogGroup": FLOW_LOGS,
        "CloudTrailLogGroup": CLOUDTRAIL,
        "GuardDutyLogGroup": GUARDDUTY,
        "AnyLogGroup": APPLICATION,
    })
}

/// An organization that is onboarded but for the account, with flow logs of every VPC.
async fn without_the_account() -> anyhow::Result<Scene> {
    let scene = Scene::new().await?;
    let tables = "[flow_logs]\ncreate = true\nretention_days = 14\n";
    scene.configure("", &format!("{SOURCES}{tables}"))?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let only = ["--accounts", account(&scene)];
    let destroy = [&["destroy", "--yes", "--delete-logs"][..], &only].concat();
    scene.bootstrap.ends(0, &destroy)?;
    // The stand-in keeps no tags of a new flow log, so that it was nobody's.
    let stack = stack(&scene);
    let left = call(&stack, "ec2", "describe_flow_logs", &json!({}))?;
    let id = &left["FlowLogs"][0]["FlowLogId"];
    call(
        &stack,
        "ec2",
        "delete_flow_logs",
        &json!({"FlowLogIds": [id]}),
    )?;
    scene.bootstrap.ends(2, &["verify"])?;
    Ok(scene)
}

async fn sends(scene: &Scene) -> anyhow::Result<usize> {
    let mut count = 0;
    for group in SENT {
        count += scene.filters(account(scene), group).await?.len();
    }
    Ok(count)
}

fn roles(scene: &Scene) -> anyhow::Result<Vec<String>> {
    let answer = call(&stack(scene), "iam", "list_roles", &json!({}))?;
    let names = answer["Roles"].as_array().into_iter().flatten();
    let names = names.filter_map(|role| role["RoleName"].as_str());
    Ok(names.map(str::to_owned).collect())
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// The central account by `bootstrap apply`, each member by a stack and nothing else; then there is nothing
/// left to do.
async fn onboarded_by_stacks() -> anyhow::Result<Scene> {
    let scene = Scene::new().await?;
    let central = format!("include = [\"{}\"]", scene.organization.logging.id);
    scene.configure(&central, SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure("", SOURCES)?;
    let missing = scene.bootstrap.ends(2, &["verify"])?;
    says(&missing.stdout, &["15 differences"]);
    let template = Adapted::new("member.yaml", REGION)?;
    for member in &scene.organization.members {
        let made =
            stack_in(&scene, &member.id).put("create", &template.path, &parameters(&scene))?;
        assert_eq!(made["status"], "CREATE_COMPLETE", "{made}");
    }
    assert_eq!(
        (roles(&scene)?, sends(&scene).await?),
        (vec![SENDER.into()], 4)
    );
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["plan"])?;
    Ok(scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_changes_or_goes_is_told_by_verify() -> Tested {
    let scene = onboarded_by_stacks().await?;
    let (stack, template) = (stack(&scene), Adapted::new("member.yaml", REGION)?);
    let changed = with(parameters(&scene), &json!({"FilterPattern": "ERROR"}));
    stack.put("update", &template.path, &changed)?;
    let filters = scene.filters(account(&scene), APPLICATION).await?;
    assert_eq!(filters[0].filter_pattern(), Some("ERROR"));
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    says(
        &verified.stdout,
        &["4 differences", "~ filter tributary-any on /app/checkout"],
    );
    let wider = with(parameters(&scene), &json!({"AnyGlob": "/application/*"}));
    stack.put("update", &template.path, &wider)?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    says(
        &verified.stdout,
        &["1 difference", "~ role tributary-sender-tributary"],
    );
    stack.put("update", &template.path, &parameters(&scene))?;
    scene.bootstrap.ends(0, &["verify"])?;

    stack.delete()?;
    assert_eq!((roles(&scene)?, sends(&scene).await?), (vec![], 0));
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    says(
        &verified.stdout,
        &["5 differences", "+ role tributary-sender-tributary"],
    );
    for group in SENT {
        says(&verified.stdout, &[&format!(" on {group}")]);
    }
    Ok(())
}

/// As `docs/deploy.md` goes on: a log group that one account has is an override of its stack, and the
/// management account, which no set reaches, is `bootstrap`'s.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_set_leaves_out_is_told_until_an_override_and_apply_have_it() -> Tested {
    let scene = onboarded_by_stacks().await?;
    let (stack, template) = (stack(&scene), Adapted::new("member.yaml", REGION)?);
    let without = with(parameters(&scene), &json!({"GuardDutyLogGroup": ""}));
    stack.put("update", &template.path, &without)?;
    let trail = "aws-cloudtrail-logs-tributary";
    let management = stack_in(&scene, MANAGEMENT);
    let made = json!({"logGroupName": trail});
    call(&management, "logs", "create_log_group", &made)?;
    let told = scene.bootstrap.ends(2, &["verify"])?;
    let (findings, trail) = (format!(" on {GUARDDUTY}"), format!(" on {trail}"));
    says(&told.stdout, &[&findings, &trail]);

    let apply = ["apply", "--yes", "--accounts", MANAGEMENT];
    scene.bootstrap.ends(0, &apply)?;
    let told = scene.bootstrap.ends(2, &["verify"])?;
    says(&told.stdout, &["1 difference", &findings]);
    stack.put("update", &template.path, &parameters(&scene))?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn destroy_leaves_a_stack_its_role_and_says_so() -> Tested {
    let scene = onboarded_by_stacks().await?;
    let stack = stack(&scene);
    let destroy = ["destroy", "--yes", "--accounts", account(&scene)];
    let destroyed = scene.bootstrap.ends(0, &destroy)?;
    says(
        &destroyed.stdout,
        &[
            "filters go, also those that the CloudFormation stack tributary-member made",
            "left: the role tributary-sender-tributary, which the CloudFormation stack tributary-member made",
        ],
    );
    assert_eq!(
        (roles(&scene)?, sends(&scene).await?),
        (vec![SENDER.into()], 0)
    );
    // What is missing is put back into the stack's place, and its role is used.
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(!applied.stdout.contains(SENDER), "{applied:#?}");
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &destroy)?;
    stack.delete()?;
    assert_eq!(roles(&scene)?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn flow_logs_of_a_stack_are_as_bootstrap_makes_them_and_left_to_it() -> Tested {
    let scene = without_the_account().await?;
    let (stack, template) = (stack(&scene), Adapted::new("member.yaml", REGION)?);
    let vpcs = call(&stack, "ec2", "describe_vpcs", &json!({}))?;
    let vpc = vpcs["Vpcs"][0]["VpcId"].as_str().unwrap_or_default();
    let mut values = with(parameters(&scene), &json!({"Vpc": vpc}));
    values["CreateFlowLogs"] = "true".into();
    values["RetentionDays"] = "14".into();
    let made = stack.put("create", &template.path, &values)?;
    let missing = scene.bootstrap.ends(2, &["verify"])?;
    says(
        &missing.stdout,
        &["1 difference", &format!("flow log of {vpc}")],
    );
    let id = create_flow_log(&stack, &properties(&made, "FlowLog")?)?;
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["plan"])?;

    let destroy = [
        "destroy",
        "--yes",
        "--delete-logs",
        "--accounts",
        account(&scene),
    ];
    let destroyed = scene.bootstrap.ends(0, &destroy)?;
    let group = format!("cwl_vpc_fl_{vpc}");
    for what in [
        format!("the flow log {id} of {vpc}"),
        format!("the role {FLOW_LOGS_ROLE}"),
        format!("the log group {group}"),
    ] {
        says(&destroyed.stdout, &[&format!("left: {what}")]);
    }
    assert_eq!(roles(&scene)?, [FLOW_LOGS_ROLE, SENDER]);
    call(
        &stack,
        "ec2",
        "delete_flow_logs",
        &json!({"FlowLogIds": [id]}),
    )?;
    stack.delete()?;
    assert_eq!(roles(&scene)?, Vec::<String>::new());
    // The logs outlive the stack, with their retention.
    let groups = call(
        &stack,
        "logs",
        "describe_log_groups",
        &json!({"logGroupNamePrefix": group}),
    )?;
    assert_eq!(groups["logGroups"][0]["retentionInDays"], 14, "{groups}");
    Ok(())
}
