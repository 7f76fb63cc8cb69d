//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser};
use transform::streams::{Target, TargetError};

use crate::source::Place;

/// Puts the records of Firehose's error objects back on their stream, at most once each.
///
/// Reads the objects that Firehose writes under its error prefix, in S3 or on disk: JSON lines with
/// the original record as base64. Nothing is deleted. The journal keeps what was sent, so that a run
/// that was interrupted goes on where it ended; always use the same journal for the same objects.
/// A record whose request got no answer is told as unknown and not sent again without
/// --resend-unknown.
///
/// Exit status: 0 when every selected record is out (or would be, with --dry-run), 1 when some are
/// left (each is told) or it failed, 2 for wrong use.
#[derive(Debug, Parser)]
#[command(name = "replay", version)]
pub struct Arguments {
    /// Where the objects are: an address in S3 (`s3://BUCKET/PREFIX`), files, folders
    #[arg(value_name = "FROM", required = true, value_parser = Place::parse)]
    pub from: Vec<Place>,
    /// Stream for payloads of CloudWatch Logs: the ARN of the archive's source
    #[arg(long, value_name = "ARN", value_parser = target)]
    pub payloads_to: Option<Target>,
    /// Stream for finished documents, which OpenSearch didn't take: the ARN of the search delivery's source
    #[arg(long, value_name = "ARN", value_parser = target)]
    pub documents_to: Option<Target>,
    /// File that keeps what was sent; made where it isn't there
    #[arg(long, value_name = "FILE", required_unless_present_any = ["dry_run", "policy"])]
    pub journal: Option<PathBuf>,
    /// Send nothing: count, by error code and account
    #[arg(long)]
    pub dry_run: bool,
    /// Which records
    #[command(flatten)]
    pub which: Which,
    /// Mark objects of which every record is out: tag tributary-replayed in S3, suffix .replayed on disk;
    /// pass over objects that are marked (files with that suffix are in any case)
    #[arg(long)]
    pub mark: bool,
    /// Most KiB sent a second, and no more than that many records; the stream carries the live logs too
    #[arg(long, value_name = "KIB", default_value = "512", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
    /// What is printed
    #[command(flatten)]
    pub prints: Prints,
}

/// Which records.
#[derive(Debug, Args)]
pub struct Which {
    /// Only records with this errorCode; may be given several times
    #[arg(long, value_name = "CODE")]
    pub error_code: Vec<String>,
    /// Also what the function can't read, which would only fail again
    #[arg(long)]
    pub also_damaged: bool,
    /// Send the records again whose request got no answer; those that did arrive arrive twice
    #[arg(long)]
    pub resend_unknown: bool,
}

/// What is printed.
#[derive(Debug, Args)]
pub struct Prints {
    /// Answer in JSON, with every record that is left
    #[arg(long)]
    pub json: bool,
    /// Print the IAM policy that a run with these arguments takes, and do nothing else
    #[arg(long)]
    pub policy: bool,
}

fn target(arn: &str) -> Result<Target, TargetError> {
    Target::from_arn(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from([&["replay"], arguments].concat())
    }

    #[test]
    fn sending_takes_a_journal_and_looking_does_not() {
        assert!(parsed(&["s3://b/errors/"]).is_err());
        assert!(parsed(&["s3://b/errors/", "--dry-run"]).is_ok());
        assert!(parsed(&["s3://b/errors/", "--journal", "j"]).is_ok());
    }

    #[test]
    fn what_is_no_stream_is_refused() {
        let error = parsed(&["e", "--dry-run", "--payloads-to", "logs"]).expect_err("no ARN");
        assert!(error.to_string().contains("arn:aws:kinesis"), "{error}");
    }
}
