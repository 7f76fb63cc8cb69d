//! `central.kms_key`: the key that encrypts the stream.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// A KMS key as Kinesis takes it: an id, an alias (`alias/…`), or the ARN of either
/// (`StartStreamEncryption`, `KeyId`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct KmsKey(String);

impl KmsKey {
    /// Takes what the configuration or Kinesis says.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Checks what the configuration says of the key of a stream in `region`.
    pub(super) fn check(text: String, region: &str) -> Result<Self, ConfigError> {
        let key = Self(text);
        let wrong = |problem: String, remedy: &str| {
            Err(ConfigError::value("central.kms_key", problem, remedy))
        };
        if !key.has_a_known_shape() {
            let remedy = "write the key's id, alias/NAME, or the ARN of either";
            return wrong(format!("is {:?}", key.0), remedy);
        }
        match key.part(3) {
            Some(other) if other != region => wrong(
                format!("is a key in {other}, and the stream is in {region}"),
                "name a key of the stream's region: Kinesis takes no other",
            ),
            _ => Ok(key),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The alias (`alias/…`), where it is named by one.
    pub fn alias(&self) -> Option<&str> {
        self.name().starts_with("alias/").then(|| self.name())
    }

    /// Whether it is AWS's own key for Kinesis, which asks nobody for a permission.
    pub fn is_managed_by_aws(&self) -> bool {
        self.name().starts_with("alias/aws/")
    }

    /// Whether both name the same key in the same way: one may be the ARN of what the other names.
    pub fn is_the_same_as(&self, other: &Self) -> bool {
        let accounts = self.part(4).zip(other.part(4));
        self.name() == other.name() && accounts.is_none_or(|(one, other)| one == other)
    }

    /// ARN of what policies name: the key, or every key of its account where an alias names it, since
    /// policies don't know aliases. Keys without an ARN are those of `account` in `region`.
    pub fn resource_arn(&self, partition: &str, region: &str, account: &str) -> String {
        let account = self.part(4).unwrap_or(account);
        let key = if self.alias().is_some() {
            "*"
        } else {
            self.name()
        };
        format!("arn:{partition}:kms:{region}:{account}:key/{key}")
    }

    /// The id, or the alias with its `alias/`.
    fn name(&self) -> &str {
        let last = self.0.rsplit(':').next().unwrap_or_default();
        last.strip_prefix("key/").unwrap_or(last)
    }

    /// A part of the ARN, if it is one: 3 is the region, 4 the account.
    fn part(&self, number: usize) -> Option<&str> {
        self.0
            .starts_with("arn:")
            .then(|| self.0.split(':').nth(number))
            .flatten()
    }

    fn has_a_known_shape(&self) -> bool {
        let plain = |text: &str, more: &str| {
            let allowed =
                |byte: u8| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte);
            !text.is_empty() && text.bytes().all(allowed)
        };
        let name = match self.alias() {
            Some(alias) => plain(&alias["alias/".len()..], "/_-"),
            None => plain(self.name(), "-") && self.name().len() >= 32,
        };
        let parts: Vec<_> = self.0.split(':').collect();
        let arn = match parts.len() {
            1 => true,
            6 => parts[0] == "arn" && parts[2] == "kms" && parts[5].contains('/'),
            _ => false,
        };
        name && arn
    }
}

impl fmt::Display for KmsKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn ids_aliases_and_their_arns_are_keys_and_anything_else_is_not() {
        let multi_region = format!("mrk-{}", "1234abcd".repeat(4));
        let arn = format!("arn:aws:kms:eu-central-1:222222222222:key/{ID}");
        let alias = "arn:aws:kms:eu-central-1:222222222222:alias/logs";
        for text in [ID, &multi_region, "alias/aws/kinesis", &arn, alias] {
            assert!(
                KmsKey::check(text.to_owned(), "eu-central-1").is_ok(),
                "{text}"
            );
        }
        let foreign = "arn:aws:s3:eu-central-1:222222222222:key/x";
        for text in [
            "",
            "logs",
            "alias/",
            "alias/a b",
            "arn:aws:kms:key/x",
            foreign,
        ] {
            let error = KmsKey::check(text.to_owned(), "eu-central-1").unwrap_err();
            assert!(
                error.to_string().contains("central.kms_key"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_key_of_another_region_is_refused() {
        let arn = format!("arn:aws:kms:us-east-1:222222222222:key/{ID}");
        let error = KmsKey::check(arn, "eu-central-1").unwrap_err().to_string();
        assert!(
            error.contains("us-east-1") && error.contains("eu-central-1"),
            "{error}"
        );
    }

    #[test]
    fn a_name_and_its_arn_are_the_same_key() {
        let arn =
            |account: &str| KmsKey::new(format!("arn:aws:kms:eu-central-1:{account}:alias/logs"));
        let short = KmsKey::new("alias/logs");
        assert!(short.is_the_same_as(&arn("222222222222")));
        assert!(!arn("222222222222").is_the_same_as(&arn("333333333333")));
        assert!(!short.is_the_same_as(&KmsKey::new("alias/other")));
        assert!(!KmsKey::new(ID).is_the_same_as(&short));
    }

    #[test]
    fn policies_name_the_key_and_for_an_alias_every_key_of_its_account() {
        let arn =
            |text: &str| KmsKey::new(text).resource_arn("aws-cn", "cn-north-1", "222222222222");
        assert_eq!(
            arn(ID),
            format!("arn:aws-cn:kms:cn-north-1:222222222222:key/{ID}")
        );
        assert_eq!(
            arn("alias/logs"),
            "arn:aws-cn:kms:cn-north-1:222222222222:key/*"
        );
        let theirs = "arn:aws-cn:kms:cn-north-1:333333333333:alias/logs";
        assert_eq!(arn(theirs), "arn:aws-cn:kms:cn-north-1:333333333333:key/*");
    }
}
