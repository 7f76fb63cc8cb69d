//! One log event in, one ECS document out.

use crate::catalog::Names;
use crate::dataset::Dataset;
use crate::document::common::{Context, outer};
use crate::document::{Cell, Cells, Scratch};
use crate::envelope::{Envelope, LogEvent};
use crate::flow_logs::{CatalogFormats, Formats};
use crate::json::{Escaped, Plain, blank_controls, unescape_into};
use crate::message::Writer;
use crate::user_agent::Recent;

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
                origin: [envelope.owner, envelope.log_group, envelope.log_stream].map(outer),
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
    origin: [Cell<'a>; 3],
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
            origin: self.origin,
            id: event.id,
            timestamp: event.timestamp,
            message: event.message,
            keep_original: self.keep_original,
            names: self.names,
        }
    }
}
