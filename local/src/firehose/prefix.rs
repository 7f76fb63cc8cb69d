//! Names of objects: prefixes with expressions ("Custom prefixes for Amazon S3 objects" in the
//! Firehose guide), in UTC.

use super::ids;
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// A prefix that Firehose would refuse.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the prefix expression {0:?} is not known: use !{{timestamp:...}}, !{{firehose:error-output-type}} or !{{firehose:random-string}}"
)]
pub struct UnknownExpression(String);

/// The name of an object of the delivery stream `stream` whose first record arrived at `arrival`
/// (milliseconds since 1970); `error_type` is set for error objects.
///
/// # Errors
/// For an expression that Firehose doesn't know.
pub fn object_key(
    prefix: &str,
    stream: &str,
    arrival: i64,
    error_type: Option<&str>,
    extension: &str,
) -> Result<String, UnknownExpression> {
    let at = Timestamp::from_millisecond(arrival)
        .unwrap_or_default()
        .to_zoned(TimeZone::UTC);
    let mut key = expand(prefix, &at, error_type)?;
    if !prefix.contains("!{") {
        key.push_str(&at.strftime("%Y/%m/%d/%H/").to_string());
    }
    Ok(format!(
        "{key}{stream}-1-{}-{}{extension}",
        at.strftime("%Y-%m-%d-%H-%M-%S"),
        ids::unique()
    ))
}

fn expand(prefix: &str, at: &Zoned, error_type: Option<&str>) -> Result<String, UnknownExpression> {
    let mut out = String::new();
    let mut rest = prefix;
    while let Some((before, after)) = rest.split_once("!{") {
        out.push_str(before);
        let (expression, after) = after
            .split_once('}')
            .ok_or_else(|| UnknownExpression(after.to_owned()))?;
        match expression.split_once(':') {
            Some(("timestamp", pattern)) => out.push_str(&date(pattern, at)),
            Some(("firehose", "error-output-type")) => out.push_str(error_type.unwrap_or_default()),
            Some(("firehose", "random-string")) => out.push_str(&ids::unique()[..11]),
            _ => return Err(UnknownExpression(expression.to_owned())),
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
        object_key(prefix, "archive", AT, error_type, ".gz").unwrap()
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
        assert!(object_key("!{partitionKeyFromQuery:a}/", "s", AT, None, "").is_err());
        assert!(object_key("!{timestamp:yyyy", "s", AT, None, "").is_err());
    }
}
