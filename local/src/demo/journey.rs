//! The way of all logs, from the members to the archive and to OpenSearch; and the account of it.

use super::accounting::Complaints;
use super::archive::{self, Archive};
use super::arrivals::Arrivals;
use super::damaged::{self, Damaged};
use super::options::Options;
use super::pipeline::{Done, Pipeline};
use super::report::{DatasetReport, Report, Stages};
use super::scene::Scene;
use super::send::{Dispatched, Senders};
use super::traffic::{Expected, Traffic};
use super::{picture, queries, summary};
use anyhow::Context;
use std::fmt::Write;
use std::fs;
use std::time::{Duration, Instant};

/// What was sent, and what the delivery streams did with it.
pub struct Journey {
    traffic: Traffic,
    damaged: Vec<Damaged>,
    dispatched: Dispatched,
    done: Done,
    took: Duration,
}

/// What was found at the end.
struct Finds {
    archive: Archive,
    search: Option<Arrivals>,
}

impl Journey {
    /// Sends everything and waits until it is through.
    ///
    /// The busy log stream is on its way before anybody reads: then its payloads come to the function
    /// in one batch.
    ///
    /// # Errors
    /// When a step fails or takes too long.
    pub async fn make(
        scene: &Scene,
        options: &Options,
        stages: &mut Stages,
    ) -> anyhow::Result<Self> {
        let mut traffic = Traffic::of(&scene.organization, options.volume)?;
        let damaged = damaged::payloads()?;
        let mut dispatched = Dispatched::default();
        let start = Instant::now();
        let senders = Senders::new(
            scene.aws(),
            &scene.organization.id,
            &scene.onboarded,
            options.console,
        );
        senders.burst(&traffic, &mut dispatched).await?;
        let pipeline = Pipeline::start(
            scene.aws(),
            &scene.onboarded,
            &scene.deployed,
            scene.search.up(),
        )
        .await?;
        senders
            .rest(&mut traffic, &damaged, &mut dispatched)
            .await?;
        stages.ended("sending", start);

        let rest = Instant::now();
        let done = pipeline.finish(options.console).await?;
        stages.ended("delivery", rest);
        Ok(Self {
            traffic,
            damaged,
            dispatched,
            done,
            took: start.elapsed(),
        })
    }

    /// Looks for every event, shows what was found, and writes the report.
    ///
    /// # Errors
    /// When something can't be read back; what is unaccounted for stands in the report.
    pub async fn account(
        &self,
        scene: &Scene,
        options: &Options,
        mut stages: Stages,
    ) -> anyhow::Result<Report> {
        let start = Instant::now();
        let finds = find(scene, options).await?;
        let expected: Vec<&Expected> = self.traffic.expected().collect();
        let complaints = self.complaints(&expected, &finds, options);
        stages.ended("accounting", start);

        options.console.heading("What was sent, what arrived");
        summary::table(
            options.console,
            &scene.organization,
            &expected,
            &finds.archive.documents,
            finds.search.as_ref(),
        );
        let start = Instant::now();
        let queried = scene.server().map(|server| {
            let console = options.console;
            let stays = options.keep || scene.search.is_the_user_s();
            tokio::task::spawn_blocking(move || {
                console.heading("Three questions to OpenSearch");
                queries::show(&server, stays, console)
            })
        });
        if let Some(queried) = queried {
            queried.await??;
        }
        stages.ended("queries", start);
        let start = Instant::now();
        if let Some(server) = scene.server() {
            options.console.heading("The dashboards, drawn");
            picture::draw(server, options).await?;
        }
        stages.ended("dashboards", start);

        options.console.heading("The rest, and where the files lie");
        let report = self.report(scene, &expected, &finds, (stages, complaints));
        summary::rest(
            options.console,
            &report,
            &finds.archive,
            &self.done,
            &options.output,
        );
        write(&report, options)?;
        Ok(report)
    }

    fn complaints(&self, expected: &[&Expected], finds: &Finds, options: &Options) -> Complaints {
        let mut complaints = Complaints::default();
        complaints.documents("archive", expected, &finds.archive.documents);
        if let Some(search) = &finds.search {
            complaints.documents("search", expected, search);
        }
        complaints.errors(&self.damaged, &finds.archive.errors);
        complaints.counts(&self.dispatched, &self.done);
        if options.volume.burst > 0 && self.payloads_put_back() == 0 {
            complaints.0.push(
                "archive: the busy log stream's documents fitted into an answer: nothing was put back"
                    .to_owned(),
            );
        }
        complaints
    }

    /// Payloads that the function put back: the stream held more than was sent.
    fn payloads_put_back(&self) -> u64 {
        let sent = self.dispatched.payloads + self.damaged.len();
        self.done
            .archive
            .read
            .saturating_sub(sent as u64 + self.dispatched.control_messages)
    }

    /// Events that the function put back, by its own metrics.
    fn put_back(&self) -> u64 {
        let put_back = self
            .done
            .archive
            .metrics
            .get("PutBackEvents")
            .copied()
            .unwrap_or_default();
        // A count: whole and small.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let put_back = put_back as u64;
        put_back
    }

    fn report(
        &self,
        scene: &Scene,
        expected: &[&Expected],
        finds: &Finds,
        (stages, complaints): (Stages, Complaints),
    ) -> Report {
        let mut report = Report {
            events_sent: self.dispatched.events,
            control_messages: self.dispatched.control_messages,
            documents_in_archive: finds.archive.documents.documents(),
            documents_in_search: finds.search.as_ref().map(Arrivals::documents),
            documents_failed: finds.archive.errors.len(),
            accounts_onboarded: scene.onboarded.accounts,
            filters_created: scene.onboarded.filters,
            payloads_put_back: self.payloads_put_back(),
            events_put_back: self.put_back(),
            invocations: self.done.archive.invocations,
            // Far below the 52 bits that count exactly.
            #[allow(clippy::cast_precision_loss)]
            events_per_second: (self.dispatched.events as f64 / self.took.as_secs_f64()).round(),
            seconds: stages,
            complaints: complaints.0,
            ..Report::default()
        };
        for expected in expected {
            let dataset = report
                .datasets
                .entry(expected.dataset.to_owned())
                .or_default();
            dataset.events_sent += 1;
            *dataset
                .accounts
                .entry(expected.account.clone())
                .or_default() += 1;
        }
        count(&mut report, &finds.archive.documents, |dataset| {
            &mut dataset.documents_in_archive
        });
        if let Some(search) = &finds.search {
            count(&mut report, search, |dataset| {
                dataset.documents_in_search.get_or_insert(0)
            });
        }
        report
    }
}

fn count(report: &mut Report, place: &Arrivals, figure: fn(&mut DatasetReport) -> &mut usize) {
    for (_, found) in place.iter() {
        *figure(report.datasets.entry(found.dataset.clone()).or_default()) += found.times;
    }
}

async fn find(scene: &Scene, options: &Options) -> anyhow::Result<Finds> {
    let wait = options.console.wait("Looking for every event");
    let members = scene.organization.members.iter();
    let accounts: Vec<String> = members.map(|member| member.id.clone()).collect();
    let search = scene
        .server()
        .map(|server| tokio::task::spawn_blocking(move || server.documents(&accounts)));
    let archive =
        archive::read(scene.aws(), &scene.organization.logging.id, &options.output).await?;
    let search = match search {
        Some(reading) => Some(reading.await??),
        None => None,
    };
    let mut found = format!("{} documents in the archive", archive.documents.documents());
    if let Some(search) = &search {
        let _ = write!(found, ", {} in OpenSearch", search.documents());
    }
    wait.done(&found);
    Ok(Finds { archive, search })
}

fn write(report: &Report, options: &Options) -> anyhow::Result<()> {
    let path = options.output.join("report.json");
    let mut json = serde_json::to_string_pretty(report)?;
    json.push('\n');
    fs::write(&path, json).with_context(|| format!("could not write {}", path.display()))
}
