//! Names of objects: prefixes with expressions ("Custom prefixes for Amazon S3 objects" in the
//! Firehose guide), in UTC.

use super::ids;
use super::record::PartitionKeys;
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// A prefix that Firehose would refuse.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the prefix expression {0:?} is not known, or the function's answer has no such key: use !{{timestamp:...}}, !{{firehose:error-output-type}}, !{{firehose:random-string}} or !{{partitionKeyFromLambda:...}}"
)]
pub struct UnknownExpression(String);

/// What an object's name is made of.
#[derive(Debug, Clone, Copy)]
pub struct Name<'a> {
    /// The delivery stream.
    pub stream: &'a str,
    /// When the object's first record arrived, milliseconds since 1970.
    pub arrival: i64,
    /// The type of errors, of error objects.
    pub error_type: Option<&'a str>,
    /// The partition, where the function says one.
    pub keys: &'a PartitionKeys,
}

/// The key of an object below `prefix`.
///
/// # Errors
/// For an expression that Firehose doesn't know.
pub fn object_key(
    prefix: &str,
    name: &Name<'_>,
    extension: &str,
) -> Result<String, UnknownExpression> {
    let at = Timestamp::from_millisecond(name.arrival)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC);
    let mut key = expand(prefix, &at, name)?;
    if !prefix.contains("!{") {
        key.push_str(&at.strftime("%Y/%m/%d/%H/").to_string());
    }
    Ok(format!(
        "{key}{}-1-{}-{}{extension}",
        name.stream,
        at.strftime("%Y-%m-%d-%H-%M-%S"),
        ids::unique()
    ))
}

fn expand(prefix: &str, at: &Zoned, name: &Name<'_>) -> Result<String, UnknownExpression> {
    let mut out = String::new();
    let mut rest = prefix;
    while let Some((before, after)) = rest.split_once("!{") {
        out.push_str(before);
        let unknown = |what: &str| UnknownExpression(what.to_owned());
        let (expression, after) = after.split_once('}').ok_or_else(|| unknown(after))?;
        match expression.split_once(':') {
            Some(("timestamp", pattern)) => out.push_str(&date(pattern, at)),
            Some(("firehose", "error-output-type")) => {
                out.push_str(name.error_type.unwrap_or_default());
            }
            Some(("firehose", "random-string")) => out.push_str(&ids::unique()[..11]),
            Some(("partitionKeyFromLambda", key)) => {
                out.push_str(name.keys.get(key).ok_or_else(|| unknown(expression))?);
            }
            _ => return Err(unknown(expression)),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// A date by a pattern of Java's `DateTimeFormatter`, as far as prefixes use it.
fn date(pattern: &str, at: &Zoned) -> String {
    let mut format = String::new();
    for (n, piece) in pattern.split('\'').enumerate() {
        if n % 2 == 1 {
            format.push_str(&piece.replace('%', "%%"));
            continue;
        }
        let piece = piece
            .replace('%', "%%")
            .replace("yyyy", "%Y")
            .replace("MM", "%m")
            .replace("dd", "%d")
            .replace("HH", "%H")
            .replace("mm", "%M")
            .replace("ss", "%S");
        format.push_str(&piece);
    }
    at.strftime(&format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-02-03T04:05:06Z.
    const AT: i64 = 1_706_933_106_000;

    fn key(prefix: &str, error_type: Option<&str>) -> String {
        try_key(prefix, error_type).unwrap()
    }

    fn try_key(prefix: &str, error_type: Option<&str>) -> Result<String, UnknownExpression> {
        let keys = PartitionKeys::from([("dataset".to_owned(), "aws.vpcflow".to_owned())]);
        let name = Name {
            stream: "archive",
            arrival: AT,
            error_type,
            keys: &keys,
        };
        object_key(prefix, &name, ".gz")
    }

    #[test]
    fn a_prefix_without_expressions_is_followed_by_the_hour_of_arrival() {
        let key = key("logs/", None);
        assert!(
            key.starts_with("logs/2024/02/03/04/archive-1-2024-02-03-04-05-06-"),
            "{key}"
        );
        assert_eq!(std::path::Path::new(&key).extension().unwrap(), "gz");
    }

    #[test]
    fn expressions_are_replaced() {
        let key_1 = key(
            "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/",
            None,
        );
        assert!(
            key_1.starts_with("year=2024/month=02/day=03/archive-1-"),
            "{key_1}"
        );
        let key_2 = key(
            "errors/!{firehose:error-output-type}/!{timestamp:yyyy'-at-'HH}/",
            Some("processing-failed"),
        );
        assert!(
            key_2.starts_with("errors/processing-failed/2024-at-04/archive-1-"),
            "{key_2}"
        );
    }

    #[test]
    fn an_unknown_expression_is_refused() {
        assert!(try_key("!{partitionKeyFromQuery:dataset}/", None).is_err());
        assert!(try_key("!{timestamp:yyyy", None).is_err());
    }

    #[test]
    fn keys_of_the_function_are_partitions_and_one_that_it_did_not_say_is_refused() {
        let key = key("dataset=!{partitionKeyFromLambda:dataset}/", None);
        assert!(key.starts_with("dataset=aws.vpcflow/archive-1-"), "{key}");
        assert!(try_key("!{partitionKeyFromLambda:date}/", None).is_err());
    }
}
