//! The events of one envelope share buffers, tables and templates: each must be the document that it
//! is alone.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::LazyLock;

use flate2::read::MultiGzDecoder;
use proptest::prelude::*;
use transform::catalog::Prepared;
use transform::envelope;
use transform::flow_logs::Formats;
use transform::reshape::{Reshaper, Written};

const DATASETS: [&str; 4] = ["cloudtrail", "guardduty", "flow_logs", "plain"];

const CATALOG: &str = r#"{
  "kind": "tributary-catalog", "version": 1, "organization": {"id": "o-exampleorg1"},
  "accounts": {
    "111122223333": {"name": "shop", "path": ["Root", "Workloads"], "tags": {"owner": "a"}},
    "123456789010": {"name": "payments"}
  },
  "flow_log_formats": [{"region": "eu-central-1", "log_group": "g", "format": "srcaddr dstaddr bytes"}]
}"#;

/// Messages of all kinds: the cases of all datasets, and some of the real records of each.
static MESSAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let corpus = |name| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        File::open(root.join("../local/corpus").join(name)).unwrap()
    };
    let trail = BufReader::new(MultiGzDecoder::new(corpus("cloudtrail.jsonl.gz"))).lines();
    let findings = BufReader::new(corpus("guardduty.jsonl")).lines();
    let mut messages = golden("txt");
    messages.extend(trail.map(Result::unwrap).step_by(7));
    messages.extend(findings.map(Result::unwrap));
    // Each also without its end, so that documents are given up half-way.
    let cut = messages.iter().step_by(3).map(|message| {
        let half = (0..=message.len() / 2).rev();
        let mut half = half.filter(|at| message.is_char_boundary(*at));
        message[..half.next().unwrap()].to_owned()
    });
    let cut: Vec<String> = cut.collect();
    messages.extend(cut);
    messages
});

/// The formats of the cases, and none.
static FORMATS: LazyLock<Vec<Option<String>>> = LazyLock::new(|| {
    let formats = golden("format").into_iter().map(Some);
    formats.chain([None, None, None]).collect()
});

fn golden(extension: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for dataset in DATASETS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        for entry in fs::read_dir(root.join(dataset)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == extension) {
                let text = fs::read_to_string(path).unwrap();
                texts.push(text.trim_end_matches('\n').to_owned());
            }
        }
    }
    texts.sort();
    texts
}

/// One event: its message, how the envelope escapes it, and whether it names account and region.
type Event = (usize, bool, bool);

fn event(number: usize, &(message, by_number, told): &Event) -> String {
    let message = &MESSAGES[message % MESSAGES.len()];
    let mut text = serde_json::to_string(message).unwrap();
    if by_number {
        text = text.replace("\\\"", "\\u0022");
    }
    let fields =
        r#","extractedFields":{"@aws.account":"123456789010","@aws.region":"eu-central-1"}"#;
    let fields = if told { fields } else { "" };
    format!(r#"{{"id":"{number:056}","timestamp":1769846400123,"message":{text}{fields}}}"#)
}

fn envelope(events: &[String]) -> String {
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"g","logStream":"s","logEvents":[{}]}}"#,
        events.join(",")
    )
}

/// What is set.
#[derive(Debug, Clone)]
struct Setting {
    format: Option<String>,
    catalog: bool,
    original: bool,
}

fn settings() -> impl Strategy<Value = Setting> {
    let format = any::<prop::sample::Index>();
    (format, any::<bool>(), any::<bool>()).prop_map(|(format, catalog, original)| Setting {
        format: format.get(&FORMATS).clone(),
        catalog,
        original,
    })
}

impl Setting {
    fn reshaper(&self) -> Reshaper {
        let formats = self.format.as_deref();
        let formats =
            formats.map_or_else(Formats::default, |format| Formats::for_all(format).unwrap());
        let mut reshaper = Reshaper::new(formats, self.original);
        if self.catalog {
            let catalog = Prepared::from_json(CATALOG.as_bytes()).unwrap();
            assert!(catalog.problems.is_empty());
            reshaper.use_catalog(catalog.names, catalog.formats);
        }
        reshaper
    }
}

/// What becomes of each event of an envelope.
fn documents(reshaper: &mut Reshaper, events: &[String]) -> Vec<(Written, String)> {
    let text = envelope(events);
    let envelopes = envelope::parse(text.as_bytes()).unwrap();
    let mut batch = reshaper.batch(&envelopes[0]);
    let mut out = b"before".to_vec();
    let documents = envelopes[0].events.iter().map(|event| {
        let start = out.len();
        let written = batch.document(event, &mut out);
        (written, String::from_utf8(out[start..].to_vec()).unwrap())
    });
    documents.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn each_event_of_a_batch_is_the_document_that_it_is_alone(
        setting in settings(),
        batches in prop::collection::vec(prop::collection::vec(any::<Event>(), 1..60), 1..4),
    ) {
        let mut reshaper = setting.reshaper();
        for batch in &batches {
            let events = batch.iter().enumerate().map(|(number, it)| event(number, it));
            let events: Vec<String> = events.collect();
            let together = documents(&mut reshaper, &events);
            for (text, together) in events.iter().zip(together) {
                let alone = documents(&mut setting.reshaper(), std::slice::from_ref(text));
                prop_assert_eq!(&[together][..], &alone, "{}", text);
            }
        }
    }
}

#[test]
fn the_messages_of_a_batch_are_of_all_kinds() {
    let events: Vec<String> = (0..MESSAGES.len())
        .map(|message| event(message, &(message, false, false)))
        .collect();
    let documents = documents(&mut Reshaper::default(), &events);
    let mut kinds: Vec<String> = documents
        .iter()
        .map(|(written, _)| format!("{written:?}"))
        .collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "Document(CloudTrail)",
            "Document(FlowLogs)",
            "Document(GuardDuty)",
            "Document(Plain)",
            "Nothing",
            "PipelineError(CloudTrail)",
            "PipelineError(FlowLogs)",
            "PipelineError(GuardDuty)",
        ]
    );
}
