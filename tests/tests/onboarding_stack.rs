//! The template on a stand-in that enforces policies: deployed, it sets up the organization with the
//! role that it made; updated and deleted, it leaves nothing.

use std::path::Path;

use anyhow::{Context, ensure};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::ByteStream;
use local::organization::MANAGEMENT;
use serde_json::{Value, json};
use tests::bootstrap::least_privilege::LeastPrivilege;
use tests::bootstrap::{REGION, Scene};
use tests::demo::{released_and_zipped, stripped_and_zipped};
use tests::deployed::add_variables;
use tests::onboarding::log_group;
use tests::template::{Stack, folder};

type Tested = anyhow::Result<()>;

const STACK_REGION: &str = "us-east-1";
const BUCKET: &str = "tributary-code";
/// A release that fails: the same program, which takes no configuration.
const BAD_RELEASE: &str = "bootstrap-2.zip";
const FUNCTION: &str = "tributary-onboarding";

fn lambda(scene: &Scene) -> aws_sdk_lambda::Client {
    aws_sdk_lambda::Client::new(&scene.aws.account_in(MANAGEMENT, STACK_REGION))
}

/// Puts the program and its configuration into the bucket.
async fn upload(scene: &Scene) -> Tested {
    // Lambda takes code from a bucket in its own Region alone.
    let s3 = aws_sdk_s3::Config::from(&scene.aws.account_in(MANAGEMENT, STACK_REGION)).to_builder();
    let s3 = aws_sdk_s3::Client::from_conf(s3.force_path_style(true).build());
    s3.create_bucket().bucket(BUCKET).send().await?;
    for (key, file) in [
        (
            "bootstrap.zip",
            stripped_and_zipped("bootstrap", scene.folder.path())?,
        ),
        (
            BAD_RELEASE,
            released_and_zipped(
                "bootstrap",
                ("TRIBUTARY_CONFIG", "no toml"),
                scene.folder.path(),
            )?,
        ),
        ("tributary.toml", scene.bootstrap.config.clone()),
    ] {
        let body = ByteStream::from(std::fs::read(file)?);
        s3.put_object()
            .bucket(BUCKET)
            .key(key)
            .body(body)
            .send()
            .await?;
    }
    Ok(())
}

fn parameters(scene: &Scene, remove: &str) -> Value {
    json!({
        "CodeBucket": BUCKET,
        "CodeKey": "bootstrap.zip",
        "Configuration": format!("s3://{BUCKET}/tributary.toml"),
        "ConfigurationObjectArn": format!("arn:aws:s3:::{BUCKET}/tributary.toml"),
        "CentralAccount": scene.organization.logging.id,
        "FlowLogFormats": "true",
        "Remove": remove,
    })
}

/// The template says nothing of a stand-in.
async fn point_at_the_stand_in(scene: &Scene) -> Tested {
    let more = [
        ("AWS_ENDPOINT_URL", scene.aws.endpoint()),
        ("TRIBUTARY_DEADLINE", "10"),
    ];
    add_variables(&lambda(scene), FUNCTION, &more).await
}

async fn invoke(scene: &Scene, event: &Value) -> anyhow::Result<Value> {
    let invoke = lambda(scene).invoke().function_name(FUNCTION);
    let output = invoke.payload(Blob::new(event.to_string())).send().await?;
    let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
    let text = String::from_utf8_lossy(&payload).into_owned();
    ensure!(output.function_error.is_none(), "{event}: {text}");
    serde_json::from_str(&text).context(text)
}

/// What the function is, but for its code.
#[derive(Debug, PartialEq, Eq)]
struct More {
    role: String,
    arn: String,
    removes: String,
    memory_and_timeout: String,
}

async fn code_and_more(scene: &Scene) -> anyhow::Result<(String, More)> {
    let found = lambda(scene).get_function_configuration();
    let found = found.function_name(FUNCTION).send().await?;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let variables = found.environment().and_then(|it| it.variables());
    let remove = variables.and_then(|all| all.get("TRIBUTARY_REMOVE"));
    let more = More {
        role: text(found.role()),
        arn: text(found.function_arn()),
        removes: text(remove.map(String::as_str)),
        memory_and_timeout: format!("{:?} {:?}", found.memory_size(), found.timeout()),
    };
    Ok((text(found.code_sha256()), more))
}

/// An update with a release that fails, and its way back.
async fn a_bad_release_is_taken_back(scene: &Scene, stack: &Stack<'_>, template: &Path) -> Tested {
    let (former, before) = code_and_more(scene).await?;
    let mut released = parameters(scene, "true");
    released["CodeKey"] = BAD_RELEASE.into();
    stack.put("update", template, &released)?;
    let (bad, after) = code_and_more(scene).await?;
    assert_ne!(bad, former);
    assert_eq!(after, before);
    point_at_the_stand_in(scene).await?;
    let failed = invoke(scene, &json!({})).await;
    let failed = failed.expect_err("no configuration").to_string();
    assert!(failed.contains("errorMessage"), "{failed}");

    stack.put("update", template, &parameters(scene, "true"))?;
    assert_eq!(code_and_more(scene).await?, (former, before));
    point_at_the_stand_in(scene).await?;
    let answer = invoke(scene, &json!({})).await?;
    assert_eq!(answer["actions_failed"], 0, "{answer}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployed_function_sets_up_the_organization_and_new_log_groups() -> Tested {
    let least = LeastPrivilege::new().await?;
    let scene = &least.scene;
    upload(scene).await?;
    let stack = Stack {
        endpoint: scene.aws.endpoint(),
        account: MANAGEMENT,
        region: STACK_REGION,
        name: "onboarding",
    };
    let template = folder().join("onboarding.yaml");
    let made = stack.put("create", &template, &parameters(scene, "false"))?;
    assert_eq!(made["status"], "CREATE_COMPLETE", "{made}");
    point_at_the_stand_in(scene).await?;

    let answer = invoke(scene, &json!({})).await?;
    assert_eq!(
        (&answer["accounts_failed"], &answer["actions_failed"]),
        (&json!(0), &json!(0))
    );
    assert!(answer["filters_added"].as_u64() > Some(0), "{answer}");
    scene.bootstrap.ends(0, &["verify"])?;

    let member = &scene.organization.members[0].id;
    let logs = scene.logs(member);
    logs.create_log_group()
        .log_group_name("/app/brand-new")
        .send()
        .await?;
    // Nobody but AWS may put an event of its own services onto a bus, not here either.
    let answer = invoke(scene, &log_group(member, REGION, "/app/brand-new")).await?;
    assert_eq!(answer["filters_added"], 1, "{answer}");
    assert_eq!(scene.filters(member, "/app/brand-new").await?.len(), 1);
    scene.bootstrap.ends(0, &["verify"])?;

    let updated = stack.put("update", &template, &parameters(scene, "true"))?;
    assert_eq!(updated["status"], "UPDATE_COMPLETE", "{updated}");
    let (_, more) = code_and_more(scene).await?;
    assert_eq!(more.removes, "true");
    a_bad_release_is_taken_back(scene, &stack, &template).await?;

    stack.delete()?;
    let gone = lambda(scene)
        .get_function_configuration()
        .function_name(FUNCTION)
        .send()
        .await;
    assert!(gone.is_err(), "{gone:?}");
    // What it set up stays.
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}
