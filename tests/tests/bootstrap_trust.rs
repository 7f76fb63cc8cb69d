//! Whom the destination admits, and how that changes while logs flow. The stand-in refuses what AWS does:
//! subscriptions that the access policy doesn't admit, and the change from accounts without force.

use std::collections::BTreeMap;

use local::cloud::{Builder, Settings};
use serde_json::Value;
use tests::bootstrap::{CloudScene, LOGGING, REGION, SOURCES};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";
const PAYMENTS: &str = "444444444444";
const PLAYGROUND: &str = "555555555555";
const GROUP: &str = "cwl_vpc_fl_main";

/// Two accounts in one unit, the second in a unit under it, and one in another unit.
struct Units {
    workloads: String,
    production: String,
}

async fn scene(settings: Settings) -> anyhow::Result<(CloudScene, Units)> {
    let mut builder = Builder::new(settings);
    let root = builder.root().to_owned();
    let workloads = builder.unit("Workloads", &root);
    let production = builder.unit("Production", &workloads);
    let sandbox = builder.unit("Sandbox", &root);
    for (id, name, unit) in [
        (SHOP, "shop", &workloads),
        (PAYMENTS, "payments", &production),
        (PLAYGROUND, "playground", &sandbox),
    ] {
        builder.account(id, name, unit);
        builder.log_group(id, REGION, GROUP);
    }
    let scene = CloudScene::new(builder, SOURCES).await?;
    let units = Units {
        workloads,
        production,
    };
    Ok((scene, units))
}

/// The role of each account's filter on [`GROUP`].
async fn roles(scene: &CloudScene) -> anyhow::Result<BTreeMap<&'static str, Option<String>>> {
    let mut roles = BTreeMap::new();
    for account in [SHOP, PAYMENTS, PLAYGROUND] {
        let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(account));
        let found = logs.describe_subscription_filters().log_group_name(GROUP);
        for filter in found.send().await?.subscription_filters() {
            roles.insert(account, filter.role_arn().map(str::to_owned));
        }
    }
    Ok(roles)
}

async fn access_policy(scene: &CloudScene) -> anyhow::Result<Value> {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(LOGGING));
    let found = logs.describe_destinations().send().await?;
    let policy = found.destinations()[0].access_policy().unwrap_or_default();
    Ok(serde_json::from_str(policy)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_admitted_by_their_paths_with_everything_under_them() -> Tested {
    let (scene, units) = scene(Settings::default()).await?;
    let include = format!(
        "trust = \"units\"\ninclude = [\"{}\", \"{}\"]",
        units.production, units.workloads
    );
    scene.configure(&include, SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let policy = access_policy(&scene).await?;
    let condition = &policy["Statement"][0]["Condition"]["ForAnyValue:StringLike"];
    assert_eq!(
        condition["aws:PrincipalOrgPaths"],
        serde_json::json!([format!("o-exampleorgid/r-exam/{}/*", units.workloads)]),
        "the unit under it is covered"
    );
    let roles = roles(&scene).await?;
    assert_eq!(roles.keys().collect::<Vec<_>>(), [&SHOP, &PAYMENTS]);
    scene.bootstrap.ends(0, &["verify"])?;
    // Who isn't in these units is refused by the destination itself.
    let only = format!("trust = \"units\"\ninclude = [\"{}\"]", units.production);
    scene.configure(&only, SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(SHOP));
    let again = logs
        .put_subscription_filter()
        .log_group_name(GROUP)
        .filter_name("tributary-flow-logs")
        .filter_pattern("")
        .destination_arn(scene.destination_arn(REGION))
        .role_arn(format!(
            "arn:aws:iam::{SHOP}:role/tributary-sender-tributary"
        ));
    let refused = again.send().await.unwrap_err();
    let refused = format!("{:?}", refused.as_service_error());
    assert!(refused.contains("AccessDenied"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn units_as_trust_need_units_in_include() -> Tested {
    let (scene, _) = scene(Settings::default()).await?;
    for (include, problem) in [
        ("[]", "is empty"),
        ("[\"333333333333\"]", "holds the account 333333333333"),
    ] {
        scene.configure(&format!("trust = \"units\"\ninclude = {include}"), SOURCES)?;
        let refused = scene.bootstrap.ends(1, &["plan"])?;
        assert!(refused.stderr.contains(problem), "{refused:#?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn from_accounts_to_the_organization_every_filter_has_its_role_before_the_policy_is_forced()
-> Tested {
    let (scene, _) = scene(Settings::default()).await?;
    // The third account is new with the organization's trust: the old policy doesn't admit it.
    let accounts = format!("trust = \"accounts\"\nexclude = [\"{PLAYGROUND}\"]");
    scene.configure(&accounts, SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(
        roles(&scene).await?,
        BTreeMap::from([(SHOP, None), (PAYMENTS, None)])
    );
    scene.configure("trust = \"organization\"", SOURCES)?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    for words in [
        "by force: 4 accounts -> ",
        "without a role stops being delivered",
    ] {
        assert!(planned.stdout.contains(words), "{planned:#?}");
    }
    let before = scene.cloud.dump();
    let refused = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        refused.stderr.contains("--force-access-policy"),
        "{refused:#?}"
    );
    assert_eq!(scene.cloud.dump(), before, "nothing was changed");
    let applied = scene
        .bootstrap
        .ends(0, &["apply", "--yes", "--force-access-policy"])?;
    let once = "setting up: 4/4 accounts";
    assert!(applied.stderr.contains(once), "{applied:#?}");
    let policy = access_policy(&scene).await?;
    assert_eq!(policy["Statement"][0]["Principal"], "*");
    let roles = roles(&scene).await?;
    assert_eq!(roles.len(), 3);
    assert!(roles.values().all(Option::is_some), "{roles:?}");
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_account_that_sends_is_not_ready_the_policy_is_not_forced_and_all_go_on_sending()
-> Tested {
    let (scene, _) = scene(Settings::default()).await?;
    let accounts = format!("trust = \"accounts\"\nexclude = [\"{PLAYGROUND}\"]");
    scene.configure(&accounts, SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let admitted = access_policy(&scene).await?;
    scene.configure("trust = \"organization\"", SOURCES)?;
    // Somebody else has a role by the name in one of the accounts that send.
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(PAYMENTS));
    let theirs = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let name = "tributary-sender-tributary";
    let create = iam.create_role().role_name(name);
    create.assume_role_policy_document(theirs).send().await?;
    let applied = scene
        .bootstrap
        .ends(1, &["apply", "--yes", "--force-access-policy"])?;
    assert!(
        applied
            .stdout
            .contains(&format!("{PAYMENTS} may still send without a role")),
        "{applied:#?}"
    );
    assert_eq!(access_policy(&scene).await?, admitted);
    let seen = roles(&scene).await?;
    assert!(seen[SHOP].is_some() && seen[PAYMENTS].is_none(), "{seen:?}");
    assert!(
        !seen.contains_key(PLAYGROUND),
        "it isn't admitted yet: {seen:?}"
    );
    // Mended, and run again: everything is done.
    iam.delete_role().role_name(name).send().await?;
    scene
        .bootstrap
        .ends(0, &["apply", "--yes", "--force-access-policy"])?;
    assert_eq!(roles(&scene).await?.len(), 3);
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_plan_carries_the_force_that_its_reader_has_seen() -> Tested {
    let (scene, _) = scene(Settings::default()).await?;
    scene.configure("trust = \"accounts\"", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure("trust = \"organization\"", SOURCES)?;
    let file = scene.folder.path().join("plan.json");
    let file = file.to_str().unwrap_or_default();
    scene.bootstrap.ends(2, &["plan", "--out", file])?;
    assert!(std::fs::read_to_string(file)?.contains("force-access-policy"));
    scene.bootstrap.ends(0, &["apply", file])?;
    assert_eq!(
        access_policy(&scene).await?["Statement"][0]["Principal"],
        "*"
    );
    // And back, for which nobody is asked: the accounts are admitted before the roles go.
    scene.configure("trust = \"accounts\"", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(roles(&scene).await?.values().all(Option::is_none));
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_access_policy_is_put_again_after_every_destination_that_is_put() -> Tested {
    let settings = Settings {
        put_destination_drops_policy: true,
        ..Settings::default()
    };
    let (scene, _) = scene(settings).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let policy = access_policy(&scene).await?;
    // Somebody points our destination to another stream; its policy is as it was.
    let kinesis = aws_sdk_kinesis::Client::new(&scene.aws.account(LOGGING));
    kinesis
        .create_stream()
        .stream_name("other")
        .shard_count(1)
        .send()
        .await?;
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(LOGGING));
    let role = "tributary-delivery-tributary";
    let allowed = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:PutRecord","Resource":"*"}]}"#;
    let put = iam.put_role_policy().role_name(role).policy_name("other");
    put.policy_document(allowed).send().await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(LOGGING));
    let put = logs.put_destination().destination_name("tributary");
    put.target_arn(format!("arn:aws:kinesis:{REGION}:{LOGGING}:stream/other"))
        .role_arn(format!("arn:aws:iam::{LOGGING}:role/{role}"))
        .send()
        .await?;
    let put = logs.put_destination_policy().destination_name("tributary");
    put.access_policy(policy.to_string()).send().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(access_policy(&scene).await?, policy);
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_moves_while_accounts_give_way_to_the_organization_loses_nobody()
-> Tested {
    let settings = Settings {
        put_destination_drops_policy: true,
        ..Settings::default()
    };
    let (scene, _) = scene(settings).await?;
    scene.configure("trust = \"accounts\"", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure("trust = \"organization\"", SOURCES)?;
    let config = std::fs::read_to_string(&scene.bootstrap.config)?;
    let config = config.replace("\"tributary-logs\"", "\"tributary-logs-2\"");
    std::fs::write(&scene.bootstrap.config, config)?;
    scene
        .bootstrap
        .ends(0, &["apply", "--yes", "--force-access-policy"])?;
    assert_eq!(
        access_policy(&scene).await?["Statement"][0]["Principal"],
        "*"
    );
    assert!(roles(&scene).await?.values().all(Option::is_some));
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_configurations_share_accounts_and_a_stream_and_each_takes_back_its_own() -> Tested {
    let (scene, _) = scene(Settings::default()).await?;
    let before = scene.cloud.dump();
    let of = |destination: &str, include: &str| -> Tested {
        scene.configure(
            &format!("trust = \"accounts\"\ninclude = [{include}]"),
            SOURCES,
        )?;
        let config = std::fs::read_to_string(&scene.bootstrap.config)?;
        let line = format!("destination = \"{destination}\"");
        let config = config.replace("destination = \"tributary\"", &line);
        Ok(std::fs::write(&scene.bootstrap.config, config)?)
    };
    let first = format!("\"{SHOP}\", \"{PAYMENTS}\"");
    let second = format!("\"{PLAYGROUND}\"");
    of("tributary", &first)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    of("tributary-2", &second)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert_eq!(
        roles(&scene).await?.len(),
        3,
        "all send into the one stream"
    );
    of("tributary", &first)?;
    scene.bootstrap.ends(0, &["verify"])?;
    // The stream's owner can't take it back while the other one still needs it.
    let destroyed = scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        destroyed
            .stdout
            .contains("other destinations write into it"),
        "{destroyed:#?}"
    );
    of("tributary-2", &second)?;
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    of("tributary", &first)?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}
