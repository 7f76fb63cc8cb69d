//! The Runtime API runs a function as Lambda does: its limits, its errors, its end.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::{path::PathBuf, thread, time::Duration};

use local::{
    layout::python_program,
    runtime_api::{MAX_ANSWER, MAX_EVENT, RuntimeApi, RuntimeError},
};
use serde_json::{Value, json};

fn start_with(env: &[(&str, &str)]) -> Result<RuntimeApi, RuntimeError> {
    let function = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/functions/obedient");
    let python = python_program("python3").unwrap();
    let path = format!("{}:/usr/bin:/bin", python.parent().unwrap().display());
    let mut env = env.to_vec();
    env.push(("PATH", &path));
    RuntimeApi::start(&function, &env)
}

fn start() -> RuntimeApi {
    start_with(&[]).unwrap()
}

fn event(event: &Value) -> Vec<u8> {
    event.to_string().into_bytes()
}

#[test]
fn a_function_answers_one_event_after_the_other() {
    let function = start();
    for number in 0..3 {
        let invocation = function.invoke(&event(&json!({"number": number}))).unwrap();
        let answer: Value = serde_json::from_slice(&invocation.result.unwrap()).unwrap();
        assert_eq!(answer, json!({"echo": {"number": number}}));
    }
}

#[test]
fn an_invocation_tells_what_was_printed_since_the_last_one() {
    let function = start_with(&[("OUTPUT", "document")]).unwrap();
    let first = function.invoke(b"{}").unwrap();
    assert!(first.log[0].starts_with("started with "), "{:?}", first.log);
    assert!(first.log[0].contains(" OUTPUT"), "{:?}", first.log);
    assert_eq!(first.log[1..], ["event of 2"]);
    let second = function.invoke(b"{ }").unwrap();
    assert_eq!(second.log, ["event of 3"]);
}

#[test]
fn nothing_of_our_own_environment_reaches_the_function() {
    let function = start();
    let started = function.invoke(b"{}").unwrap().log.remove(0);
    assert!(started.contains("AWS_LAMBDA_FUNCTION_NAME"), "{started}");
    assert!(!started.contains("CARGO_MANIFEST_DIR"), "{started}");
}

#[test]
fn an_error_that_the_function_reports_leaves_it_alive() {
    let function = start();
    let failed = function.invoke(&event(&json!({"error": "no"}))).unwrap();
    let error = failed.result.unwrap_err();
    assert_eq!(error, json!({"errorType": "Own", "errorMessage": "no"}));
    assert!(function.invoke(b"{}").unwrap().result.is_ok());
}

#[test]
fn an_answer_of_the_largest_size_passes_and_one_byte_more_fails() {
    let function = start();
    let largest = json!({"answer_bytes": MAX_ANSWER});
    let passed = function.invoke(&event(&largest)).unwrap();
    assert_eq!(passed.result.unwrap().len(), 6_291_556);

    let larger = json!({"answer_bytes": MAX_ANSWER + 1});
    let failed = function.invoke(&event(&larger)).unwrap();
    let error = failed.result.unwrap_err();
    assert_eq!(error["errorType"], "Function.ResponseSizeTooLarge");

    let next = function.invoke(b"{}").unwrap();
    assert!(
        next.log.contains(&"the answer was answered 413".to_owned())
            || failed
                .log
                .contains(&"the answer was answered 413".to_owned()),
        "{:?} {:?}",
        failed.log,
        next.log
    );
    assert!(next.result.is_ok());
}

#[test]
fn an_event_of_the_largest_size_passes_and_one_byte_more_is_refused() {
    let function = start();
    let padding = "x".repeat(MAX_EVENT - r#"{"padding":""}"#.len());
    let largest = event(&json!({ "padding": padding }));
    assert_eq!(largest.len(), 6_291_456);
    let passed = function.invoke(&largest).unwrap();
    assert!(passed.log.contains(&"event of 6291456".to_owned()));

    let mut larger = largest;
    larger.push(b' ');
    let refused = function.invoke(&larger).unwrap_err();
    assert!(matches!(refused, RuntimeError::EventTooLarge { bytes } if bytes == larger.len()));
}

#[test]
fn the_end_of_the_function_is_told_with_its_status_and_last_words() {
    let function = start();
    function.invoke(b"{}").unwrap();
    match function.invoke(&event(&json!({"exit": 7}))).unwrap_err() {
        RuntimeError::Ended { status, log } => {
            assert_eq!(status, "exit status: 7");
            assert_eq!(log.last().unwrap(), "about to end");
        }
        error => panic!("not told as an end: {error}"),
    }
    let again = function.invoke(b"{}").unwrap_err();
    assert!(matches!(again, RuntimeError::Ended { .. }), "{again}");
}

#[test]
fn a_function_that_takes_too_long_is_killed() {
    let function = start().with_timeout(Duration::from_millis(300));
    let late = function.invoke(&event(&json!({"sleep": 30}))).unwrap_err();
    assert!(matches!(late, RuntimeError::TimedOut { .. }), "{late}");
    let again = function.invoke(b"{}").unwrap_err();
    assert!(matches!(again, RuntimeError::Ended { .. }), "{again}");
}

#[test]
fn a_killed_function_is_gone() {
    let function = start();
    function.kill();
    let error = function.invoke(b"{}").unwrap_err();
    assert!(error.to_string().contains("signal: 9"), "{error}");
}

#[test]
fn a_function_can_be_killed_in_the_midst_of_an_invocation() {
    let function = start();
    let outcome = thread::scope(|scope| {
        let invocation = scope.spawn(|| function.invoke(&event(&json!({"sleep": 30}))));
        thread::sleep(Duration::from_millis(200));
        function.kill();
        invocation.join().unwrap()
    });
    match outcome.unwrap_err() {
        RuntimeError::Ended { status, log } => {
            assert!(status.contains("signal: 9"), "{status}");
            assert!(log.contains(&"event of 12".to_owned()), "{log:?}");
        }
        error => panic!("not told as an end: {error}"),
    }
}

#[test]
fn a_refusal_to_start_is_told_with_its_reason() {
    let error = start_with(&[("REFUSE_TO_START", "yes")]).unwrap_err();
    match error {
        RuntimeError::Initialization { error, log } => {
            assert_eq!(error["errorMessage"], "OUTPUT is wrong");
            assert!(log[0].starts_with("started with "), "{log:?}");
        }
        error => panic!("not told as a refusal to start: {error}"),
    }
}

#[test]
fn a_binary_that_cannot_be_executed_is_told() {
    let error = RuntimeApi::start(&PathBuf::from("/nowhere/bootstrap"), &[]).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("exit status: 127"), "{text}");
    assert!(text.contains("/nowhere/bootstrap"), "{text}");
}

#[test]
fn an_answer_to_another_invocation_is_refused() {
    let function = start();
    let invocation = function.invoke(&event(&json!({"wrong_id": true}))).unwrap();
    let told = "the wrong id was answered 400".to_owned();
    assert!(invocation.log.contains(&told), "{:?}", invocation.log);
    assert!(invocation.result.is_ok());
}

#[test]
fn the_most_memory_ever_held_is_known() {
    let function = start();
    let before = function.peak_resident_bytes().unwrap();
    function
        .invoke(&event(&json!({"hold": 50_000_000})))
        .unwrap();
    let after = function.peak_resident_bytes().unwrap();
    assert!(after > before + 40_000_000, "{before} {after}");
}
