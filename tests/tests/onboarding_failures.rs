//! `bootstrap` as a Lambda function, where something is wrong: with the event, the settings, an account,
//! or the time.

use std::time::Duration;

use aws_sdk_iam::Client as Iam;
use local::cloud::Settings;
use serde_json::{Value, json};
use tests::bootstrap::{Bootstrap, CloudScene, REGION, SOURCES};
use tests::onboarding::{
    FLOW_LOGS, Onboarding, PAYMENTS, SHOP, by_cloudtrail, created, log_group, moved, organization,
    scene, scheduled,
};

type Tested = anyhow::Result<()>;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_knows_fails_and_calls_nobody() -> Tested {
    let scene = scene().await?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let detail = json!({"eventName": "CreateBucket", "eventSource": "s3.amazonaws.com"});
    for event in [
        json!({"account": SHOP}),
        json!({"accounts": "all"}),
        by_cloudtrail("API Call", "aws.s3", SHOP, REGION, &detail),
    ] {
        let failed = function.fails(&event)?;
        assert_eq!(failed.value["errorType"], "Onboarding.UnknownEvent");
        assert_eq!(failed.metrics()?["Failures"], 1);
    }
    assert_eq!(scene.cloud.count(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_nobody_fails_by_its_id() -> Tested {
    let scene = scene().await?;
    let function = Onboarding::start(&scene.bootstrap, &[])?.with_timeout(Duration::from_secs(8));
    for (event, waits) in [
        (moved("999999999999"), true),
        (log_group("999999999999", REGION, FLOW_LOGS), false),
    ] {
        let failed = function.fails(&event)?;
        // A new one may not be listed yet.
        let waited = failed.log.iter().any(|line| line.contains("isn't ready"));
        assert_eq!(waited, waits, "{failed:#?}");
        assert_eq!(failed.value["errorType"], "Onboarding.NotPlanned");
        let message = failed.message();
        assert!(
            message.contains("999999999999, which is not in the organization"),
            "{message}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_trust_in_accounts_a_new_one_that_is_not_listed_yet_is_waited_for() -> Tested {
    let scene = scene().await?;
    scene.configure("trust = \"accounts\"", SOURCES)?;
    let function = Onboarding::start(&scene.bootstrap, &[])?.with_timeout(Duration::from_secs(8));
    let failed = function.fails(&created("999999999999"))?;
    let message = failed.message();
    assert!(message.contains("not in the organization"), "{message}");
    let waited = failed.log.iter().any(|line| line.contains("isn't ready"));
    assert!(waited, "{failed:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_fails_is_named_and_the_others_are_set_up() -> Tested {
    let scene = scene().await?;
    let iam = Iam::new(&scene.aws.account(SHOP));
    iam.delete_role()
        .role_name("OrganizationAccountAccessRole")
        .send()
        .await?;
    let function = Onboarding::start(&scene.bootstrap, &[])?;
    let failed = function.fails(&scheduled())?;
    assert_eq!(failed.value["errorType"], "Onboarding.Incomplete");
    let message = failed.message();
    assert!(
        message.contains(SHOP) && message.contains("shop"),
        "{message}"
    );
    assert!(!message.contains(PAYMENTS), "{message}");
    assert_eq!(scene.cloud.reached(PAYMENTS, REGION, FLOW_LOGS).len(), 1);
    let metrics = failed.metrics()?;
    let counts = ["AccountsFailed", "FiltersAdded", "Failures"].map(|name| &metrics[name]);
    assert_eq!(counts, [&json!(1), &json!(1), &json!(1)]);
    // The whole answer stands in the log too, for whoever looks.
    let answer = failed
        .log
        .iter()
        .find(|line| line.starts_with("{\"asked\""));
    assert!(
        answer.is_some_and(|line| line.contains("AssumeRole")),
        "{failed:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_that_never_becomes_ready_fails_within_the_time() -> Tested {
    let scene = scene().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let iam = Iam::new(&scene.aws.account(SHOP));
    iam.delete_role()
        .role_name("OrganizationAccountAccessRole")
        .send()
        .await?;
    let function = Onboarding::start(&scene.bootstrap, &[])?.with_timeout(Duration::from_secs(12));
    let failed = function.fails(&created(SHOP))?;
    assert!(failed.message().contains("AssumeRole"), "{failed:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn before_its_time_is_over_it_stops_and_the_next_invocation_goes_on() -> Tested {
    let mut builder = organization(Settings {
        latency: Duration::from_millis(40),
        ..Settings::default()
    });
    for number in 0..120 {
        builder.log_group(SHOP, REGION, &format!("/app/{number:03}"));
    }
    let scene = CloudScene::new(builder, SOURCES).await?;
    let function = Onboarding::start(&scene.bootstrap, &[])?.with_timeout(Duration::from_secs(8));
    let stopped = function.fails(&scheduled())?;
    let message = stopped.message();
    assert!(
        message.contains("left") && message.contains("stopped"),
        "{stopped:#?}"
    );
    let metrics = stopped.metrics()?;
    let (done, left) = (
        metrics["ActionsDone"].as_u64(),
        metrics["ActionsLeft"].as_u64(),
    );
    assert!(done > Some(0) && left > Some(0), "{metrics}");
    let mut rounds = 0;
    while function.answers(&scheduled()).is_err() {
        rounds += 1;
        assert!(rounds < 10, "it never gets to its end");
    }
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_fail_with_their_name_and_the_remedy() -> Tested {
    let scene = scene().await?;
    let settings = |env: &[(&str, &str)]| -> anyhow::Result<String> {
        let function = Onboarding::start(&scene.bootstrap, env)?;
        let failed = function.fails(&json!({}))?;
        assert_eq!(failed.value["errorType"], "Onboarding.Settings");
        Ok(failed.message().to_owned())
    };
    for (env, said) in [
        (("TRIBUTARY_CONFIG", ""), "TRIBUTARY_CONFIG is not set"),
        (("TRIBUTARY_CONFIG", "/nowhere.toml"), "/nowhere.toml"),
        (
            ("TRIBUTARY_CONFIG", "[central]\nacount = 1"),
            "unknown field `acount`",
        ),
        (("TRIBUTARY_CONFIG", "s3://bucket"), "write s3://BUCKET/KEY"),
        (
            ("TRIBUTARY_REMOVE", "yes"),
            "TRIBUTARY_REMOVE is \"yes\": write true or false",
        ),
    ] {
        let message = settings(&[env])?;
        assert!(message.contains(said), "{env:?}: {message}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_may_be_the_text_itself() -> Tested {
    let scene = scene().await?;
    let text = std::fs::read_to_string(&scene.bootstrap.config)?;
    let bootstrap = Bootstrap {
        config: "/nowhere.toml".into(),
        ..scene.bootstrap.clone()
    };
    let function = Onboarding::start(&bootstrap, &[("TRIBUTARY_CONFIG", text.as_str())])?;
    let answer: Value = function.answers(&json!({}))?.value;
    assert_eq!(answer["filters_added"], 2);
    Ok(())
}
