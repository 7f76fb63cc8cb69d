//! `replay` and what stands in error objects: everything is counted, what can't or mustn't be sent is
//! told and stays where it is.

use anyhow::Context;
use local::aws::Aws;
use local::fault_proxy::{Fault, Rule};
use local::ministack::Ministack;
use serde_json::{Value, json};
use tests::bootstrap::{Ran, alone};
use tests::catalog::put;
use tests::firehose::{ACCOUNT, REGION};
use tests::replay::{DOCUMENTS, ERRORS, FROM, RAW, Scene, counts, failed, payloads};
use tests::transform::{lines, payload, payload_of};

type Tested = anyhow::Result<()>;

const DOCUMENT: &str = r#"{"@timestamp":"2024-01-01T00:00:00Z","tributary":{"document_id":"one"},"cloud":{"account":{"id":"444444444444"}}}"#;

/// The lines of the records that are left, and the reasons.
fn left(report: &Value) -> anyhow::Result<Vec<(u64, String)>> {
    let one = |record: &Value| {
        let reason = record["reason"].as_str().context("no reason")?;
        Ok((
            record["line"].as_u64().context("no line")?,
            reason.to_owned(),
        ))
    };
    let records = report["left_records"].as_array().context("no list")?;
    records.iter().map(one).collect()
}

fn of_account(account: &str) -> anyhow::Result<Vec<u8>> {
    payload_of(account, "/app", &lines(2))
}

#[tokio::test]
async fn a_dry_run_counts_by_error_code_and_account_and_sends_nothing() -> Tested {
    let scene = Scene::start().await?;
    let (one, other) = ("333333333333", "444444444444");
    let code = "Lambda.FunctionError";
    let records = [
        failed(code, &of_account(one)?),
        failed(code, &of_account(other)?),
        failed("Lambda.ProcessingFailedStatus", &of_account(one)?),
        failed("503", DOCUMENT.as_bytes()),
    ];
    scene.object("one", &records[..2]).await?;
    scene.object("other", &records[2..]).await?;
    let ran = Ran::of(&mut scene.command_at(scene.proxy.endpoint(), &[FROM, "--dry-run"])?)?;
    assert_eq!(ran.code, 0, "{ran:?}");
    let rows: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .skip(1)
        .take(4)
        .map(|line| line.split_whitespace().take(4).collect())
        .collect();
    assert_eq!(
        rows,
        [
            ["503", other, "document", "1"],
            [code, one, "payload", "1"],
            [code, other, "payload", "1"],
            ["Lambda.ProcessingFailedStatus", one, "payload", "1"],
        ]
    );
    assert!(
        ran.stdout.contains("4 records in 2 objects"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("4 to send"), "{}", ran.stdout);
    assert_eq!(scene.proxy.requests_of("PutRecords").len(), 0);
    assert!(!scene.file("journal").exists());
    Ok(())
}

#[tokio::test]
async fn what_can_not_be_sent_is_told_with_its_line_and_stays() -> Tested {
    let scene = Scene::start().await?;
    let large: Vec<u8> = (0..1_048_600_u32).map(|n| n.to_le_bytes()[0]).collect();
    let large = failed("413", &[b"no gzip".as_slice(), &large].concat());
    let mut records = payloads(0, 2)?;
    records.insert(1, b"no JSON\n".to_vec());
    records.insert(2, b"{\"errorCode\":\"x\"}\n".to_vec());
    records.extend([
        failed("a", b"no gzip"),
        failed("b", DOCUMENT.as_bytes()),
        large,
    ]);
    scene.object("one", &records).await?;
    let arguments = [FROM, "--payloads-to", RAW, "--mark"];
    let report = scene.ends(1, &arguments)?;
    assert_eq!(counts(&report, &["sent", "records"]), [2, 7]);
    assert_eq!(
        report["left"],
        json!({"unreadable": 2, "damaged": 2, "no_stream": 1})
    );
    let expected = [
        (2, "unreadable"),
        (3, "unreadable"),
        (5, "damaged"),
        (6, "no_stream"),
        (7, "damaged"),
    ];
    assert_eq!(
        left(&report)?,
        expected.map(|(line, why)| (line, why.to_owned()))
    );
    assert_eq!(
        report["objects_marked"], 0,
        "not all of its records are out"
    );
    let also = [
        &arguments[..],
        &["--also-damaged", "--documents-to", DOCUMENTS],
    ]
    .concat();
    let report = scene.ends(1, &also)?;
    assert_eq!(report["left"], json!({"unreadable": 2, "too_large": 1}));
    assert_eq!(counts(&report, &["sent", "sent_before"]), [2, 2]);
    assert_eq!(scene.taken("raw").await?.len(), 3);
    let documents = scene.taken("documents").await?;
    assert_eq!(
        documents.into_keys().collect::<Vec<_>>(),
        [DOCUMENT.as_bytes()]
    );
    Ok(())
}

#[tokio::test]
async fn only_the_selected_error_codes_are_sent() -> Tested {
    let scene = Scene::start().await?;
    let [one, other] = [0, 1].map(|first| payload(first, &lines(1)));
    scene
        .object("one", &[failed("A", &one?), failed("B", &other?)])
        .await?;
    let arguments = [FROM, "--payloads-to", RAW, "--mark"];
    let report = scene.ends(0, &[&arguments[..], &["--error-code", "B"]].concat())?;
    assert_eq!(counts(&report, &["sent", "not_selected"]), [1, 1]);
    assert_eq!(report["objects_marked"], 0, "one of its records isn't out");
    let report = scene.ends(0, &arguments)?;
    assert_eq!(counts(&report, &["sent", "objects_marked"]), [1, 1]);
    Ok(())
}

#[tokio::test]
async fn an_object_is_marked_when_all_is_out_keeps_its_tags_and_is_passed_over() -> Tested {
    let scene = Scene::start().await?;
    scene.object("one", &payloads(0, 3)?).await?;
    let client = scene.aws.s3(ACCOUNT);
    let tag = |key: &str| {
        aws_sdk_s3::types::Tag::builder()
            .key(key)
            .value("1")
            .build()
    };
    let tagging = aws_sdk_s3::types::Tagging::builder()
        .tag_set(tag("owner")?)
        .build()?;
    let key = "processing-failed/one";
    client
        .put_object_tagging()
        .bucket(ERRORS)
        .key(key)
        .tagging(tagging)
        .send()
        .await?;
    let arguments = [FROM, "--payloads-to", RAW, "--mark"];
    assert_eq!(scene.ends(0, &arguments)?["objects_marked"], 1);
    let tags = client
        .get_object_tagging()
        .bucket(ERRORS)
        .key(key)
        .send()
        .await?;
    let mut keys: Vec<&str> = tags
        .tag_set()
        .iter()
        .map(aws_sdk_s3::types::Tag::key)
        .collect();
    keys.sort_unstable();
    assert_eq!(keys, ["owner", "tributary-replayed"]);
    // Also by somebody else, with another journal.
    std::fs::remove_file(scene.file("journal"))?;
    let report = scene.ends(0, &arguments)?;
    assert_eq!(
        counts(&report, &["objects_marked_before", "records"]),
        [1, 0]
    );
    assert_eq!(scene.taken("raw").await?.len(), 3);
    Ok(())
}

/// Three objects of one payload each, by their names in this order.
async fn three_objects() -> anyhow::Result<Scene> {
    let scene = Scene::start().await?;
    for name in ["a", "b", "c"] {
        let first = usize::from(name.as_bytes()[0]);
        scene.object(name, &payloads(first, 1)?).await?;
    }
    Ok(scene)
}

#[tokio::test]
async fn an_object_that_can_not_be_read_ends_the_run_and_what_was_sent_before_is_told() -> Tested {
    let scene = three_objects().await?;
    let gone = "GET /errors/processing-failed/b";
    scene
        .proxy
        .add(Rule::every(gone, Fault::answer(403, "AccessDenied")));
    let report = scene.ends(1, &[FROM, "--payloads-to", RAW])?;
    assert_eq!(counts(&report, &["sent", "objects_not_read"]), [1, 1]);
    let ended = report["ended"].as_str().unwrap_or_default();
    assert!(
        ended.contains("processing-failed/b can't be read"),
        "{ended}"
    );
    Ok(())
}

#[tokio::test]
async fn an_object_that_s3_can_not_give_out_stops_none_behind_it() -> Tested {
    let scene = three_objects().await?;
    for (name, status, code) in [("b", 403, "InvalidObjectState"), ("c", 404, "NoSuchKey")] {
        let get = format!("GET /errors/processing-failed/{name}");
        scene
            .proxy
            .add(Rule::every(&get, Fault::answer(status, code)));
    }
    let ran = scene.ends(1, &[FROM, "--payloads-to", RAW])?;
    assert_eq!(counts(&ran, &["sent", "objects_not_read"]), [1, 0]);
    let both = [(0, "unreadable".to_owned()), (0, "unreadable".to_owned())];
    assert_eq!(left(&ran)?, both);
    // Its tags are gone too.
    let ran = scene.ends(1, &[FROM, "--payloads-to", RAW, "--mark"])?;
    assert_eq!(counts(&ran, &["sent_before", "objects_not_read"]), [1, 0]);
    assert_eq!(left(&ran)?, both);
    Ok(())
}

#[tokio::test]
async fn files_go_the_same_way_and_are_renamed_when_all_is_out() -> Tested {
    let scene = Scene::start().await?;
    let folder = scene.file("copies/2026/01");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("good"), payloads(0, 3)?.concat())?;
    std::fs::write(
        folder.join("half"),
        [payloads(9, 1)?.concat(), b"hello\n".to_vec()].concat(),
    )?;
    let from = scene.file("copies").display().to_string();
    let report = scene.ends(1, &[&from, "--payloads-to", RAW, "--mark"])?;
    assert_eq!(counts(&report, &["sent", "objects_marked"]), [4, 1]);
    let mut names: Vec<_> = std::fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<std::io::Result<_>>()?;
    names.sort();
    assert_eq!(names, ["good.replayed", "half"]);
    // What the name says is heeded by whoever has another journal, and forgot the option.
    std::fs::remove_file(scene.file("journal"))?;
    let report = scene.ends(1, &[&from, "--payloads-to", RAW])?;
    assert_eq!(counts(&report, &["sent", "objects_marked_before"]), [1, 1]);
    Ok(())
}

#[tokio::test]
async fn a_delivery_stream_takes_records_back_too() -> Tested {
    let scene = Scene::start().await?;
    let arn = scene.streams.delivery_stream("direct").await?;
    let document = |id: usize| DOCUMENT.replace("one", &id.to_string()) + "\n";
    let records: Vec<Vec<u8>> = (0..3)
        .map(|id| failed("503", document(id).as_bytes()))
        .collect();
    scene.object("one", &records).await?;
    let report = scene.ends(0, &[FROM, "--documents-to", &arn])?;
    assert_eq!(report["sent"], 3);
    let delivered = String::from_utf8(scene.streams.delivered("direct").await?)?;
    let mut delivered: Vec<&str> = delivered.lines().collect();
    delivered.sort_unstable();
    assert_eq!(
        delivered.concat(),
        (0..3)
            .map(|id| document(id).trim_end().to_owned())
            .collect::<String>()
    );
    Ok(())
}

/// What the program does in a stand-in that enforces policies, in a role that has this one; its policy
/// names a bucket, a prefix and streams of its own where `policy` is none.
async fn with_policy(policy: &Value, arguments: &[&str]) -> anyhow::Result<Ran> {
    let ministack = Ministack::start_with(&[("AUTH", "true")])?;
    let aws = Aws::new(ministack.endpoint(), REGION).await;
    aws.create_bucket(ACCOUNT, ERRORS).await?;
    aws.create_stream(ACCOUNT, "raw", 1).await?;
    put(
        &aws,
        ACCOUNT,
        ERRORS,
        "processing-failed/one",
        payloads(0, 3)?.concat(),
    )
    .await?;
    let credentials = tests::role::assumed(&aws, ACCOUNT, "replayer", Some(policy)).await?;
    let folder = tempfile::tempdir()?;
    let mut command = alone("replay", ministack.endpoint(), &credentials)?;
    command
        .args(arguments)
        .arg("--journal")
        .arg(folder.path().join("journal"));
    Ran::of(&mut command)
}

#[tokio::test]
async fn the_policy_that_it_prints_is_what_a_run_takes() -> Tested {
    let arguments = [FROM, "--payloads-to", RAW, "--mark"];
    let scene = Scene::start().await?;
    let nowhere = "http://127.0.0.1:9";
    let printed = [&arguments[..], &["--policy"]].concat();
    let policy = Ran::of(&mut scene.command_at(nowhere, &printed)?)?.json()?;
    let ran = with_policy(&policy, &arguments).await?;
    assert_eq!(ran.code, 0, "{ran:#?}");
    let statements = policy["Statement"].as_array().context("statements")?;
    assert_eq!(statements.len(), 4);
    for left_out in 0..statements.len() {
        let mut less = policy.clone();
        let statements = less["Statement"].as_array_mut().context("statements")?;
        let gone = statements.remove(left_out);
        let ran = with_policy(&less, &arguments).await?;
        assert_eq!(ran.code, 1, "without {gone}: {ran:#?}");
    }
    Ok(())
}
