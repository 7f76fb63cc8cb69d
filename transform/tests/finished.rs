//! How a finished document is told from everything else.
#![allow(clippy::unwrap_used)]

use transform::finished::{document_id, recognise};

const DOCUMENT: &[u8] =
    br#"{"@timestamp":"2023-11-14T22:13:20.000Z","tributary":{"document_id":"00012","log_group":"/app"},"message":"x"}"#;

#[test]
fn a_document_of_this_function_is_recognised_with_its_id() {
    assert_eq!(recognise(DOCUMENT), Some(DOCUMENT));
    assert_eq!(document_id(DOCUMENT), Some(b"00012".as_slice()));
}

#[test]
fn its_line_end_is_not_part_of_it() {
    let line = [DOCUMENT, b"\n"].concat();
    assert_eq!(recognise(&line).unwrap(), DOCUMENT);
}

#[test]
fn what_only_looks_like_one_is_not() {
    let not: [&[u8]; 8] = [
        b"",
        b"{}",
        br#"{"@timestamp":"2023-11-14T22:13:20.000Z","message":"x"}"#,
        br#"{"@timestamp":"2023-11-14T22:13:20.000Z","tributary":{"document_id":""}}"#,
        br#"{"@timestamp":"2023-11-14T22:13:20.000Z","tributary":{"document_id":"1"}"#,
        br#"{"@timestamp":"2023-11-14T22:13:20.000Z","tributary":{"document_id":"1"}} {}"#,
        br#"{"@timestamp": "2023-11-14T22:13:20.000Z","tributary":{"document_id":"1"}}"#,
        br#" {"@timestamp":"2023-11-14T22:13:20.000Z","tributary":{"document_id":"1"}}"#,
    ];
    for data in not {
        assert_eq!(recognise(data), None, "{}", String::from_utf8_lossy(data));
    }
}

#[test]
fn two_documents_in_one_record_are_not_one() {
    let two = [DOCUMENT, b"\n", DOCUMENT].concat();
    assert_eq!(recognise(&two), None);
}

#[test]
fn bytes_that_are_no_utf_8_are_not_one() {
    let mut bytes = DOCUMENT.to_vec();
    let at = bytes.len() - 3;
    bytes[at] = 0xff;
    assert_eq!(recognise(&bytes), None);
}

#[test]
fn the_id_alone_is_found_without_reading_the_rest() {
    assert_eq!(
        document_id(br#"{"@timestamp":"t","tributary":{"document_id":"abc","#),
        Some(&b"abc"[..])
    );
    assert_eq!(document_id(b"{}"), None);
}
