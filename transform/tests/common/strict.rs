//! JSON as strictly as a search index reads it, and what holds for every document.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

/// Fields that no document lacks.
const MANDATORY: [&str; 6] = [
    "/@timestamp",
    "/tributary/document_id",
    "/ecs/version",
    "/event/kind",
    "/event/dataset",
    "/cloud/provider",
];

/// Fields that no document of an event in a whole envelope lacks.
const MANDATORY_OF_ENVELOPES: [&str; 2] = ["/cloud/account/id", "/aws/cloudwatch/log_group"];

/// Panics unless `line` is one line of strict JSON with all that a document has at least, and comes
/// through as a finished document. Returns it.
pub fn is_document(line: &[u8]) -> Value {
    let text = || String::from_utf8_lossy(line);
    serde_json::from_slice::<Strict>(line).unwrap_or_else(|error| panic!("{error}: {}", text()));
    assert!(
        line.iter().all(|&byte| byte >= b' '),
        "more than a line: {}",
        text()
    );
    let document: Value = serde_json::from_slice(line).unwrap();
    for path in MANDATORY {
        assert!(document.pointer(path).is_some(), "{path} lacks: {}", text());
    }
    assert!(
        transform::finished::recognise(line).is_some(),
        "not known again: {}",
        text()
    );
    document
}

/// [`is_document`], and that it says where it came from.
pub fn parsed_document(line: &[u8]) -> Value {
    let document = is_document(line);
    for path in MANDATORY_OF_ENVELOPES {
        assert!(document.pointer(path).is_some(), "{path} lacks: {document}");
    }
    document
}

/// A JSON value whose objects have no key twice; reading anything else fails.
pub struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Strict;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a JSON value")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Strict, A::Error> {
                let mut keys = HashSet::new();
                while let Some((key, _)) = map.next_entry::<String, Strict>()? {
                    if !keys.insert(key.clone()) {
                        return Err(serde::de::Error::custom(format!(
                            "the key {key:?} stands twice"
                        )));
                    }
                }
                Ok(Strict)
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<Strict, A::Error> {
                while seq.next_element::<Strict>()?.is_some() {}
                Ok(Strict)
            }
            fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
                Ok(Strict)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
                Ok(Strict)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
                Ok(Strict)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
                Ok(Strict)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Strict, E> {
                Ok(Strict)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
