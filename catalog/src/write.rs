//! A catalog in, JSON out.

use serde::Serialize;

use crate::{Catalog, KIND, MAX_BYTES, TooLarge, VERSION};

#[derive(Serialize)]
struct File<'a> {
    kind: &'static str,
    version: u32,
    #[serde(flatten)]
    catalog: &'a Catalog,
}

impl Catalog {
    /// The catalog as JSON, on lines, with a line end: the same for the same catalog.
    ///
    /// # Errors
    /// [`TooLarge`] where no reader would take it.
    pub fn to_json(&self) -> Result<String, TooLarge> {
        let file = File {
            kind: KIND,
            version: VERSION,
            catalog: self,
        };
        // Maps with texts as keys can always be written.
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        if text.len() > MAX_BYTES {
            return Err(TooLarge(text.len()));
        }
        Ok(text)
    }
}
