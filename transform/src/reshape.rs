//! One log event in, one ECS document out.

use crate::catalog::Names;
use crate::dataset::Dataset;
use crate::document::Cells;
use crate::document::common::Context;
use crate::envelope::{Envelope, LogEvent};
use crate::flow_logs::{CatalogFormats, Format, Formats};
use crate::json::{Escaped, Level, Plain, blank_controls, unescape_into};
use crate::recognise::{has_no_findings, recognise};
use crate::user_agent::Recent;
use crate::{cloudtrail, flow_logs, guardduty, plain};

/// What became of one log event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// One document of this dataset was appended.
    Document(Dataset),
    /// The event could not be read as its dataset: a document with `event.kind: pipeline_error`,
    /// the message and the reason was appended.
    PipelineError(Dataset),
    /// The event holds nothing to document (an empty list of findings): nothing was appended.
    Nothing,
}

/// Turns log events into documents; keeps buffers and settings between events.
#[derive(Debug, Default)]
pub struct Reshaper {
    formats: Formats,
    names: Option<Names>,
    keep_original: bool,
    /// A message without its outer escapes, where they are unusual.
    message: Vec<u8>,
    scratch: Scratch,
}

/// What is used for every event again.
#[derive(Debug, Default)]
struct Scratch {
    own: Vec<u8>,
    unmapped: Vec<u8>,
    agents: Recent,
}

impl Reshaper {
    /// With the flow-log formats of the log groups; with `keep_original`, every document carries its
    /// message as `event.original`.
    #[must_use]
    pub fn new(formats: Formats, keep_original: bool) -> Self {
        Self {
            formats,
            keep_original,
            ..Self::default()
        }
    }

    /// Takes what a catalog says, in place of what the last one said.
    pub fn use_catalog(&mut self, names: Names, formats: CatalogFormats) {
        self.names = Some(names);
        self.formats.use_catalog(formats);
    }

    /// Appends the document of `event` to `out`: one line of JSON without the line end.
    pub fn document(
        &mut self,
        envelope: &Envelope<'_>,
        event: &LogEvent<'_>,
        out: &mut Vec<u8>,
    ) -> Written {
        let context = Context {
            owner: envelope.owner,
            account: event.account,
            region: event.region,
            log_group: envelope.log_group,
            log_stream: envelope.log_stream,
            id: event.id,
            timestamp: event.timestamp,
            message: event.message,
            keep_original: self.keep_original,
            names: self.names.as_ref(),
        };
        let writer = Writer {
            context,
            format: self
                .formats
                .of(envelope.owner, event.region, envelope.log_group),
            default: self.formats.default_format(),
        };
        if event.plainly_escaped {
            return writer.write::<Escaped>(event.message, &mut self.scratch, out);
        }
        self.message.clear();
        unescape_into(&mut self.message, event.message);
        // As between the parts of JSON; the message itself is copied from the envelope.
        blank_controls(&mut self.message);
        writer.write::<Plain>(&self.message, &mut self.scratch, out)
    }
}

/// What is known of one event before its message is read.
struct Writer<'a> {
    context: Context<'a>,
    format: Option<&'a Format>,
    default: &'a Format,
}

impl<'a> Writer<'a> {
    fn write<L: Level>(
        &self,
        message: &'a [u8],
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Written {
        let start = out.len();
        let dataset = match recognise::<L>(message) {
            Dataset::Plain if self.format.is_some() && !is_header(message) => Dataset::FlowLogs,
            dataset => dataset,
        };
        if dataset == Dataset::Plain && has_no_findings::<L>(message) {
            return Written::Nothing;
        }
        let Scratch {
            own,
            unmapped,
            agents,
        } = scratch;
        let mut cells = Cells::new(rows(dataset), own, unmapped);
        let Err(error) = self.document::<L>(dataset, message, &mut cells, agents, out) else {
            return Written::Document(dataset);
        };
        out.truncate(start);
        let mut cells = Cells::new(plain::FIELDS.len(), own, unmapped);
        plain::write(&self.context, dataset, Some(&error), &mut cells, out);
        Written::PipelineError(dataset)
    }

    /// Appends the document of `dataset`, or says why the message is none of it.
    fn document<L: Level>(
        &self,
        dataset: Dataset,
        message: &'a [u8],
        cells: &mut Cells<'a, '_>,
        agents: &mut Recent,
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        match dataset {
            Dataset::CloudTrail => {
                cloudtrail::write::<L>(message, &self.context, cells, agents, out)
                    .map_err(|error| error.to_string())
            }
            Dataset::GuardDuty => guardduty::write::<L>(message, &self.context, cells, agents, out)
                .map_err(|error| error.to_string()),
            Dataset::FlowLogs => {
                let format = self.format.unwrap_or(self.default);
                flow_logs::write::<L>(message, format, &self.context, cells, out)
                    .map_err(|error| error.to_string())
            }
            Dataset::Plain => {
                plain::write(&self.context, dataset, None, cells, out);
                Ok(())
            }
        }
    }
}

/// Rows of the table of a dataset.
fn rows(dataset: Dataset) -> usize {
    match dataset {
        Dataset::FlowLogs => flow_logs::FIELDS.len(),
        Dataset::CloudTrail => cloudtrail::FIELDS.len(),
        Dataset::GuardDuty => guardduty::FIELDS.len(),
        Dataset::Plain => plain::FIELDS.len(),
    }
}

/// Whether a line only names the fields of the format that follows.
fn is_header(line: &[u8]) -> bool {
    let mut names = flow_logs::tokens(line).peekable();
    names.peek().is_some()
        && names.all(|name| {
            std::str::from_utf8(name).is_ok_and(|name| {
                flow_logs::FIELDS
                    .iter()
                    .any(|row| row.source == name && !name.is_empty())
            })
        })
}
