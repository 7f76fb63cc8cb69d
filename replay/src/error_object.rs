//! The lines of an error object.
//!
//! "Data transformation failure handling" in the Amazon Data Firehose Developer Guide: a JSON object
//! a record, with the bytes that Firehose was given as base64 in `rawData`. Objects of failed
//! deliveries have the same keys and some more.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::Value;

use crate::unescaped;

/// One record of an error object.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorRecord {
    /// `errorCode`, such as `Lambda.FunctionError`; `-` where there is none.
    pub code: String,
    /// `arrivalTimestamp`, milliseconds since 1970.
    pub arrival: Option<i64>,
    /// `rawData` as it stands there.
    pub base64: String,
    /// The same decoded: the record.
    pub data: Vec<u8>,
}

/// A line that isn't blank.
#[derive(Debug)]
pub struct Line {
    /// Its place in the object, counted from 1.
    pub number: u32,
    /// What it holds, or why that can't be read.
    pub record: Result<ErrorRecord, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    raw_data: Option<String>,
    #[serde(default)]
    error_code: Value,
    #[serde(default)]
    arrival_timestamp: Value,
}

/// The lines of the object `bytes`, which may be gzipped.
///
/// # Errors
/// In words, where it can't be decompressed.
pub fn lines(bytes: &[u8]) -> Result<Vec<Line>, String> {
    let text = text(bytes)?;
    let numbered = (1..).zip(text.split(|byte| *byte == b'\n'));
    Ok(numbered
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(number, line)| Line {
            number,
            record: record(line),
        })
        .collect())
}

fn text(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut text = Vec::new();
    let read = MultiGzDecoder::new(bytes).read_to_end(&mut text);
    read.map_err(|error| format!("not to be decompressed: {error}"))?;
    Ok(Cow::Owned(text))
}

fn fields(line: &[u8]) -> Result<Fields, String> {
    serde_json::from_slice(line).or_else(|error| {
        let (data, code) = unescaped::raw_data_and_code(line)
            .ok_or_else(|| format!("no error record: {error}"))?;
        Ok(Fields {
            raw_data: Some(data.to_owned()),
            error_code: code.into(),
            arrival_timestamp: Value::Null,
        })
    })
}

fn record(line: &[u8]) -> Result<ErrorRecord, String> {
    let fields = fields(line)?;
    let base64 = fields.raw_data.ok_or("it has no rawData")?;
    let data = base64_simd::STANDARD
        .decode_to_vec(base64.as_bytes())
        .map_err(|_| "its rawData is no base64")?;
    if data.is_empty() {
        return Err("its rawData is empty".to_owned());
    }
    Ok(ErrorRecord {
        code: match fields.error_code {
            Value::String(code) => code,
            Value::Null => "-".to_owned(),
            other => other.to_string(),
        },
        arrival: match fields.arrival_timestamp {
            Value::String(text) => text.parse().ok(),
            other => other.as_i64(),
        },
        base64,
        data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    const GOOD: &str = r#"{"rawData":"aGk=","errorCode":"Lambda.FunctionError","errorMessage":"m","attemptsMade":4,"arrivalTimestamp":1700000000000,"attemptEndingTimestamp":1700000000001,"lambdaARN":"arn:f:$LATEST"}"#;

    #[test]
    fn a_line_is_a_record_or_its_own_problem() {
        let text = format!("{GOOD}\n\n{{\"errorCode\":\"x\"}}\nhello\n{{\"rawData\":\"a\"}}\n");
        let lines = lines(text.as_bytes()).unwrap();
        let numbers: Vec<u32> = lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [1, 3, 4, 5], "blank lines aren't records");
        let first = lines[0].record.as_ref().unwrap();
        assert_eq!(
            (first.code.as_str(), first.arrival, first.data.as_slice()),
            (
                "Lambda.FunctionError",
                Some(1_700_000_000_000),
                b"hi".as_slice()
            )
        );
        assert!(lines[1..].iter().all(|line| line.record.is_err()));
    }

    #[test]
    fn numbers_as_texts_and_codes_as_numbers_are_read_too() {
        let text = r#"{"rawData":"aGk=","errorCode":400,"arrivalTimestamp":"17"}"#;
        let lines = lines(text.as_bytes()).unwrap();
        let record = lines[0].record.as_ref().unwrap();
        assert_eq!((record.code.as_str(), record.arrival), ("400", Some(17)));
    }

    #[test]
    fn a_compressed_object_is_the_same_and_a_damaged_one_is_told() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(GOOD.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        assert!(lines(&gzip).unwrap()[0].record.is_ok());
        assert!(lines(&gzip[..gzip.len() - 9]).is_err());
    }
}
