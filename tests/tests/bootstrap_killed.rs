//! `bootstrap` is killed while it works: the next run goes on.

use std::process::{Child, Stdio};
use std::time::Duration;

use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::Scene;

type Tested = anyhow::Result<()>;

const PUT: &str = "PUT /tributary-catalog/catalog.json";
const DELETE: &str = "DELETE /tributary-catalog/catalog.json";

/// Runs it until it has asked for `operation` once more, and kills it before it has an answer.
async fn killed(scene: &Scene, verb: &str, operation: &str) -> Tested {
    let before = scene.proxy.requests_of(operation).len();
    let slow = Rule::every(operation, Fault::Delay(Duration::from_secs(3)));
    scene.proxy.add(slow);
    let mut command = scene.bootstrap.command()?;
    let command = command.args([verb, "--yes"]);
    let mut run = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let asked = asked(scene, operation, before, &mut run).await;
    run.kill()?;
    run.wait()?;
    scene.proxy.heal();
    asked
}

async fn asked(scene: &Scene, operation: &str, before: usize, run: &mut Child) -> Tested {
    while scene.proxy.requests_of(operation).len() == before {
        let ended = run.try_wait()?;
        anyhow::ensure!(
            ended.is_none(),
            "{operation} was never asked for: {ended:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_step_the_next_run_goes_on_and_destroy_leaves_nothing() -> Tested {
    let scene = Scene::with_catalog("").await?;
    let before = scene.world().await?;
    for operation in [
        "CreateStream",
        "CreateRole",
        "PutRolePolicy",
        "PutDestination",
        "PutDestinationPolicy",
        PUT,
        "PutSubscriptionFilter",
    ] {
        killed(&scene, "apply", operation).await?;
    }
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    assert_eq!(scene.catalog().await?.accounts.len(), 6);
    for operation in [
        "DeleteSubscriptionFilter",
        "DeleteDestination",
        "DeleteRole",
        DELETE,
    ] {
        killed(&scene, "destroy", operation).await?;
    }
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.stored().await?, None);
    assert_eq!(scene.world().await?, before);
    Ok(())
}
