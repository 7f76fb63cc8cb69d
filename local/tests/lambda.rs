//! Functions that ministack runs live and die with it.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use aws_sdk_lambda::{
    Client,
    primitives::Blob,
    types::{Architecture, Environment, FunctionCode, Runtime},
};
use local::{
    aws::Aws,
    layout::{Scratch, project_root, python_program},
    ministack::Ministack,
};
use serde_json::{Value, json};

/// Packs the function of the other tests as `make` packs the product's.
fn package() -> Vec<u8> {
    let scratch = Scratch::new("package").unwrap();
    let archive = scratch.path().join("function.zip");
    let packed = Command::new(python_program("python3").unwrap())
        .arg(project_root().join("local/setup/zip.py"))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/functions/obedient"))
        .arg(&archive)
        .status();
    assert!(packed.unwrap().success());
    fs::read(archive).unwrap()
}

async fn deploy(client: &Client) {
    let python = python_program("python3").unwrap();
    let path = format!("{}:/usr/bin:/bin", python.parent().unwrap().display());
    let code = FunctionCode::builder().zip_file(Blob::new(package()));
    let variables = Environment::builder().variables("PATH", path);
    let created = client
        .create_function()
        .function_name("obedient")
        .runtime(Runtime::Providedal2023)
        .architectures(Architecture::X8664)
        .handler("bootstrap")
        .role("arn:aws:iam::222222222222:role/function")
        .code(code.build())
        .environment(variables.build())
        .timeout(60)
        .send();
    Box::pin(created).await.unwrap();
}

/// The processes whose command line or working folder is below `folder`.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let of_folder = entries.filter(|entry| {
        let started_there = fs::read(entry.path().join("cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(folder));
        let works_there =
            fs::read_link(entry.path().join("cwd")).is_ok_and(|path| path.starts_with(folder));
        started_there || works_there
    });
    of_folder
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_run_at_once_and_end_with_ministack() {
    let ministack = Ministack::start().unwrap();
    let aws = Aws::new(ministack.endpoint(), "eu-central-1").await;
    let client = Client::new(&aws.account("222222222222"));
    deploy(&client).await;

    let mut invocations = tokio::task::JoinSet::new();
    for number in 0..3 {
        let event = json!({"number": number, "sleep": 0.5}).to_string();
        let invocation = client.invoke().function_name("obedient");
        let invocation = invocation.payload(Blob::new(event));
        invocations.spawn(async move { (number, invocation.send().await.unwrap()) });
    }
    for (number, output) in invocations.join_all().await {
        assert_eq!(output.function_error, None);
        let answer: Value = serde_json::from_slice(output.payload.unwrap().as_ref()).unwrap();
        assert_eq!(answer["echo"]["number"], number);
    }

    let folder = ministack.folder().to_owned();
    let running = processes_of(&folder);
    assert!(
        running.len() >= 4,
        "ministack and its functions: {running:?}"
    );
    drop(ministack);
    let start = Instant::now();
    while !processes_of(&folder).is_empty() {
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "functions are left"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!folder.exists(), "and none of their files");
}
