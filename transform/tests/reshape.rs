//! The program `reshape`: what it writes, what it says, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{base64, data_message, event, gunzip, gzip, lines};
use serde_json::Value;

/// What came of a run: its exit status, standard output and standard error.
#[derive(Debug)]
struct Run {
    status: i32,
    out: String,
    said: String,
}

impl Run {
    fn documents(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn run(arguments: &[&str], settings: &[(&str, &str)], input: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_reshape"))
        .args(arguments)
        .env_clear()
        .envs(settings.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that ends early doesn't read all of it.
    let _ = child.stdin.take().unwrap().write_all(input);
    let done = child.wait_with_output().unwrap();
    Run {
        status: done.status.code().unwrap(),
        out: String::from_utf8(done.stdout).unwrap(),
        said: String::from_utf8(done.stderr).unwrap(),
    }
}

#[test]
fn a_format_counts_though_nothing_else_is_said_of_the_messages() {
    let input = b"10.0.0.1 10.0.0.2\n10.0.0.3 10.0.0.4\n";
    let run = run(&["--flow-log-format", "srcaddr dstaddr"], &[], input);
    assert_eq!((run.status, run.said.as_str()), (0, ""));
    let documents = run.documents();
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[0]["source"]["ip"], "10.0.0.1");
    assert_eq!(documents[1]["destination"]["ip"], "10.0.0.4");
}

#[test]
fn a_line_that_can_not_be_read_is_told_by_its_number_and_by_the_exit_status() {
    let input = b"one line\n\n{\"eventVersion\":\"1.11\",\"userIdentity\":{},\"eventTime\"\n";
    let run = run(&["-"], &[], input);
    assert_eq!(run.status, 1);
    assert_eq!(
        run.said,
        "standard input, line 3: not readable as aws.cloudtrail: see its document's error.message\n"
    );
    let documents = run.documents();
    assert_eq!(documents[0]["message"], "one line");
    assert_eq!(documents[1]["event"]["kind"], "pipeline_error");
}

#[test]
fn a_payload_is_read_in_each_of_its_forms() {
    let payload = data_message(7, &lines(3));
    let packed = gzip(payload.as_bytes());
    let plain = run(&["--payload"], &[], payload.as_bytes());
    assert_eq!((plain.status, plain.documents().len()), (0, 3));
    for form in [packed.clone(), format!("{}\n", base64(&packed)).into()] {
        assert_eq!(run(&["--payload"], &[], &form).out, plain.out);
    }
}

#[test]
fn an_event_is_answered_as_the_function_answers_it() {
    let event = event(&[
        gzip(data_message(7, &lines(3)).as_bytes()),
        b"no gzip".into(),
    ]);
    let run = run(&["--event"], &[], &event);
    assert_eq!(run.status, 1, "a record failed: {}", run.said);
    assert!(run.said.starts_with("standard input: record record-1: "));
    let answer = &run.documents()[0]["records"];
    assert_eq!(answer[1]["result"], "ProcessingFailed");
    let data = base64_simd::STANDARD
        .decode_to_vec(answer[0]["data"].as_str().unwrap())
        .unwrap();
    assert_eq!(gunzip(&data).split(|byte| *byte == b'\n').count(), 4);
}

/// Arguments and settings of wrong use, and what says so.
type Wrong = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
    &'static str,
);

#[test]
fn wrong_use_ends_with_two_and_says_once_what_is_wrong() {
    let event = event(&[]);
    let wrong: [Wrong; 6] = [
        (&["--event"], &[("CATALOG", "x")], "no place of a catalog"),
        (&["--event"], &[("DOCUMENTS_TO", "x")], "DOCUMENTS_TO"),
        (
            &["--event"],
            &[("FLOW_LOG_FORMATS", "{")],
            "must be a JSON object",
        ),
        (&["--account", "12"], &[], "twelve digits"),
        (
            &["--flow-log-format", "version bogus"],
            &[],
            "bogus\" is no field",
        ),
        (&["/no/such/file"], &[], "/no/such/file can't be opened"),
    ];
    for (arguments, settings, remedy) in wrong {
        let run = run(arguments, settings, &event);
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}");
        assert_eq!(run.said.matches(remedy).count(), 1, "{}", run.said);
    }
}
