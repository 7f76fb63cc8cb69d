//! The command line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use transform::catalog::Prepared;
use transform::flow_logs::{FormatError, Formats};
use transform::reshape::Reshaper;

use crate::tell;

/// Turns AWS log messages into ECS documents: what the Lambda function does, for files.
///
/// Reads one log message a line and writes one document a line, in the same order. Files may be
/// gzipped; `-` or no file is standard input; blank lines are skipped.
///
/// Exit status: 0 when every message became its document, 1 when one became a pipeline error (its
/// line number is on standard error), 2 for wrong use or a file that can't be read.
#[derive(Debug, Parser)]
#[command(name = "reshape", version)]
pub struct Arguments {
    /// Log group that the messages are of
    #[arg(long, value_name = "NAME", default_value = "")]
    pub log_group: String,
    /// Twelve-digit account that sends them
    #[arg(long, value_name = "ID", value_parser = account)]
    pub account: Option<String>,
    /// Region of the messages, where they don't say it
    #[arg(long, value_name = "R", default_value = "")]
    pub region: String,
    /// Flow-log format of the messages, like "${version} ${srcaddr} ${dstaddr}"
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub flow_log_format: Option<String>,
    /// Catalog of account names and flow-log formats, as bootstrap writes it
    #[arg(long, value_name = "FILE")]
    pub catalog: Option<PathBuf>,
    /// Keep each message in its document, as event.original
    #[arg(long)]
    pub keep_original: bool,
    /// Each file is a CloudWatch Logs payload: JSON, gzip, or base64 of gzip
    #[arg(long, conflicts_with = "event")]
    pub payload: bool,
    /// Each file is a Firehose transformation event; writes the function's answer (settings by
    /// environment variables, as the function's; nothing is put back or sent)
    #[arg(long)]
    pub event: bool,
    /// Files to read
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Arguments {
    /// The files to read, in order; `-` is standard input.
    pub fn files(&self) -> Vec<&Path> {
        if self.files.is_empty() {
            return vec![Path::new("-")];
        }
        self.files.iter().map(PathBuf::as_path).collect()
    }

    /// What makes the documents.
    ///
    /// # Errors
    /// A catalog that can't be read, or a wrong flow-log format, which has been checked before.
    pub fn reshaper(&self) -> anyhow::Result<Reshaper> {
        let formats = match &self.flow_log_format {
            Some(format) => Formats::for_all(format)?,
            None => Formats::default(),
        };
        let mut reshaper = Reshaper::new(formats, self.keep_original);
        if let Some(path) = &self.catalog {
            let named = || path.display().to_string();
            let prepared = Prepared::from_file(path).with_context(named)?;
            for problem in &prepared.problems {
                tell(&format!("{}: left out: {problem}", named()));
            }
            reshaper.use_catalog(prepared.names, prepared.formats);
        }
        Ok(reshaper)
    }
}

fn account(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("an account id has twelve digits".to_owned())
    }
}

fn format(text: &str) -> Result<String, FormatError> {
    Formats::for_all(text).map(|_| text.to_owned())
}
