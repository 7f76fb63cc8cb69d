//! An answer as Firehose reads it.

use serde::Deserialize;

/// The most bytes that Lambda lets through.
pub const MAX_BYTES: usize = 6_291_556;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub records: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Entry {
    pub record_id: String,
    pub result: String,
    pub data: String,
    pub metadata: serde_json::Value,
}

impl Answer {
    /// Reads an answer; panics where Firehose would refuse it.
    pub fn read(answer: &[u8]) -> Self {
        assert!(
            answer.len() <= MAX_BYTES,
            "an answer of {} bytes",
            answer.len()
        );
        let answer: Self = serde_json::from_slice(answer).unwrap();
        for entry in &answer.records {
            assert!(["Ok", "Dropped", "ProcessingFailed"].contains(&entry.result.as_str()));
            assert_eq!(
                entry.result == "Ok",
                !entry.data.is_empty(),
                "data exactly where it is Ok"
            );
        }
        answer
    }

    pub fn ids(&self) -> Vec<&str> {
        self.records
            .iter()
            .map(|entry| entry.record_id.as_str())
            .collect()
    }

    pub fn results(&self) -> Vec<&str> {
        self.records
            .iter()
            .map(|entry| entry.result.as_str())
            .collect()
    }
}

impl Entry {
    /// The data, after base64.
    pub fn bytes(&self) -> Vec<u8> {
        base64_simd::STANDARD.decode_to_vec(&self.data).unwrap()
    }
}

/// The lines of `text`, of which each must end as a line does.
pub fn lines_of(text: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(text).unwrap();
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "every document ends its line"
    );
    text.lines().map(str::to_owned).collect()
}
