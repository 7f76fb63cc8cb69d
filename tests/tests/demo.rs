//! The demo's way with little to send, held to the demo's own account: every event once.

use local::cloudwatch::CloudWatchLogs;
use local::demo::pipeline::Pipeline;
use local::demo::report::Stages;
use local::demo::scene::Scene;
use local::demo::traffic::Traffic;
use local::demo::{self, Finished, Options, Volume, archive};
use local::layout::project_root;
use std::fs;
use tests::demo::{LITTLE, options, skipped, zipped};
use tokio::sync::Mutex;

/// One at a time: two demos send the same events, and may have to share the user's one server.
static OPENSEARCH: Mutex<()> = Mutex::const_new(());

/// The real CloudTrail events; of each member flow logs, findings and their updates, lines of an
/// application, and the examples of flow logs, CloudTrail and GuardDuty.
const SENT: usize = 2034 + 3 * (300 + 4 * 4 + 20 + 60 + 17 + 15);

#[tokio::test]
async fn every_event_arrives_once_in_the_archive_and_in_opensearch() {
    let _one_at_a_time = OPENSEARCH.lock().await;
    let options = options("whole-way", LITTLE).unwrap();
    let Finished { report, scene } = demo::run(&options).await.unwrap();
    assert_eq!(report.complaints, [""; 0]);
    assert_eq!(
        (report.events_sent, report.documents_in_archive),
        (SENT, SENT)
    );
    assert_eq!((report.accounts_onboarded, report.filters_created), (3, 15));
    assert_eq!((report.control_messages, report.documents_failed), (16, 5));
    for (dataset, figures) in &report.datasets {
        assert_eq!(
            figures.documents_in_archive, figures.events_sent,
            "{dataset}"
        );
    }
    let written: serde_json::Value =
        serde_json::from_slice(&fs::read(options.output.join("report.json")).unwrap()).unwrap();
    assert_eq!(written["events_sent"], SENT);
    // Where CI is set, the demo itself fails without a search server.
    match report.documents_in_search {
        Some(found) => assert_eq!(found, SENT),
        None => skipped("the search half of the demo's way", &scene.search),
    }
}

#[tokio::test]
async fn a_batch_whose_answer_would_burst_the_limit_is_put_back_and_arrives() {
    let volume = Volume {
        burst: Volume::default().burst,
        ..LITTLE
    };
    let options = Options {
        search: false,
        ..options("burst", volume).unwrap()
    };
    let report = demo::run(&options).await.unwrap().report;
    assert!(
        report.payloads_put_back > 0 && report.events_put_back > 1000,
        "{report:?}"
    );
    assert_eq!(report.documents_in_archive, report.events_sent);
    assert_eq!(report.documents_in_search, None);
}

#[tokio::test]
async fn a_function_that_forgets_records_is_found_out() {
    let mut options = options("forgetful", LITTLE).unwrap();
    let forgetful = project_root().join("tests/functions/forgetful");
    options.function_zip = zipped(&forgetful, &options.output).unwrap();
    options.search = false;
    let error = demo::run(&options).await.err().unwrap().to_string();
    assert!(
        error.contains(&format!("archive: {SENT} documents are missing: ")),
        "{error}"
    );
    assert!(
        error.contains("errors: the payload that is not gzip is not there"),
        "{error}"
    );
    assert!(
        error.contains("records were dropped, but 16 control messages sent"),
        "{error}"
    );
}

#[tokio::test]
async fn a_payload_that_is_delivered_twice_is_archived_twice_and_found_once() {
    let _one_at_a_time = OPENSEARCH.lock().await;
    let options = options("twice", LITTLE).unwrap();
    let scene = Scene::set(&options, &mut Stages::default()).await.unwrap();
    let traffic = Traffic::of(&scene.organization, options.volume).unwrap();
    let logs = CloudWatchLogs::new(scene.aws().clone(), &scene.organization.id);
    for shipment in traffic.ordinary.iter().chain(&traffic.ordinary) {
        logs.send(&shipment.from, &shipment.events).await.unwrap();
    }
    let pipeline = Pipeline::start(
        scene.aws(),
        &scene.onboarded,
        &scene.deployed,
        scene.search.up(),
    )
    .await
    .unwrap();
    pipeline.finish(options.console).await.unwrap();

    let sent = traffic.expected().count();
    let logging = &scene.organization.logging.id;
    let archived = archive::read(scene.aws(), logging, &options.output)
        .await
        .unwrap()
        .documents;
    assert!(archived.iter().all(|(_, found)| found.times == 2));
    assert_eq!(archived.documents(), 2 * sent);
    let Some(server) = scene.server() else {
        skipped("the search half of the second delivery", &scene.search);
        return;
    };
    let members = scene
        .organization
        .members
        .iter()
        .map(|member| member.id.clone())
        .collect::<Vec<_>>();
    let found = tokio::task::spawn_blocking(move || server.documents(&members))
        .await
        .unwrap()
        .unwrap();
    assert!(found.iter().all(|(_, found)| found.times == 1));
    assert_eq!(found.documents(), sent);
}
