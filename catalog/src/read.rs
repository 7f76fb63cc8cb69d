//! JSON in, a catalog out.

use serde::de::{Deserialize, Deserializer};

use crate::{Catalog, KIND, MAX_BYTES, ReadError, VERSION};

/// What every version has.
#[derive(serde::Deserialize)]
struct Head {
    kind: String,
    version: u64,
}

impl Catalog {
    /// Reads a catalog's JSON.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn from_json(text: &[u8]) -> Result<Self, ReadError> {
        if text.len() > MAX_BYTES {
            return Err(ReadError::TooLarge);
        }
        // The head first: what is no catalog shouldn't be called a damaged one.
        let head: Head = serde_json::from_slice(text).map_err(|_| ReadError::NoCatalog)?;
        if head.kind != KIND {
            return Err(ReadError::NoCatalog);
        }
        if head.version != u64::from(VERSION) {
            return Err(ReadError::Version(head.version));
        }
        serde_json::from_slice(text).map_err(ReadError::Damaged)
    }
}

/// A list of names, or one text with slashes.
pub(crate) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Path {
        List(Vec<String>),
        Text(String),
    }
    Ok(match Path::deserialize(deserializer)? {
        Path::List(names) => names,
        Path::Text(text) => text
            .split('/')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}
