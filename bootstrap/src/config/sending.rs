//! How log groups are made to send: one filter each or one policy for all of them, and what is kept out.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Source};

/// `organization.mode`: what makes the log groups of an account send.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A subscription filter on each log group that a source names.
    #[default]
    Filters,
    /// One subscription policy for the whole account in each region, which covers log groups of the
    /// future too (`PutAccountPolicy`, `SUBSCRIPTION_FILTER_POLICY`).
    Account,
}

/// How the events of a log group are spread over the shards of the stream (`PutSubscriptionFilter`,
/// distribution).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    /// All events of a log stream into one shard, in their order.
    #[default]
    ByLogStream,
    /// Evenly, without an order.
    Random,
}

impl Distribution {
    /// In the words of `CloudWatch Logs`.
    pub fn as_aws(self) -> &'static str {
        match self {
            Self::ByLogStream => "ByLogStream",
            Self::Random => "Random",
        }
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_aws())
    }
}

/// The quota that `organization.filters_per_log_group` says: AWS raised it from 2 to 5 (quota
/// L-87E7D306), not everywhere at once.
pub(super) fn filters_per_log_group(number: usize) -> Result<usize, ConfigError> {
    if matches!(number, 2 | 5) {
        return Ok(number);
    }
    let remedy = "write 5, or 2 where AWS still allows no more (Service Quotas, CloudWatch Logs, \
                  \"Subscription filters per log group\")";
    Err(ConfigError::value(
        "organization.filters_per_log_group",
        format!("is {number}"),
        remedy,
    ))
}

/// The rate that `organization.calls_per_second` says, if it says one.
pub(super) fn calls_per_second(rate: Option<f64>) -> Result<Option<f64>, ConfigError> {
    match rate {
        Some(rate) if !(0.1..=1000.0).contains(&rate) => Err(ConfigError::value(
            "organization.calls_per_second",
            format!("is {rate}"),
            "write 0.1 to 1000, or leave it out to go as fast as AWS lets it",
        )),
        rate => Ok(rate),
    }
}

/// One policy covers every log group of an account with one pattern and one distribution: the sources
/// have to say so, so that nobody sends more than they wrote down.
pub(super) fn sources_fit_one_policy(sources: &[Source]) -> Result<(), ConfigError> {
    let everything = |source: &Source| source.log_groups.iter().any(|glob| glob.as_str() == "*");
    if !sources.iter().any(everything) {
        return Err(ConfigError::value(
            "organization.mode",
            "is \"account\", which sends every log group of an account, also those to come, and no source \
             has the glob \"*\"",
            "end with a [[source]] of dataset any with log_groups = [\"*\"], or write mode = \"filters\"",
        ));
    }
    for (index, source) in sources.iter().enumerate().skip(1) {
        let first = &sources[0];
        for (key, differs) in [
            (
                "filter_pattern",
                source.filter_pattern != first.filter_pattern,
            ),
            ("distribution", source.distribution != first.distribution),
        ] {
            if differs {
                return Err(ConfigError::value(
                    format!("source[{index}].{key}"),
                    "is another than that of source[0], and organization.mode is \"account\", where one policy \
                     holds for all log groups",
                    "write the same in every source, or mode = \"filters\"",
                ));
            }
        }
    }
    Ok(())
}
