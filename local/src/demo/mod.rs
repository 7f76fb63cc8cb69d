//! The whole way on one machine: an organization onboarded, its logs sent, every event looked for.

pub mod accounting;
pub mod archive;
pub mod arrivals;
pub mod console;
pub mod damaged;
pub mod deploy;
pub mod journey;
pub mod onboard;
pub mod options;
pub mod picture;
pub mod pipeline;
pub mod queries;
pub mod report;
pub mod scene;
pub mod search;
pub mod send;
pub mod stand_ins;
pub mod summary;
pub mod traffic;

use self::journey::Journey;
use self::report::{Report, Stages};
use self::scene::Scene;
use anyhow::{Context, ensure};
use std::fs;

pub use console::Console;
pub use options::{Options, Volume};

/// A demo that went well. Its stand-ins stay up until this is dropped.
pub struct Finished {
    /// Its figures.
    pub report: Report,
    /// Where it played.
    pub scene: Scene,
}

/// Runs the demo: sets the scene, lets all logs travel, looks for every event at the end.
///
/// # Errors
/// When a step fails, or a single event is unaccounted for or there twice: then the ids are named,
/// here and in the report, which is written before.
pub async fn run(options: &Options) -> anyhow::Result<Finished> {
    fs::create_dir_all(&options.output)
        .with_context(|| format!("could not make {}", options.output.display()))?;
    let mut stages = Stages::default();
    let scene = Scene::set(options, &mut stages).await?;
    let journey = Journey::make(&scene, options, &mut stages).await?;
    let report = journey.account(&scene, options, stages).await?;
    ensure!(
        report.complaints.is_empty(),
        "not everything is accounted for:\n  {}",
        report.complaints.join("\n  ")
    );
    options.console.say(format!(
        "\nEvery event is accounted for{}. {:.0} s: {}.",
        if scene.search.up().is_some() {
            ", in the archive and in OpenSearch"
        } else {
            ", in the archive alone"
        },
        report.seconds.total().as_secs_f64(),
        report.seconds.text()
    ));
    if options.keep {
        let say = "The stand-ins stay up for you to look around; ctrl-c stops them.";
        options
            .console
            .say(format!("{say} AWS: {}", scene.aws().endpoint()));
    }
    Ok(Finished { report, scene })
}
