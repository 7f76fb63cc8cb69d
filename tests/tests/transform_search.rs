//! What the function makes of real and of hostile messages, on a real OpenSearch with the project's
//! own templates and pipeline: nothing is refused, nothing is out of place, no mapping explodes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::MultiGzDecoder;
use local::layout::project_root;
use serde_json::{Value, json};
use tests::search::{Indexed, Search, event, ids, reshaped};

/// Lucene refuses a whole document for one longer term (`IndexWriter.MAX_TERM_LENGTH`).
const TERM_BYTES: usize = 32_766;

fn corpus(name: &str) -> Vec<String> {
    let mut file =
        fs::File::open(project_root().join("local/corpus").join(name)).expect("the corpus");
    let mut text = String::new();
    let read = match name.strip_suffix(".gz") {
        Some(_) => MultiGzDecoder::new(file).read_to_string(&mut text),
        None => file.read_to_string(&mut text),
    };
    read.expect("text");
    text.lines().map(str::to_owned).collect()
}

/// The inputs below `transform/tests/golden` that make a document, each with its flow log format
/// where it has one.
fn golden() -> Vec<(PathBuf, String, Option<String>)> {
    let root = project_root().join("transform/tests/golden");
    let folders = fs::read_dir(root).expect("golden documents");
    let files = folders.flat_map(|folder| {
        let files = fs::read_dir(folder.expect("a folder").path()).expect("a folder");
        files.map(|file| file.expect("a file").path())
    });
    let mut all: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .filter(|path| path.with_extension("json").exists())
        .map(|path| {
            let message = fs::read_to_string(&path).expect("text");
            let format = fs::read_to_string(path.with_extension("format")).ok();
            (path, message, format)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn the_whole_corpus_and_every_golden_input_are_taken_without_a_mapping_explosion() {
    let Some(search) = Search::start("the whole corpus").expect("a server") else {
        return;
    };
    let flow_logs = corpus("vpcflow.jsonl")
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line")["line"].clone())
        .map(|line| line.as_str().expect("a text").to_owned())
        .collect();
    let mut documents = Vec::new();
    for messages in [
        corpus("cloudtrail.jsonl.gz"),
        corpus("guardduty.jsonl"),
        flow_logs,
    ] {
        for arguments in [&[][..], &["--keep-original"]] {
            documents.extend(reshaped(arguments, documents.len(), &messages).expect("documents"));
        }
    }
    assert!(documents.len() > 4000);
    let golden = golden();
    assert!(golden.len() > 50);
    for (path, message, format) in golden {
        let format = format.map(|format| format.trim().to_owned());
        let arguments: Vec<&str> = format
            .iter()
            .flat_map(|format| ["--flow-log-format", format])
            .collect();
        let made = reshaped(
            &arguments,
            documents.len(),
            &[message.trim_end().to_owned()],
        );
        documents.extend(made.unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    }
    let indexed = search.index_all(&documents);
    // An event that is logged twice has one document, in the index of its own time.
    let places: BTreeSet<_> = indexed.iter().map(|at| (&at.index, &at.id)).collect();
    let known = json!({"ids": {"values": ids(&documents).expect("ids")}});
    let count = || search.count(&known).expect("a count");
    assert_eq!(count(), places.len() as u64, "what was taken is there");
    let again = search.index_all(&documents);
    assert!(
        again.iter().all(|at| at.version > 1),
        "each took the place of its first delivery"
    );
    assert_eq!(count(), places.len() as u64, "a second delivery adds none");
}

fn indexed_events(test: &str, members: &[String]) -> Option<(Search, Vec<Indexed>)> {
    let search = Search::start(test).expect("a server")?;
    let messages: Vec<String> = members
        .iter()
        .enumerate()
        .map(|(number, members)| {
            event(&format!("{test} {number}"), "2024-02-03T04:05:06Z", members)
        })
        .collect();
    let documents = reshaped(&["--keep-original"], 0, &messages).expect("documents");
    let indexed = search.index_all(&documents);
    Some((search, indexed))
}

#[test]
fn values_around_the_longest_term_are_taken_in_every_kind_of_field() {
    let around = (TERM_BYTES - 240..TERM_BYTES + 40).step_by(7);
    let members: Vec<String> = around
        .flat_map(|bytes| {
            let (text, wide) = ("x".repeat(bytes), "ä".repeat(bytes / 2));
            [
                format!(r#""requestParameters":{{"a":{{"b":"{text}"}},"{}":"{wide}"}}"#, "k".repeat(200)),
                format!(r#""eventName":"{text}","userAgent":"{wide}","errorCode":"{text}","errorMessage":"{text}""#),
                format!(r#""userIdentity":{{"arn":"{text}","userName":"{wide}","type":"{text}"}},"x":"{text}""#),
                format!(r#""{}":"short","sourceIPAddress":"{text}""#, "k".repeat(bytes / 2)),
            ]
        })
        .collect();
    let Some((search, _)) = indexed_events("around the longest term", &members) else {
        return;
    };
    // The server does refuse what is longer: the function has to see to it.
    let mut document: Value = serde_json::from_str(
        &reshaped(
            &[],
            0,
            &[event(
                "e",
                "2024-02-03T04:05:06Z",
                r#""requestParameters":{"a":"b"}"#,
            )],
        )
        .expect("a document")[0],
    )
    .expect("a document");
    let mut with = |bytes: usize| {
        document["aws"]["cloudtrail"]["flattened"]["request_parameters"]["a"] =
            json!("x".repeat(bytes));
        search.index(&[document.to_string()])
    };
    assert!(with(TERM_BYTES - 1000).is_ok());
    let refused = with(TERM_BYTES).expect_err("too long").to_string();
    assert!(refused.contains("immense term"), "{refused}");
}

#[test]
fn texts_of_a_megabyte_and_oddities_of_encoding_are_taken() {
    let Some(search) = Search::start("oddities of encoding").expect("a server") else {
        return;
    };
    let long = "y".repeat(1_000_000);
    let words = "word ".repeat(200_000);
    let messages = [
        long.clone(),
        words,
        "NUL \0 and all below: \u{1}\u{1f}\u{7f}\u{85}\u{feff}\u{2028}".to_owned(),
        event(
            "encoding-1",
            "2024-02-03T00:00:00Z",
            r#""eventName":"\ud800","requestParameters":{"\udc00":"\ud83d","nul":"\u0000","\u0000":1}"#,
        ),
        event(
            "encoding-2",
            "2024-02-03T00:00:00Z",
            &format!(
                r#""requestParameters":{{"a":"{long}"}},"userAgent":"{long}","eventName":"A","eventName":"B""#
            ),
        ),
        event(
            "encoding-3",
            "2024-02-03T00:00:00Z",
            r#""requestParameters":{".":1,"a.":2,".b":3,"":4," ":5,"a..b":6,"_id":7},"responseElements":{"a.b":{"c":1},"a":{"b.c":"x"}}"#,
        ),
    ];
    let documents = reshaped(&["--keep-original"], 700_000, &messages).expect("documents");
    let indexed = search.index_all(&documents);
    assert!(
        indexed.iter().all(|at| at.version == 1),
        "each is one of its own"
    );
}

#[test]
fn ten_thousand_levels_numbers_beyond_64_bits_and_keys_that_stand_twice_are_taken() {
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    let members = [
        format!(r#""requestParameters":{}"#, deep("[", "]")),
        format!(
            r#""responseElements":{},"x":{}"#,
            deep("{\"a\":", "}"),
            deep("[{\"b\":", "}]")
        ),
        r#""requestParameters":{"a":1,"a":{"b":2},"\u0061":3},"eventName":"A","eventName":"B""#.to_owned(),
        r#""requestParameters":{"a":18446744073709551616,"b":-9223372036854775809,"c":1e400,"d":-0,"e":1E-400,"f":123456789012345678901234567890.5}"#.to_owned(),
        r#""requestParameters":{"a":{"b":1}},"requestParameters":{"a":"x"}"#.to_owned(),
        format!(r#""httpStatusCode":{0},"readOnly":{0},"eventName":{0}"#, "9".repeat(400)),
    ];
    indexed_events("deep and large", &members);
}
