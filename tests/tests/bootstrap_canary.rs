//! `verify --canary`: events that really come out of the central stream, over our own stand-in, which
//! delivers what is put into log groups.

use local::cloud::Settings;
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::canary::{EMPTY, PAYMENTS, SHOP, applied, results, scene};
use tests::bootstrap::{LOGGING, REGION};

type Tested = anyhow::Result<()>;

const VIRGINIA: &str = "us-east-1";

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_every_account_and_region_comes_out_and_nothing_is_left_behind() -> Tested {
    let regions = "regions = [\"eu-central-1\", \"us-east-1\"]";
    let scene = scene(regions, Settings::default()).await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let before = scene.cloud.dump();
    let answer = scene
        .bootstrap
        .ends(0, &["verify", "--canary", "--json"])?
        .json()?;
    let arrived = |account: &str, region: &str| format!("{account} {region} arrived");
    assert_eq!(
        results(&answer),
        [
            arrived(SHOP, REGION),
            arrived(SHOP, VIRGINIA),
            arrived(PAYMENTS, REGION),
            arrived(PAYMENTS, VIRGINIA)
        ],
        "{answer:#}"
    );
    let seconds = answer["canary"][0]["seconds"].as_f64();
    assert!(
        seconds.is_some_and(|seconds| (0.0..30.0).contains(&seconds)),
        "{answer:#}"
    );
    assert_eq!(scene.cloud.dump(), before);
    let shown = scene.bootstrap.ends(0, &["verify", "--canary"])?;
    assert!(
        shown.stdout.contains("came out of the stream after"),
        "{shown:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_of_an_account_carries_the_event_without_a_filter() -> Tested {
    let everything = "[[source]]\ndataset = \"any\"\nlog_groups = [\"*\"]\n";
    let scene = scene("", Settings::default()).await?;
    scene.configure("mode = \"account\"", everything)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let (before, calls) = (scene.cloud.dump(), scene.cloud.count());
    let answer = scene
        .bootstrap
        .ends(0, &["verify", "--canary", "--json"])?
        .json()?;
    assert!(
        results(&answer).contains(&format!("{EMPTY} {REGION} arrived")),
        "{answer:#}"
    );
    let calls = scene.cloud.calls_since(calls);
    let filters = calls
        .iter()
        .filter(|call| call.operation == "PutSubscriptionFilter");
    assert_eq!(filters.count(), 0, "the account policy is what is tried");
    assert_eq!(scene.cloud.dump(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_does_not_come_is_a_difference_of_its_account_alone() -> Tested {
    let scene = applied().await?;
    scene
        .take_away_policy(LOGGING, "tributary-delivery-tributary")
        .await?;
    let before = scene.cloud.dump();
    let missing = scene
        .bootstrap
        .ends(2, &["verify", "--canary", "--timeout", "3"])?;
    for words in [
        "didn't come",
        "none of 1 events came out of the stream within 3 s",
    ] {
        assert!(missing.stdout.contains(words), "{words}: {missing:#?}");
    }
    assert_eq!(scene.cloud.dump(), before, "it cleared away behind itself");
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene
        .take_away_policy(SHOP, "tributary-sender-tributary")
        .await?;
    let answer = scene
        .bootstrap
        .ends(
            2,
            &[
                "verify",
                "--canary",
                "--timeout",
                "3",
                "--json",
                "--deadline",
                "1",
            ],
        )?
        .json()?;
    let results = results(&answer);
    assert!(
        results.contains(&format!("{SHOP} {REGION} failed")),
        "{answer:#}"
    );
    assert!(
        results.contains(&format!("{PAYMENTS} {REGION} arrived")),
        "{answer:#}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_event_may_be_lost_and_the_next_one_comes() -> Tested {
    let scene = applied().await?;
    // The first event of each account is put without an effect.
    scene
        .cloud
        .add(Rule::nth("PutLogEvents", 1, Fault::answer(200, "")));
    scene
        .cloud
        .add(Rule::nth("PutLogEvents", 2, Fault::answer(200, "")));
    let answer = scene
        .bootstrap
        .ends(0, &["verify", "--canary", "--json"])?
        .json()?;
    assert_eq!(results(&answer).len(), 2, "{answer:#}");
    assert!(
        results(&answer)
            .iter()
            .all(|result| result.ends_with("arrived")),
        "{answer:#}"
    );
    Ok(())
}
