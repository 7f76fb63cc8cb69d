//! `replay` and a stream that refuses, doesn't answer, or outlives the program: no record is sent
//! twice, and none is forgotten.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use local::fault_proxy::{Fault, Limits, Rule};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tests::bootstrap::Ran;
use tests::replay::{FROM, RAW, Scene, counts, payloads};

type Tested = anyhow::Result<()>;

const PUT: &str = "PutRecords";
const TO_RAW: [&str; 3] = [FROM, "--payloads-to", RAW];
const WITHIN: Duration = Duration::from_mins(1);

async fn scene(records: usize) -> anyhow::Result<Scene> {
    let scene = Scene::start().await?;
    scene.object("one", &payloads(0, records)?).await?;
    Ok(scene)
}

/// Each of so many records once.
fn once(taken: &BTreeMap<Vec<u8>, usize>, records: usize) {
    assert_eq!(taken.len(), records);
    assert!(taken.values().all(|count| *count == 1));
}

async fn until(what: &str, done: impl Fn() -> bool) -> Tested {
    let start = Instant::now();
    while !done() {
        anyhow::ensure!(start.elapsed() < WITHIN, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

#[tokio::test]
async fn every_record_is_sent_once_and_a_second_run_sends_nothing() -> Tested {
    let scene = scene(1201).await?;
    let report = scene.ends(0, &TO_RAW)?;
    assert_eq!(
        counts(&report, &["records", "sent", "objects_out"]),
        [1201, 1201, 1]
    );
    let requests = scene.proxy.requests_of(PUT);
    assert_eq!(requests.len(), 3);
    assert!(
        requests
            .iter()
            .all(|request| request.is_within(Limits::PUT_RECORDS))
    );
    let report = scene.ends(0, &TO_RAW)?;
    assert_eq!(counts(&report, &["sent", "sent_before"]), [0, 1201]);
    assert_eq!(scene.proxy.requests_of(PUT).len(), 3, "no more requests");
    once(&scene.taken("raw").await?, 1201);
    Ok(())
}

#[tokio::test]
async fn a_copy_under_another_name_is_not_sent_again() -> Tested {
    let scene = Scene::start().await?;
    let records = payloads(0, 3)?;
    scene.object("one", &records).await?;
    scene.ends(0, &TO_RAW)?;
    scene.object("copy", &records).await?;
    let report = scene.ends(0, &TO_RAW)?;
    assert_eq!(counts(&report, &["sent", "sent_before"]), [0, 6]);
    Ok(())
}

#[tokio::test]
async fn only_what_the_stream_refused_is_sent_again() -> Tested {
    let scene = scene(100).await?;
    let throttled = |place: usize| place % 4 == 1;
    let fault = Fault::refuse_records("ProvisionedThroughputExceededException", throttled);
    scene.proxy.add(Rule::nth(PUT, 1, fault));
    scene.proxy.add(Rule::nth(
        PUT,
        2,
        Fault::answer(400, "KMSThrottlingException"),
    ));
    let report = scene.ends(0, &TO_RAW)?;
    assert_eq!(counts(&report, &["sent"]), [100]);
    let sizes: Vec<usize> = scene
        .proxy
        .requests_of(PUT)
        .iter()
        .map(|request| request.record_bytes.len())
        .collect();
    assert_eq!(sizes, [100, 25, 25]);
    once(&scene.taken("raw").await?, 100);
    Ok(())
}

#[tokio::test]
async fn a_request_without_answer_is_told_as_unknown_and_left() -> Tested {
    let scene = scene(700).await?;
    scene.proxy.add(Rule::nth(PUT, 1, Fault::DropAfter));
    let report = scene.ends(1, &TO_RAW)?;
    assert_eq!(counts(&report, &["sent"]), [200]);
    assert_eq!(report["left"], json!({"unknown": 500}));
    let why = report["left_records"][0]["why"]
        .as_str()
        .unwrap_or_default();
    assert!(why.contains("--resend-unknown"), "{why}");
    let again = scene.ends(1, &TO_RAW)?;
    assert_eq!(counts(&again, &["sent", "sent_before"]), [0, 200]);
    assert_eq!(again["left"], json!({"unknown": 500}));
    once(&scene.taken("raw").await?, 700);
    // They had arrived: sent again on demand, they arrive twice.
    let resent = scene.ends(0, &[&TO_RAW[..], &["--resend-unknown"]].concat())?;
    assert_eq!(counts(&resent, &["sent", "sent_before"]), [500, 200]);
    let twice = scene
        .taken("raw")
        .await?
        .into_values()
        .filter(|count| *count == 2);
    assert_eq!(twice.count(), 500);
    Ok(())
}

#[tokio::test]
async fn an_error_of_the_service_leaves_it_unknown_what_arrived() -> Tested {
    let scene = scene(5).await?;
    scene
        .proxy
        .add(Rule::nth(PUT, 1, Fault::answer(500, "InternalFailure")));
    let report = scene.ends(1, &TO_RAW)?;
    assert_eq!(report["left"], json!({"unknown": 5}));
    Ok(())
}

#[tokio::test]
async fn three_requests_without_answer_end_the_run() -> Tested {
    let scene = scene(2001).await?;
    scene.proxy.add(Rule::every(PUT, Fault::DropBefore));
    let report = scene.ends(1, &TO_RAW)?;
    assert_eq!(report["left"], json!({"unknown": 1500, "not_tried": 501}));
    assert_eq!(scene.proxy.requests_of(PUT).len(), 3);
    scene.proxy.heal();
    let report = scene.ends(1, &TO_RAW)?;
    assert_eq!(counts(&report, &["sent"]), [501]);
    once(&scene.taken("raw").await?, 501);
    Ok(())
}

#[tokio::test]
async fn a_refusal_for_good_ends_the_run_and_the_next_one_sends_everything() -> Tested {
    let scene = scene(600).await?;
    scene.proxy.add(Rule::every(
        PUT,
        Fault::answer(400, "AccessDeniedException"),
    ));
    scene.object("other", &payloads(600, 1)?).await?;
    let report = scene.ends(1, &TO_RAW)?;
    assert_eq!(report["left"], json!({"refused": 500, "not_tried": 100}));
    assert_eq!(counts(&report, &["objects", "objects_not_read"]), [1, 1]);
    let ended = report["ended"].as_str().unwrap_or_default();
    assert!(ended.contains("AccessDeniedException"), "{ended}");
    scene.proxy.heal();
    let report = scene.ends(0, &TO_RAW)?;
    assert_eq!(counts(&report, &["sent"]), [601]);
    once(&scene.taken("raw").await?, 601);
    Ok(())
}

#[tokio::test]
async fn killed_in_the_midst_the_next_run_goes_on_and_sends_none_twice() -> Tested {
    let scene = scene(1200).await?;
    let held = Fault::Delay(Duration::from_mins(5));
    scene.proxy.add(Rule::nth(PUT, 2, held));
    let mut child = scene.begin(scene.proxy.endpoint(), &TO_RAW)?;
    until("two requests", || scene.proxy.requests_of(PUT).len() == 2).await?;
    child.kill()?;
    child.wait()?;
    scene.proxy.heal();
    let report = scene.ends(1, &TO_RAW)?;
    assert_eq!(counts(&report, &["sent_before", "sent"]), [500, 200]);
    assert_eq!(report["left"], json!({"unknown": 500}));
    once(&scene.taken("raw").await?, 700);
    // The one that was on its way never arrived.
    let report = scene.ends(0, &[&TO_RAW[..], &["--resend-unknown"]].concat())?;
    assert_eq!(counts(&report, &["sent_before", "sent"]), [700, 500]);
    once(&scene.taken("raw").await?, 1200);
    Ok(())
}

#[tokio::test]
async fn without_a_connection_nothing_is_unknown_and_an_interrupted_run_says_so() -> Tested {
    let scene = Scene::start().await?;
    let object = scene.file("object");
    std::fs::write(&object, payloads(0, 600)?.concat())?;
    let from = object.to_str().unwrap_or_default();
    // Nobody listens there: the port was given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let arguments = [from, "--payloads-to", RAW, "--json"];
    let child = scene.begin(&format!("http://127.0.0.1:{port}"), &arguments)?;
    let journal = scene.file("journal");
    let has_tried =
        || std::fs::read_to_string(&journal).is_ok_and(|text| text.contains("answered"));
    until("an attempt", has_tried).await?;
    kill_process(Pid::from_child(&child), Signal::INT)?;
    let ran = Ran::from_output(child.wait_with_output()?)?;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(
        ran.json()?["left"],
        json!({"refused": 500, "not_tried": 100})
    );
    let report = scene.ends(0, &[from, "--payloads-to", RAW])?;
    assert_eq!(counts(&report, &["sent"]), [600]);
    once(&scene.taken("raw").await?, 600);
    Ok(())
}
