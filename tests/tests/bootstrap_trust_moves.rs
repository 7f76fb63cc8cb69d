//! How whom the destination admits changes while logs flow. The stand-in refuses what AWS does:
//! subscriptions that the access policy doesn't admit, and the change from accounts without force.

use std::collections::BTreeMap;

use local::cloud::Settings;
use tests::bootstrap::SOURCES;
use tests::bootstrap::trust::{PAYMENTS, PLAYGROUND, SHOP, access_policy, roles, scene};

type Tested = anyhow::Result<()>;

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
