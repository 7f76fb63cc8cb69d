//! `[[source]]`: which log groups, and what they hold.

use serde::Deserialize;

use super::catalog::flow_log_format;
use super::file::globs;
use super::{ConfigError, Dataset, Distribution, Source};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceTable {
    dataset: Dataset,
    log_groups: Vec<String>,
    #[serde(default)]
    filter_pattern: String,
    #[serde(default)]
    distribution: Distribution,
    flow_log_format: Option<String>,
}

impl SourceTable {
    pub(super) fn check(self, index: usize) -> Result<Source, ConfigError> {
        let key = format!("source[{index}].log_groups");
        if self.log_groups.is_empty() {
            return Err(ConfigError::value(
                key,
                "is empty",
                "write at least one glob, such as \"/aws/*\"",
            ));
        }
        // PutSubscriptionFilter, filterPattern: at most 1024 characters.
        if self.filter_pattern.chars().count() > 1024 {
            let key = format!("source[{index}].filter_pattern");
            return Err(ConfigError::value(
                key,
                "is longer than 1024 characters",
                "write a shorter one",
            ));
        }
        let log_groups = globs(&key, &self.log_groups)?;
        let format = self.flow_log_format;
        Ok(Source {
            dataset: self.dataset,
            log_groups,
            filter_pattern: self.filter_pattern,
            distribution: self.distribution,
            flow_log_format: format
                .map(|format| flow_log_format(index, self.dataset, format))
                .transpose()?,
        })
    }
}
