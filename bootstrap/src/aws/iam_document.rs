//! Policy documents as IAM answers them.

use serde_json::Value;

/// A policy document out of an IAM answer, where it is percent-encoded (IAM API reference, `GetRole`).
/// What is no JSON stays a string, and so differs from every document that we want.
pub fn document(text: &str) -> Value {
    let decoded = percent_decoded(text);
    serde_json::from_str(&decoded).unwrap_or(Value::String(decoded))
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = bytes
            .get(index + 1..index + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if bytes[index] == b'%' => {
                decoded.push(byte);
                index += 3;
            }
            _ => {
                decoded.push(bytes[index]);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_encoded_or_plain() {
        let expected = serde_json::json!({"Version": "2012-10-17", "Note": "50% +"});
        assert_eq!(
            document("%7B%22Version%22%3A%222012-10-17%22%2C%22Note%22%3A%2250%25%20%2B%22%7D"),
            expected
        );
        assert_eq!(
            document(r#"{"Version":"2012-10-17","Note":"50% +"}"#),
            expected
        );
    }

    #[test]
    fn what_is_no_document_differs_from_every_document() {
        assert_eq!(document("%7B"), Value::String("{".into()));
    }
}
