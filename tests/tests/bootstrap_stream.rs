//! The stream's capacity and encryption, set up and changed.

use std::time::Duration;

use aws_sdk_kinesis::types::{EncryptionType, StreamDescriptionSummary};
use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::least_privilege::{LeastPrivilege, printed};
use tests::bootstrap::{CloudScene, LOGGING, REGION, SOURCES, Scene, summary_of};

type Tested = anyhow::Result<()>;

const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str = "99999999-12ab-34cd-56ef-1234567890ab";

async fn stream(scene: &Scene) -> anyhow::Result<StreamDescriptionSummary> {
    summary_of(&scene.aws.kinesis(&scene.organization.logging.id)).await
}

/// The delivery role's inline policy.
async fn delivery_policy(scene: &Scene) -> anyhow::Result<String> {
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(&scene.organization.logging.id));
    let policy = iam
        .get_role_policy()
        .role_name("tributary-delivery-tributary")
        .policy_name("tributary");
    Ok(policy.send().await?.policy_document().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_is_encrypted_before_the_destination_exists_and_stays_so() -> Tested {
    let scene = Scene::new().await?;
    scene.configure_central(&format!("kms_key = \"{KEY}\""))?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let found = stream(&scene).await?;
    assert_eq!(found.encryption_type(), Some(&EncryptionType::Kms));
    assert_eq!(found.key_id(), Some(KEY));
    assert!(delivery_policy(&scene).await?.contains(KEY));
    let calls = scene.proxy.requests();
    let first = |operation: &str| calls.iter().position(|call| call.operation == operation);
    assert!(
        first("StartStreamEncryption") < first("PutDestination"),
        "{calls:#?}"
    );
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_takes_the_place_of_the_first_without_a_delivery_in_between_being_denied()
-> Tested {
    let scene = Scene::new().await?;
    scene.configure_central(&format!("kms_key = \"{KEY}\""))?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.configure_central(&format!("kms_key = \"{OTHER}\""))?;
    scene.bootstrap.ends(2, &["verify"])?;
    // The encryption fails: the role must go on serving the old key.
    let denied = Fault::answer(400, "KMSAccessDeniedException");
    scene
        .proxy
        .add(Rule::every("StartStreamEncryption", denied));
    let failed = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        failed.said().contains("Kinesis can't use the key"),
        "{failed:#?}"
    );
    let policy = delivery_policy(&scene).await?;
    assert!(policy.contains(KEY) && policy.contains(OTHER), "{policy}");
    scene.proxy.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(stream(&scene).await?.key_id(), Some(OTHER));
    let policy = delivery_policy(&scene).await?;
    assert!(!policy.contains(KEY) && policy.contains(OTHER), "{policy}");
    let again = scene.bootstrap.ends(0, &["apply"])?;
    assert!(again.stdout.contains("Nothing to do"), "{again:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_there_before_keeps_its_encryption_and_shards() -> Tested {
    let scene = Scene::new().await?;
    let kinesis = scene.aws.kinesis(&scene.organization.logging.id);
    let create = kinesis.create_stream().stream_name("tributary-logs");
    create.shard_count(3).send().await?;
    scene.configure_central(&format!("kms_key = \"{KEY}\""))?;
    let applied = scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert!(
        applied.stdout.contains("it isn't ours, so it stays"),
        "{applied:#?}"
    );
    let found = stream(&scene).await?;
    assert_eq!(found.open_shard_count(), 3);
    assert_ne!(found.encryption_type(), Some(&EncryptionType::Kms));
    for operation in ["StartStreamEncryption", "UpdateShardCount"] {
        assert!(scene.proxy.requests_of(operation).is_empty(), "{operation}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn more_shards_come_in_steps_that_kinesis_allows() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let text = std::fs::read_to_string(&scene.bootstrap.config)?;
    std::fs::write(
        &scene.bootstrap.config,
        text.replace("shards = 2", "shards = 7"),
    )?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    assert!(
        planned
            .stdout
            .contains("~ eu-central-1  stream tributary-logs: 2 shards -> 7 shards"),
        "{planned:#?}"
    );
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(stream(&scene).await?.open_shard_count(), 7);
    assert_eq!(
        scene.proxy.requests_of("UpdateShardCount").len(),
        2,
        "4, then 7"
    );
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_kinesis_is_told_with_what_to_do_and_everything_else_is_done() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let text = std::fs::read_to_string(&scene.bootstrap.config)?;
    let text = text.replace("shards = 2", "shards = 4");
    std::fs::write(
        &scene.bootstrap.config,
        text.replace("/app/*", "/aws/lambda/*"),
    )?;
    let limit = Fault::answer(400, "LimitExceededException");
    scene.proxy.add(Rule::every("UpdateShardCount", limit));
    let applied = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        applied.said().contains("ten times in 24 hours"),
        "{applied:#?}"
    );
    let shop = &scene.organization.members[0].id;
    let filters = scene
        .filters(shop, local::organization::UNSUBSCRIBED)
        .await?;
    assert_eq!(filters.len(), 1, "the members are done all the same");
    let calls = scene.proxy.requests();
    let at = |operation: &str| calls.iter().rposition(|call| call.operation == operation);
    assert!(
        at("PutSubscriptionFilter") < at("UpdateShardCount"),
        "nobody waits for the shards"
    );
    Ok(())
}

/// Over our own stand-in, in which a change of a stream takes time, and a destination needs a role that
/// may use the stream's key.
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_allowed_before_they_are_needed_and_every_change_is_waited_for() -> Tested {
    let settings = Settings {
        stream_ready_after: Duration::from_millis(700),
        ..Settings::default()
    };
    let scene = CloudScene::new(Builder::new(settings), SOURCES).await?;
    let key = |id: &str| format!("arn:aws:kms:{REGION}:{LOGGING}:key/{id}");
    let plain = std::fs::read_to_string(&scene.bootstrap.config)?;
    let configure = |kms_key: &str, shards: usize| {
        let central = format!("kms_key = \"{kms_key}\"\n[organization]");
        let text = plain.replace("[organization]", &central);
        let text = text.replace("shards = 2", &format!("shards = {shards}"));
        std::fs::write(&scene.bootstrap.config, text)
    };
    for (kms_key, shards) in [(key(KEY), 2), (key(OTHER), 9)] {
        configure(&kms_key, shards)?;
        scene.bootstrap.ends(0, &["apply", "--yes"])?;
        let again = scene.bootstrap.ends(0, &["apply"])?;
        assert!(again.stdout.contains("Nothing to do"), "{again:#?}");
        let kinesis = aws_sdk_kinesis::Client::new(&scene.aws.account(LOGGING));
        let found = summary_of(&kinesis).await?;
        assert_eq!(found.key_id(), Some(kms_key.as_str()));
        assert_eq!(usize::try_from(found.open_shard_count())?, shards);
    }
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_policies_are_enough_to_encrypt_and_without_them_the_action_is_named() -> Tested
{
    let least = LeastPrivilege::new().await?;
    let bootstrap = &least.scene.bootstrap;
    let text = std::fs::read_to_string(&bootstrap.config)?;
    let central = format!("kms_key = \"{KEY}\"\n[organization]");
    std::fs::write(&bootstrap.config, text.replace("[organization]", &central))?;
    let denied = bootstrap.ends(1, &["apply", "--yes", "--deadline", "1"])?;
    let logging = &least.scene.organization.logging.id;
    let named = format!("StartStreamEncryption in account {logging}");
    assert!(denied.said().contains(&named), "{denied:#?}");
    least.grant(&printed(bootstrap)?).await?;
    bootstrap.ends(0, &["apply", "--yes"])?;
    assert_eq!(stream(&least.scene).await?.key_id(), Some(KEY));
    bootstrap.ends(0, &["verify"])?;
    bootstrap.ends(0, &["destroy", "--yes"])?;
    Ok(())
}
