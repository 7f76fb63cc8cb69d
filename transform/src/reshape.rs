//! One log event in, one ECS document out.

use crate::catalog::Names;
use crate::dataset::Dataset;
use crate::document::common::Context;
use crate::document::{Cells, Scratch};
use crate::envelope::{Envelope, LogEvent};
use crate::flow_logs::{CatalogFormats, Format, Formats};
use crate::json::{Escaped, Level, Plain, blank_controls, unescape_into};
use crate::recognise::{Recognised, has_no_findings, recognise};
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
    scratch: Scratch,
    /// A message without its outer escapes, where they are unusual.
    message: Vec<u8>,
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

    /// Begins the events of one envelope.
    pub fn batch<'a>(&'a mut self, envelope: &Envelope<'a>) -> Batch<'a> {
        Batch {
            source: Source {
                owner: envelope.owner,
                log_group: envelope.log_group,
                log_stream: envelope.log_stream,
                formats: &self.formats,
                names: self.names.as_ref(),
                keep_original: self.keep_original,
            },
            cells: Cells::new(&mut self.scratch),
            tokens: Vec::new(),
            agents: &mut self.agents,
            message: &mut self.message,
        }
    }

    /// [`Batch::document`] of a single event.
    pub fn document(
        &mut self,
        envelope: &Envelope<'_>,
        event: &LogEvent<'_>,
        out: &mut Vec<u8>,
    ) -> Written {
        self.batch(envelope).document(event, out)
    }
}

/// Turns the events of one envelope into documents.
#[derive(Debug)]
pub struct Batch<'a> {
    source: Source<'a>,
    cells: Cells<'a, 'a>,
    tokens: Vec<&'a [u8]>,
    agents: &'a mut Recent,
    message: &'a mut Vec<u8>,
}

impl<'a> Batch<'a> {
    /// Appends the document of `event` to `out`: one line of JSON without the line end.
    pub fn document(&mut self, event: &LogEvent<'a>, out: &mut Vec<u8>) -> Written {
        let source = &self.source;
        let context = source.context(event);
        let format = source
            .formats
            .of(context.sender(), event.region, source.log_group);
        if event.plainly_escaped {
            let mut writer = Writer {
                context,
                format,
                default: source.formats.default_format(),
                cells: &mut self.cells,
                tokens: &mut self.tokens,
                agents: self.agents,
                is_changed: false,
            };
            return writer.write::<Escaped>(event.message, out);
        }
        self.message.clear();
        unescape_into(self.message, event.message);
        // As between the parts of JSON; the message itself is copied from the envelope.
        let is_changed = self.message.iter().any(|byte| is_no_text(*byte));
        blank_controls(self.message);
        let mut writer = Writer {
            context,
            format,
            default: source.formats.default_format(),
            cells: &mut self.cells.for_another_text(),
            tokens: &mut Vec::new(),
            agents: self.agents,
            is_changed,
        };
        writer.write::<Plain>(self.message, out)
    }
}

/// Whether a byte is a control character that isn't white space either.
fn is_no_text(byte: u8) -> bool {
    byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// What is known of all events of an envelope.
#[derive(Debug)]
struct Source<'a> {
    owner: &'a [u8],
    log_group: &'a [u8],
    log_stream: &'a [u8],
    formats: &'a Formats,
    names: Option<&'a Names>,
    keep_original: bool,
}

impl<'a> Source<'a> {
    fn context(&self, event: &LogEvent<'a>) -> Context<'a> {
        Context {
            owner: self.owner,
            account: event.account,
            region: event.region,
            log_group: self.log_group,
            log_stream: self.log_stream,
            id: event.id,
            timestamp: event.timestamp,
            message: event.message,
            keep_original: self.keep_original,
            names: self.names,
        }
    }
}

/// One event on its way to a document.
struct Writer<'w, 'a, 's> {
    context: Context<'a>,
    /// The format of the log group, where that is known.
    format: Option<&'w Format>,
    default: &'w Format,
    cells: &'w mut Cells<'a, 's>,
    tokens: &'w mut Vec<&'a [u8]>,
    agents: &'w mut Recent,
    /// Whether the message that is read has spaces in place of other characters.
    is_changed: bool,
}

impl<'a> Writer<'_, 'a, '_> {
    fn write<L: Level>(&mut self, message: &'a [u8], out: &mut Vec<u8>) -> Written {
        let start = out.len();
        let Some(way) = self.way::<L>(message) else {
            return Written::Nothing;
        };
        let dataset = way.dataset();
        let Err(error) = self.document::<L>(way, message, out) else {
            return Written::Document(dataset);
        };
        out.truncate(start);
        self.cells.begin(plain::FIELDS.len());
        plain::write(&self.context, dataset, Some(&error), self.cells, out);
        Written::PipelineError(dataset)
    }

    /// How a message of level `L` is read; `None` where it holds nothing to document.
    fn way<L: Level>(&mut self, message: &'a [u8]) -> Option<Way> {
        match recognise::<L>(message) {
            Recognised::Object(dataset) => Some(Way::Object(dataset)),
            Recognised::Line => Some(self.line(message)),
            Recognised::OtherObject(Some(inner)) if self.is_wrapped(inner) => {
                let is_header = flow_logs::is_header(self.tokens);
                Some(if is_header { Way::Plain } else { Way::Wrapped })
            }
            Recognised::OtherObject(None) if has_no_findings::<L>(message) => None,
            Recognised::OtherObject(_) if self.format.is_some() => Some(Way::NoLine),
            Recognised::OtherObject(_) => Some(Way::Plain),
        }
    }

    /// A line of a flow log in its configured or the default format, or any other text.
    fn line(&mut self, line: &'a [u8]) -> Way {
        let configured = self.format.is_some();
        if !configured && line.trim_ascii_start().first() != Some(&b'2') {
            return Way::Plain;
        }
        flow_logs::tokens(line, self.tokens);
        let is_line = if configured {
            !flow_logs::is_header(self.tokens)
        } else {
            flow_logs::looks_like_default(self.tokens)
        };
        if is_line { Way::Line } else { Way::Plain }
    }

    /// Whether the text inside of an object is a line of a flow log.
    fn is_wrapped(&mut self, line: &'a [u8]) -> bool {
        if flow_logs::has_special(line) {
            return false;
        }
        flow_logs::tokens(line, self.tokens);
        match self.format {
            Some(format) => self.tokens.len() == format.fields(),
            None => flow_logs::looks_like_default(self.tokens),
        }
    }

    /// Appends the document of a message, or says why the message can't be read.
    fn document<L: Level>(
        &mut self,
        way: Way,
        message: &'a [u8],
        out: &mut Vec<u8>,
    ) -> Result<(), String> {
        let (context, cells) = (&self.context, &mut *self.cells);
        let agents = &mut *self.agents;
        cells.begin(way.rows());
        cells.incomplete = self.is_changed && way.dataset() != Dataset::Plain;
        match way {
            Way::Object(Dataset::CloudTrail) => {
                cloudtrail::write::<L>(message, context, cells, agents, out)
                    .map_err(|error| error.to_string())
            }
            Way::Object(Dataset::GuardDuty) => {
                guardduty::write::<L>(message, context, cells, agents, out)
                    .map_err(|error| error.to_string())
            }
            Way::Object(Dataset::FlowLogs) => {
                flow_logs::write_object::<L>(message, context, cells, out)
                    .map_err(|error| error.to_string())
            }
            Way::Line | Way::Wrapped => {
                // What else stands in the wrapper is kept with the original.
                cells.incomplete |= matches!(way, Way::Wrapped);
                let format = self.format.unwrap_or(self.default);
                flow_logs::write::<L>((message, self.tokens), format, context, cells, out)
                    .map_err(|error| error.to_string())
            }
            Way::NoLine => Err(flow_logs::NoLine.to_string()),
            Way::Object(Dataset::Plain) | Way::Plain => {
                plain::write(context, Dataset::Plain, None, cells, out);
                Ok(())
            }
        }
    }
}

/// How a message is read.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// As a JSON object of this dataset.
    Object(Dataset),
    /// As a line of a flow log, whose fields are known.
    Line,
    /// As such a line that stands in an object of its own.
    Wrapped,
    /// Not at all: it is an object where lines of a flow log are expected.
    NoLine,
    /// As it is.
    Plain,
}

impl Way {
    fn dataset(self) -> Dataset {
        match self {
            Self::Object(dataset) => dataset,
            Self::Line | Self::Wrapped | Self::NoLine => Dataset::FlowLogs,
            Self::Plain => Dataset::Plain,
        }
    }

    /// Rows of the table.
    fn rows(self) -> usize {
        match self.dataset() {
            Dataset::FlowLogs => flow_logs::FIELDS.len(),
            Dataset::CloudTrail => cloudtrail::FIELDS.len(),
            Dataset::GuardDuty => guardduty::FIELDS.len(),
            Dataset::Plain => plain::FIELDS.len(),
        }
    }
}
