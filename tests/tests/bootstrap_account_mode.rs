//! One subscription policy for an account instead of filters, over our own stand-in: the others know no
//! account policies.

use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_cloudwatchlogs::types::PolicyType;
use local::cloud::{Builder, Seen, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::{CloudScene, LOGGING, REGION};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";
const PAYMENTS: &str = "444444444444";
const EVERYTHING: &str = "[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]\n";
const THEIRS: &str = "arn:aws:lambda:eu-central-1:333333333333:function:theirs";

/// Two accounts and the logging account, with log groups of applications, of the delivery and of the past.
async fn scene(organization: &str) -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    for (account, name) in [(SHOP, "shop"), (PAYMENTS, "payments")] {
        builder.account(account, name, &root);
        builder.log_group(account, REGION, "/app/checkout");
        builder.log_group(account, REGION, "/noise/1");
        builder.log_group(account, REGION, "/aws/lambda/tributary-forwarder");
        builder.log_group_of_class(account, REGION, "/app/archive", "INFREQUENT_ACCESS");
    }
    builder.log_group(LOGGING, REGION, "/app/console");
    builder.log_group(LOGGING, REGION, "/aws/kinesisfirehose/archive");
    let scene = CloudScene::new(builder, EVERYTHING).await?;
    scene.configure(organization, EVERYTHING)?;
    Ok(scene)
}

const ACCOUNT: &str = "mode = \"account\"\nexclude_log_groups = [\"/noise/*\"]\n";

fn logs(scene: &CloudScene, account: &str) -> Logs {
    Logs::new(&scene.aws.account(account))
}

async fn make_group(scene: &CloudScene, account: &str, name: &str) -> Tested {
    logs(scene, account)
        .create_log_group()
        .log_group_name(name)
        .send()
        .await?;
    Ok(())
}

/// Somebody else's policy.
async fn foreign_policy(scene: &CloudScene, account: &str) -> Tested {
    let document = format!("{{\"DestinationArn\":\"{THEIRS}\",\"FilterPattern\":\"\"}}");
    let put = logs(scene, account)
        .put_account_policy()
        .policy_name("siem");
    put.policy_type(PolicyType::SubscriptionFilterPolicy)
        .policy_document(document)
        .send()
        .await?;
    Ok(())
}

fn sends(scene: &CloudScene, account: &str, group: &str) -> bool {
    scene
        .cloud
        .reached(account, REGION, group)
        .contains(&scene.destination_arn(REGION))
}

/// The calls that changed log groups or policies of an account, since the first so many.
fn changes(scene: &CloudScene, account: &str, first: usize) -> Vec<String> {
    let calls = scene.cloud.calls_since(first).into_iter();
    let meant = calls.filter(|call| !call.reads() && call.account == account);
    meant
        .map(|call| call.operation)
        .filter(|operation| operation != "AssumeRole")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn log_groups_of_the_future_send_and_those_of_the_delivery_never_do() -> Tested {
    let scene = scene(ACCOUNT).await?;
    let before = scene.cloud.dump();
    scene.bootstrap.ends(2, &["plan"])?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    for account in [SHOP, PAYMENTS] {
        assert!(sends(&scene, account, "/app/checkout"));
        for kept_out in ["/noise/1", "/aws/lambda/tributary-forwarder"] {
            assert!(!sends(&scene, account, kept_out), "{kept_out}");
        }
    }
    assert!(
        sends(&scene, LOGGING, "/app/console"),
        "by a filter of its own"
    );
    let policies = scene
        .cloud
        .dump()
        .into_keys()
        .filter(|key| key.contains("account policy"));
    assert_eq!(policies.filter(|key| key.starts_with(LOGGING)).count(), 0);
    make_group(&scene, SHOP, "/app/born-later").await?;
    assert!(sends(&scene, SHOP, "/app/born-later"));
    let calls = scene.cloud.count();
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        scene.cloud.calls_since(calls).iter().all(Seen::reads),
        "the second apply only reads"
    );
    logs(&scene, SHOP)
        .delete_log_group()
        .log_group_name("/app/born-later")
        .send()
        .await?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn from_filters_to_the_policy_and_back_the_new_comes_before_the_old_goes() -> Tested {
    let scene = scene("exclude_log_groups = [\"/noise/*\"]").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let by_filters = scene.cloud.dump();
    scene.configure(ACCOUNT, EVERYTHING)?;
    let calls = scene.cloud.count();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(
        changes(&scene, SHOP, calls),
        ["PutAccountPolicy", "DeleteSubscriptionFilter"]
    );
    assert!(sends(&scene, SHOP, "/app/checkout"));
    scene.bootstrap.ends(0, &["verify"])?;
    scene.configure("exclude_log_groups = [\"/noise/*\"]", EVERYTHING)?;
    let calls = scene.cloud.count();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(
        changes(&scene, SHOP, calls),
        ["PutSubscriptionFilter", "DeleteAccountPolicy"]
    );
    assert_eq!(scene.cloud.dump(), by_filters);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_new_can_not_be_put_the_old_goes_on_sending_until_the_next_run() -> Tested {
    let scene = scene("exclude_log_groups = [\"/noise/*\"]").await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure(ACCOUNT, EVERYTHING)?;
    scene.cloud.add(Rule::every(
        "PutAccountPolicy",
        Fault::answer(400, "AccessDeniedException"),
    ));
    let refused = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        refused
            .stdout
            .contains("PutAccountPolicy in account 333333333333"),
        "{refused:#?}"
    );
    assert!(sends(&scene, SHOP, "/app/checkout"));
    scene.cloud.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure("exclude_log_groups = [\"/noise/*\"]", EVERYTHING)?;
    scene.cloud.add(Rule::every(
        "PutSubscriptionFilter",
        Fault::answer(400, "AccessDeniedException"),
    ));
    scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        sends(&scene, SHOP, "/app/checkout"),
        "the policy is still there"
    );
    scene.cloud.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert!(sends(&scene, SHOP, "/app/checkout"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_of_others_stays_and_the_other_accounts_go_on() -> Tested {
    let scene = scene(ACCOUNT).await?;
    foreign_policy(&scene, SHOP).await?;
    let before = scene.cloud.dump();
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("subscription policy siem sends to"),
        "{applied:#?}"
    );
    assert!(sends(&scene, PAYMENTS, "/app/checkout") && !sends(&scene, SHOP, "/app/checkout"));
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified.stdout.contains("subscription policy siem"),
        "{verified:#?}"
    );
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_others_changed_is_found_and_put_back() -> Tested {
    let scene = scene(ACCOUNT).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let good = scene.cloud.dump();
    let document = format!(
        "{{\"DestinationArn\":\"{}\",\"FilterPattern\":\"ERROR\"}}",
        scene.destination_arn(REGION)
    );
    let put = logs(&scene, SHOP)
        .put_account_policy()
        .policy_name("tributary-account");
    let put = put.policy_type(PolicyType::SubscriptionFilterPolicy);
    // Without a role, this destination takes nothing: so with the one that is there.
    let role = format!(
        "\"RoleArn\":\"arn:aws:iam::{SHOP}:role/tributary-sender-tributary\",\"FilterPattern\""
    );
    put.policy_document(document.replace("\"FilterPattern\"", &role))
        .send()
        .await?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified
            .stdout
            .contains("pattern \"ERROR\" -> \"\", now leaves out"),
        "{verified:#?}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(scene.cloud.dump(), good);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_exclusion_matches_later_is_left_out_by_the_next_apply_and_stays_out() -> Tested {
    let scene = scene(ACCOUNT).await?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(
        planned
            .stdout
            .contains("those that match /noise/* and are there now"),
        "{planned:#?}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    make_group(&scene, SHOP, "/noise/2").await?;
    assert!(sends(&scene, SHOP, "/noise/2"), "a policy knows only names");
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified.stdout.contains("now leaves out /noise/2"),
        "{verified:#?}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(!sends(&scene, SHOP, "/noise/2"));
    logs(&scene, SHOP)
        .delete_log_group()
        .log_group_name("/noise/2")
        .send()
        .await?;
    scene.bootstrap.ends(0, &["verify"])?;
    make_group(&scene, SHOP, "/noise/2").await?;
    assert!(
        !sends(&scene, SHOP, "/noise/2"),
        "it is still among those left out"
    );
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_that_putting_policies_takes_is_printed_in_this_mode_alone() -> Tested {
    let scene = scene(ACCOUNT).await?;
    let printed = scene.bootstrap.ends(0, &["policies"])?;
    assert!(
        printed.stdout.contains("logs:PutAccountPolicy"),
        "{printed:#?}"
    );
    scene.configure("", EVERYTHING)?;
    let printed = scene.bootstrap.ends(0, &["policies"])?;
    assert!(
        !printed.stdout.contains("logs:PutAccountPolicy"),
        "{printed:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_can_not_be_taken_back_in_one_region_keeps_none_in_another() -> Tested {
    let organization = format!("regions = [\"{REGION}\", \"us-east-1\"]\n{ACCOUNT}");
    let scene = scene(&organization).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.deny("logs", "DeleteAccountPolicy", SHOP, REGION);
    scene.bootstrap.ends(1, &["destroy", "--yes"])?;
    let keys = scene.cloud.dump().into_keys();
    let left: Vec<_> = keys
        .filter(|key| key.starts_with(SHOP) && key.contains("account policy"))
        .collect();
    assert!(left.len() == 1 && left[0].contains(REGION), "{left:?}");
    Ok(())
}
