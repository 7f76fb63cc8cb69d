//! Bulk requests to OpenSearch, as Firehose makes them, and their answers.
//!
//! Firehose sends each record as the document of one `index` action. OpenSearch takes one JSON object
//! there, on one line; Firehose's guide says so of each record ("Configure destination settings",
//! Amazon OpenSearch Service).

use super::requests::Document;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The body of the request that indexes `documents` in `index`.
#[must_use]
pub fn body(index: &str, documents: &[Document]) -> Vec<u8> {
    let bytes: usize = documents.iter().map(|d| d.data.len() + 200).sum();
    let mut body = Vec::with_capacity(bytes);
    for document in documents {
        let action = serde_json::json!({"index": {"_index": index, "_id": document.id}});
        body.extend_from_slice(action.to_string().as_bytes());
        body.push(b'\n');
        body.extend_from_slice(document.data.trim_ascii());
        body.push(b'\n');
    }
    body
}

/// Why a record can't be a document, in the words of OpenSearch's refusal; nothing where it can.
#[must_use]
pub fn refusal(data: &[u8]) -> Option<String> {
    let caused_by = match std::str::from_utf8(data) {
        Err(error) => format!("Invalid UTF-8: {error}"),
        Ok(text) => {
            let text = text.trim();
            let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
            match (values.next(), values.next()) {
                (Some(Ok(first)), None) if first.get().starts_with('{') && !text.contains('\n') => {
                    return None;
                }
                (Some(Ok(first)), None) if first.get().starts_with('{') => {
                    "the document is not on one line".to_owned()
                }
                (Some(Ok(_)), Some(_)) => {
                    "Malformed content, found extra data after parsing: START_OBJECT".to_owned()
                }
                (Some(Err(error)), _) => format!("Unexpected character: {error}"),
                _ => "expecting a JSON object".to_owned(),
            }
        }
    };
    let error = serde_json::json!({
        "type": "mapper_parsing_exception",
        "reason": "failed to parse",
        "caused_by": {"type": "illegal_argument_exception", "reason": caused_by},
    });
    Some(error.to_string())
}

/// What a bulk request's answer says of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Indexed {
    /// It is in the index.
    Done,
    /// The cluster was busy: try again.
    Busy(String),
    /// It was refused, with that status and error.
    Refused(u16, String),
}

#[derive(Deserialize)]
struct Answer {
    errors: bool,
    items: Vec<Action>,
}

#[derive(Deserialize)]
struct Action {
    index: Item,
}

#[derive(Deserialize)]
struct Item {
    status: u16,
    error: Option<Box<RawValue>>,
}

/// What `answer` (a bulk answer with status 200) says of each document, in order.
///
/// # Errors
/// When it is no such answer, or one of another number of documents.
pub fn read(answer: &[u8], documents: usize) -> Result<Vec<Indexed>, String> {
    let answer: Answer =
        serde_json::from_slice(answer).map_err(|e| format!("not a bulk answer: {e}"))?;
    if answer.items.len() != documents {
        return Err(format!(
            "{} items for {documents} documents",
            answer.items.len()
        ));
    }
    if !answer.errors {
        return Ok(vec![Indexed::Done; documents]);
    }
    Ok(answer
        .items
        .into_iter()
        .map(|action| indexed(&action.index))
        .collect())
}

fn indexed(item: &Item) -> Indexed {
    let error = item
        .error
        .as_ref()
        .map_or_else(String::new, |e| e.get().to_owned());
    match item.status {
        200..=299 => Indexed::Done,
        429 | 500..=599 => Indexed::Busy(format!("{} {error}", item.status)),
        status => Indexed::Refused(status, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_json_object_on_one_line() {
        assert_eq!(refusal(br#"{"a":1}"#), None);
        assert_eq!(refusal(b"{\"a\":1}\n"), None);
        let two = refusal(b"{\"a\":1}\n{\"a\":2}").unwrap();
        assert!(
            two.contains("found extra data after parsing: START_OBJECT"),
            "{two}"
        );
        for bad in [
            &b"{\"a\":\n1}"[..],
            b"[1]",
            b"",
            b"text",
            b"{\"a\":1",
            b"{\"a\":\"\xFF\"}",
        ] {
            assert!(
                refusal(bad).is_some_and(|why| why.contains("mapper_parsing_exception")),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_body_has_an_action_before_each_document() {
        let document = Document {
            data: b"{\"a\":1}\n".to_vec(),
            arrival: 0,
            id: "x".into(),
            data_id: String::new(),
        };
        assert_eq!(
            body("i", &[document]),
            b"{\"index\":{\"_id\":\"x\",\"_index\":\"i\"}}\n{\"a\":1}\n"
        );
    }

    #[test]
    fn each_item_of_an_answer_counts_for_itself() {
        let answer = br#"{"took":1,"errors":true,"items":[{"index":{"status":201}},{"index":{"status":429,"error":{"type":"busy"}}},{"index":{"status":400,"error":{"type":"mapper_parsing_exception"}}}]}"#;
        let read = read(answer, 3).unwrap();
        assert_eq!(read[0], Indexed::Done);
        assert!(matches!(read[1], Indexed::Busy(_)));
        assert!(matches!(&read[2], Indexed::Refused(400, why) if why.contains("mapper_parsing")));
        assert!(super::read(answer, 2).is_err());
    }
}
