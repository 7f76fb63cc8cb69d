//! How accounts are reached: session names, external ids, regions of STS, partitions, profiles.

use std::process::Command;

use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::{CloudScene, REGION, SOURCES, Scene};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";

/// The parameters of every `AssumeRole`, as they were sent.
fn assumed(scene: &Scene) -> Vec<String> {
    let requests = scene.proxy.requests_of("AssumeRole");
    let bodies = requests.iter();
    bodies
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_assumed_under_the_configured_session_name_with_the_external_id() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["accounts"])?;
    for body in assumed(&scene) {
        assert!(
            body.contains("RoleSessionName=tributary&") || body.ends_with("=tributary"),
            "{body}"
        );
        assert!(!body.contains("ExternalId"), "{body}");
    }
    let seen = assumed(&scene).len();
    scene.configure(
        "session_name = \"log-onboarding\"\nexternal_id = \"corp/42\"",
        SOURCES,
    )?;
    scene.bootstrap.ends(0, &["accounts"])?;
    let bodies = assumed(&scene).split_off(seen);
    assert_eq!(bodies.len(), 4, "the logging account and three members");
    for body in bodies {
        assert!(body.contains("RoleSessionName=log-onboarding"), "{body}");
        assert!(body.contains("ExternalId=corp%2F42"), "{body}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_wants_an_external_id_is_assumed_with_it_and_the_account_fails_without()
-> Tested {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    builder.account(SHOP, "shop", &root);
    builder.log_group(SHOP, REGION, "cwl_vpc_fl_main");
    let scene = CloudScene::new(builder, SOURCES).await?;
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"corp/42"}}}]}"#;
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(SHOP));
    let update = iam.update_assume_role_policy();
    let update = update.role_name("OrganizationAccountAccessRole");
    update.policy_document(trust).send().await?;
    let failed = scene.bootstrap.ends(1, &["apply", "--yes"])?;
    assert!(
        failed.stdout.contains("organization.external_id"),
        "{failed:#?}"
    );
    scene.configure("external_id = \"corp/42\"", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_sts_is_off_in_the_configured_region_another_region_gives_the_credentials() -> Tested
{
    let scene = Scene::new().await?;
    let off = |code| Fault::answer(403, code);
    for (operation, code) in [
        ("AssumeRole", "RegionDisabledException"),
        ("GetCallerIdentity", "InvalidClientTokenId"),
    ] {
        scene
            .proxy
            .add(Rule::every(operation, off(code)).in_region(REGION));
    }
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    let asked = scene.proxy.requests_of("AssumeRole");
    let regions: Vec<_> = asked
        .iter()
        .filter_map(|call| call.region.as_deref())
        .collect();
    assert!(regions.contains(&"us-east-1"), "{regions:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_another_partition_and_regions_of_two_are_refused() -> Tested {
    let scene = Scene::new().await?;
    let text = std::fs::read_to_string(&scene.bootstrap.config)?;
    std::fs::write(&scene.bootstrap.config, text.replace(REGION, "cn-north-1"))?;
    let refused = scene.bootstrap.ends(1, &["plan"])?;
    assert!(
        refused
            .stderr
            .contains("in the partition aws-cn, and the credentials are those of aws"),
        "{refused:#?}"
    );
    scene.configure("regions = [\"eu-central-1\", \"us-gov-west-1\"]", SOURCES)?;
    let refused = scene.bootstrap.ends(1, &["plan"])?;
    assert!(
        refused.stderr.contains("holds us-gov-west-1"),
        "{refused:#?}"
    );
    Ok(())
}

/// What `plan` says with the profile `work` of this file, in a home of its own.
fn said_with_profile(scene: &Scene, profile: &str) -> anyhow::Result<String> {
    let home = scene.folder.path();
    std::fs::write(home.join("profiles"), profile)?;
    let mut command: Command = scene.bootstrap.command()?;
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    command
        .env("AWS_CONFIG_FILE", home.join("profiles"))
        .env("HOME", home)
        .env("AWS_PROFILE", "work");
    let output = command.arg("plan").output()?;
    assert_eq!(output.status.code(), Some(1));
    Ok(String::from_utf8(output.stderr)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sso_session_that_has_ended_is_told_with_how_to_sign_in() -> Tested {
    let scene = Scene::new().await?;
    let said = said_with_profile(
        &scene,
        "[profile work]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n\
         [sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.example.com/start\n",
    )?;
    assert!(said.contains("aws sso login"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_whose_role_wants_an_mfa_code_is_told_with_the_way_round() -> Tested {
    let scene = Scene::new().await?;
    let denied = Fault::answer(403, "AccessDenied");
    scene.proxy.add(Rule::every("AssumeRole", denied));
    let said = said_with_profile(
        &scene,
        "[profile base]\naws_access_key_id = 111111111111\naws_secret_access_key = local\n\
         [profile work]\nsource_profile = base\nrole_arn = arn:aws:iam::111111111111:role/Admin\n\
         mfa_serial = arn:aws:iam::111111111111:mfa/me\nregion = eu-central-1\n",
    )?;
    assert!(said.contains("aws configure export-credentials"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_come_from_a_process_that_a_profile_names() -> Tested {
    let scene = Scene::new().await?;
    let script = scene.folder.path().join("credentials.sh");
    let answer = r#"{"Version":1,"AccessKeyId":"111111111111","SecretAccessKey":"local"}"#;
    std::fs::write(&script, format!("echo '{answer}'\n"))?;
    let profile = format!(
        "[profile work]\nregion = {REGION}\ncredential_process = sh {}\n",
        script.display()
    );
    std::fs::write(scene.folder.path().join("profiles"), profile)?;
    let mut command = scene.bootstrap.command()?;
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_CONFIG_FILE", scene.folder.path().join("profiles"))
        .env("AWS_PROFILE", "work");
    let output = command.arg("accounts").output()?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_partitions_have_their_own_arns_and_principals_all_the_way() -> Tested {
    for (region, arn, principal) in [
        (
            "cn-north-1",
            "arn:aws-cn:",
            "logs.cn-north-1.amazonaws.com.cn",
        ),
        (
            "us-gov-west-1",
            "arn:aws-us-gov:",
            "logs.us-gov-west-1.amazonaws.com",
        ),
    ] {
        let mut builder = Builder::new(Settings::default());
        let root = builder.root().to_owned();
        builder.account(SHOP, "shop", &root);
        builder.log_group(SHOP, region, "cwl_vpc_fl_main");
        let scene = CloudScene::new(builder, SOURCES).await?;
        let text = std::fs::read_to_string(&scene.bootstrap.config)?;
        std::fs::write(&scene.bootstrap.config, text.replace(REGION, region))?;
        let before = scene.cloud.dump();
        scene.bootstrap.ends(0, &["apply", "--yes"])?;
        scene.bootstrap.ends(0, &["verify"])?;
        let after = scene.cloud.dump();
        let made: Vec<_> = after
            .iter()
            .filter(|(key, _)| !before.contains_key(*key))
            .collect();
        let text = format!("{made:?}");
        assert!(text.contains(arn) && text.contains(principal), "{text}");
        assert!(!text.contains("arn:aws:"), "{text}");
        scene.bootstrap.ends(0, &["destroy", "--yes"])?;
        assert_eq!(scene.cloud.dump(), before);
    }
    Ok(())
}
