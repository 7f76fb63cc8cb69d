//! Accounts that leave: named, closed, out of the organization; and a central account that is closed.

use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_iam::Client as Iam;
use aws_sdk_organizations::Client as Organizations;
use local::cloud::{Builder, MANAGEMENT, Settings};
use tests::bootstrap::{CloudScene, LOGGING, REGION, Ran, SOURCES};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";
const PAYMENTS: &str = "444444444444";
const PLAYGROUND: &str = "555555555555";

async fn scene() -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    for (account, name) in [
        (SHOP, "shop"),
        (PAYMENTS, "payments"),
        (PLAYGROUND, "playground"),
    ] {
        builder.account(account, name, &root);
        builder.log_group(account, REGION, "/app/checkout");
    }
    CloudScene::new(builder, SOURCES).await
}

/// The same, set up.
async fn applied() -> anyhow::Result<CloudScene> {
    let scene = scene().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    Ok(scene)
}

fn organization(scene: &CloudScene) -> Organizations {
    Organizations::new(&scene.aws.account(MANAGEMENT))
}

async fn close(scene: &CloudScene, account: &str) -> Tested {
    let close = organization(scene).close_account().account_id(account);
    close.send().await?;
    Ok(())
}

async fn leave(scene: &CloudScene, account: &str) -> Tested {
    let leave = organization(scene).remove_account_from_organization();
    leave.account_id(account).send().await?;
    Ok(())
}

fn tells_a_suspended_account(ran: &Ran) {
    let told = "it is suspended: AWS lets nobody work in it";
    assert!(ran.stdout.contains(told), "{ran:#?}");
}

/// What there is of ours in an account.
fn ours(scene: &CloudScene, account: &str) -> Vec<String> {
    let keys = scene.cloud.dump().into_keys();
    keys.filter(|key| key.starts_with(account) && key.contains("tributary"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_accounts_are_taken_back_by_one_word_and_the_others_go_on_sending() -> Tested {
    let scene = applied().await?;
    let both = format!("{SHOP},{PAYMENTS}");
    scene
        .bootstrap
        .ends(0, &["destroy", "--accounts", &both, "--yes"])?;
    for account in [SHOP, PAYMENTS] {
        assert_eq!(ours(&scene, account), Vec::<String>::new());
    }
    let reached = scene.cloud.reached(PLAYGROUND, REGION, "/app/checkout");
    assert_eq!(reached, [scene.destination_arn(REGION)]);
    scene
        .bootstrap
        .ends(0, &["destroy", "--account", PLAYGROUND, "--yes"])?;
    assert_eq!(ours(&scene, PLAYGROUND), Vec::<String>::new());
    assert!(
        !ours(&scene, LOGGING).is_empty(),
        "the central account is as it was"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_is_told_with_what_stays_and_the_others_named_are_done() -> Tested {
    let scene = applied().await?;
    close(&scene, SHOP).await?;
    let both = format!("{SHOP},{PAYMENTS}");
    let ran = scene
        .bootstrap
        .ends(1, &["destroy", "--accounts", &both, "--yes"])?;
    tells_a_suspended_account(&ran);
    assert_eq!(ours(&scene, PAYMENTS), Vec::<String>::new());
    assert!(!ours(&scene, SHOP).is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_has_left_is_taken_back_while_its_access_role_still_lets_us_in() -> Tested {
    let scene = scene().await?;
    scene.configure(&format!("include = [\"{SHOP}\", \"{PAYMENTS}\"]"), SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    leave(&scene, SHOP).await?;
    let refused = scene.bootstrap.ends(1, &["verify"])?;
    assert!(
        refused
            .stderr
            .contains("organization.include names 333333333333"),
        "{refused:#?}"
    );
    scene
        .bootstrap
        .ends(0, &["destroy", "--accounts", SHOP, "--yes"])?;
    assert_eq!(ours(&scene, SHOP), Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_role_of_an_account_that_has_left_is_gone_what_to_do_by_hand_is_told() -> Tested {
    let scene = applied().await?;
    leave(&scene, SHOP).await?;
    let iam = Iam::new(&scene.aws.account(SHOP));
    iam.delete_role()
        .role_name("OrganizationAccountAccessRole")
        .send()
        .await?;
    let ran = scene
        .bootstrap
        .ends(1, &["destroy", "--accounts", SHOP, "--yes"])?;
    for words in [
        "has left the organization",
        "whose names begin with tributary-",
        "the destination tributary of account 222222222222",
        "the role tributary-sender-tributary",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {ran:#?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_taken_back_also_when_the_central_account_is_closed() -> Tested {
    let scene = applied().await?;
    close(&scene, LOGGING).await?;
    let ran = scene.bootstrap.ends(1, &["destroy", "--yes"])?;
    tells_a_suspended_account(&ran);
    for account in [SHOP, PAYMENTS, PLAYGROUND] {
        assert_eq!(ours(&scene, account), Vec::<String>::new());
    }
    assert!(!ours(&scene, LOGGING).is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_tells_a_filter_that_was_turned_and_who_does_not_send() -> Tested {
    let scene = scene().await?;
    close(&scene, PLAYGROUND).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let verified = scene.bootstrap.ends(0, &["verify"])?;
    for words in [
        &format!("Destination {}", scene.destination_arn(REGION))[..],
        "3 accounts of the organization of which nothing is sent:",
        "555555555555 playground: suspended",
        "111111111111 management: no log group matches a source",
    ] {
        assert!(verified.stdout.contains(words), "{words}: {verified:#?}");
    }
    let logs = Logs::new(&scene.aws.account(SHOP));
    let turned = logs
        .put_subscription_filter()
        .log_group_name("/app/checkout")
        .filter_name("tributary-any");
    let elsewhere = "arn:aws:lambda:eu-central-1:999999999999:function:thief";
    turned
        .filter_pattern("")
        .destination_arn(elsewhere)
        .send()
        .await?;
    let verified = scene.bootstrap.ends(2, &["verify", "--json"])?.json()?;
    let text = verified.to_string();
    assert!(
        text.contains("function:thief, so it isn't ours"),
        "{verified:#}"
    );
    let not_sending = verified["not_sending"].as_array().map(Vec::len);
    assert_eq!(not_sending, Some(4), "{verified:#}");
    // Also where no source wants the log group any more.
    let guardduty = "[[source]]\ndataset = \"guardduty\"\nlog_groups = [\"/aws/events/*\"]\n";
    scene.configure("", guardduty)?;
    let verified = scene.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified.stdout.contains("find out who put it there"),
        "{verified:#?}"
    );
    Ok(())
}
