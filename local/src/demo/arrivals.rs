//! Documents as they are found at the end of a way, counted by their ids.

use anyhow::Context;
use serde::Deserialize;
use std::collections::HashMap;

/// What was found at one place.
#[derive(Debug, Default)]
pub struct Arrivals(HashMap<String, Found>);

/// The documents of one id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How many there are.
    pub times: usize,
    /// `event.dataset`.
    pub dataset: String,
    /// `aws.cloudwatch.owner`: the account that sent the event.
    pub account: String,
}

#[derive(Deserialize)]
struct Document {
    tributary: Tributary,
    event: Event,
    aws: Aws,
}

#[derive(Deserialize)]
struct Tributary {
    document_id: String,
}

#[derive(Deserialize)]
struct Event {
    dataset: String,
}

#[derive(Deserialize)]
struct Aws {
    cloudwatch: CloudWatch,
}

#[derive(Deserialize)]
struct CloudWatch {
    owner: String,
}

impl Arrivals {
    /// Counts one document.
    ///
    /// # Errors
    /// When `json` is none of this product's.
    pub fn add(&mut self, json: &[u8]) -> anyhow::Result<()> {
        let document: Document = serde_json::from_slice(json)
            .with_context(|| String::from_utf8_lossy(&json[..json.len().min(300)]).into_owned())?;
        let found = self
            .0
            .entry(document.tributary.document_id)
            .or_insert(Found {
                times: 0,
                dataset: document.event.dataset,
                account: document.aws.cloudwatch.owner,
            });
        found.times += 1;
        Ok(())
    }

    /// The documents of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Found> {
        self.0.get(id)
    }

    /// All ids and their documents.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Found)> {
        self.0.iter()
    }

    /// How many documents there are.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.0.values().map(|found| found.times).sum()
    }
}
