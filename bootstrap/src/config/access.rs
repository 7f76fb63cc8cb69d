//! How the access role is assumed, and what regions have to do with each other.

use super::ConfigError;
use crate::names::{SESSION_NAME, partition_of};

/// Checks `organization.session_name` (`AssumeRole`, `RoleSessionName`: 2 to 64 characters).
pub(super) fn session_name(text: Option<String>) -> Result<String, ConfigError> {
    let Some(text) = text else {
        return Ok(SESSION_NAME.to_owned());
    };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (2..=64).contains(&text.len()) && text.bytes().all(allowed) {
        return Ok(text);
    }
    Err(ConfigError::value(
        "organization.session_name",
        format!("is {text:?}"),
        "write 2 to 64 letters, digits or _ + = , . @ -",
    ))
}

/// Checks `organization.external_id` (`AssumeRole`, `ExternalId`: 2 to 1,224 characters). It isn't shown
/// where it is wrong: some treat it as a secret.
pub(super) fn external_id(text: Option<String>) -> Result<Option<String>, ConfigError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    let good = |text: &String| (2..=1224).contains(&text.len()) && text.bytes().all(allowed);
    if text.as_ref().is_none_or(good) {
        return Ok(text);
    }
    Err(ConfigError::value(
        "organization.external_id",
        "is no external id",
        "write 2 to 1224 letters, digits or _ + = , . @ : / -, as the trust policies of the access roles have it",
    ))
}

/// Checks that an organization's regions are all in one partition: none has accounts in two.
pub(super) fn one_partition(central_region: &str, regions: &[String]) -> Result<(), ConfigError> {
    let partition = partition_of(central_region);
    let other = regions
        .iter()
        .find(|region| partition_of(region) != partition);
    let Some(other) = other else {
        return Ok(());
    };
    let problem = format!(
        "holds {other}, which is in the partition {}, and central.region is {central_region} in {partition}",
        partition_of(other)
    );
    let remedy =
        "write a configuration of its own for each partition: an organization is in one alone";
    Err(ConfigError::value("organization.regions", problem, remedy))
}
