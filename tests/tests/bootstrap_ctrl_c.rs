//! `bootstrap` is asked to stop while it works: it ends between actions, and says what is left.

use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

use local::fault_proxy::{Fault, Rule};
use rustix::process::{Pid, Signal, kill_process};
use tests::bootstrap::{Ran, Scene};

type Tested = anyhow::Result<()>;

/// A run that is going on.
struct Going(Child);

impl Going {
    fn start(scene: &Scene, arguments: &[&str]) -> anyhow::Result<Self> {
        let mut command = scene.bootstrap.command()?;
        command.args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Self(command.spawn()?))
    }

    /// Waits until it has asked for `operation` that often.
    async fn asks_for(&mut self, scene: &Scene, operation: &str, times: usize) -> Tested {
        while scene.proxy.requests_of(operation).len() < times {
            let ended = self.0.try_wait()?;
            anyhow::ensure!(ended.is_none(), "{operation} was not asked for: {ended:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) -> Tested {
        Ok(kill_process(Pid::from_child(&self.0), signal)?)
    }

    fn ended(self) -> anyhow::Result<Ran> {
        let Output {
            status,
            stdout,
            stderr,
        } = self.0.wait_with_output()?;
        Ok(Ran {
            code: status.code().unwrap_or(-1),
            stdout: String::from_utf8(stdout)?,
            stderr: String::from_utf8(stderr)?,
        })
    }
}

/// Every call of `operation` takes a second.
fn slow(scene: &Scene, operation: &str) {
    let second = Fault::Delay(Duration::from_secs(1));
    scene.proxy.add(Rule::every(operation, second));
}

async fn stopped_by(signal: Signal) -> Tested {
    let scene = Scene::new().await?;
    let before = scene.world().await?;
    slow(&scene, "PutSubscriptionFilter");
    let apply = ["apply", "--yes", "--json", "--concurrency", "1"];
    let mut run = Going::start(&scene, &apply)?;
    run.asks_for(&scene, "PutSubscriptionFilter", 2).await?;
    run.signal(signal)?;
    let ran = run.ended()?;
    scene.proxy.heal();
    assert_eq!(ran.code, 1, "{ran:#?}");
    let report = &ran.json()?["report"];
    assert_eq!(report["stopped"], true, "{ran:#?}");
    // The stream, two roles, the destination, its policy, and two filters; the second was on its way.
    assert_eq!(report["totals"]["done"], 4 + 1 + 2, "{ran:#?}");
    assert_eq!(report["totals"]["failed"], 0, "{ran:#?}");
    assert_eq!(report["totals"]["left"], 2 + 2 * 5, "{ran:#?}");
    for words in ["stopping", "Stopped: 12 actions left", "bootstrap apply"] {
        assert!(ran.stderr.contains(words), "{words}: {ran:#?}");
    }
    assert_eq!(scene.proxy.requests_of("PutSubscriptionFilter").len(), 2);
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert_eq!(scene.world().await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_apply_between_two_actions_and_the_next_run_goes_on() -> Tested {
    stopped_by(Signal::INT).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_does_the_same() -> Tested {
    stopped_by(Signal::TERM).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_ctrl_c_ends_apply_at_once() -> Tested {
    let scene = Scene::new().await?;
    let long = Fault::Delay(Duration::from_mins(1));
    scene.proxy.add(Rule::every("PutSubscriptionFilter", long));
    let mut run = Going::start(&scene, &["apply", "--yes"])?;
    run.asks_for(&scene, "PutSubscriptionFilter", 1).await?;
    run.signal(Signal::INT)?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    run.signal(Signal::INT)?;
    let asked = Instant::now();
    let ran = run.ended()?;
    assert!(asked.elapsed() < Duration::from_secs(5), "{ran:#?}");
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stderr.contains("stopped at once"), "{ran:#?}");
    scene.proxy.heal();
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_does_not_wait_for_what_is_not_ready_yet() -> Tested {
    let scene = Scene::new().await?;
    let not_yet = Fault::answer(400, "OperationAbortedException");
    scene.proxy.add(Rule::every("PutDestination", not_yet));
    let mut command = scene.bootstrap.command()?;
    command.env("TRIBUTARY_DEADLINE", "120");
    command.args(["apply", "--yes", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = Going(command.spawn()?);
    run.asks_for(&scene, "PutDestination", 1).await?;
    // Until it waits.
    tokio::time::sleep(Duration::from_secs(3)).await;
    run.signal(Signal::INT)?;
    let asked = Instant::now();
    let ran = run.ended()?;
    assert!(asked.elapsed() < Duration::from_secs(10), "{ran:#?}");
    assert_eq!(ran.code, 1, "{ran:#?}");
    let totals = &ran.json()?["report"]["totals"];
    assert_eq!((&totals["done"], &totals["failed"]), (&2.into(), &0.into()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_reads_stops_at_once() -> Tested {
    for verb in ["plan", "verify", "accounts"] {
        let scene = Scene::new().await?;
        scene.proxy.add(Rule::every(
            "AssumeRole",
            Fault::Delay(Duration::from_mins(1)),
        ));
        let mut run = Going::start(&scene, &[verb])?;
        run.asks_for(&scene, "AssumeRole", 1).await?;
        run.signal(Signal::INT)?;
        let asked = Instant::now();
        let ran = run.ended()?;
        assert!(asked.elapsed() < Duration::from_secs(5), "{ran:#?}");
        assert_eq!(ran.code, 1, "{ran:#?}");
        assert!(ran.stderr.contains("nothing was changed"), "{ran:#?}");
    }
    Ok(())
}
