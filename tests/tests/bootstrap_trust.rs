//! Whom the destination admits. The stand-in refuses what AWS does:
//! subscriptions that the access policy doesn't admit, and the change from accounts without force.

use local::cloud::Settings;
use tests::bootstrap::trust::{GROUP, PAYMENTS, PLAYGROUND, SHOP, access_policy, roles, scene};
use tests::bootstrap::{LOGGING, REGION, SOURCES};

type Tested = anyhow::Result<()>;

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
