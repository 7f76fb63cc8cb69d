//! The way of one message: recognised, read as its dataset, written; or written as it is, with the
//! reason why it couldn't be read.

use crate::dataset::Dataset;
use crate::document::Cells;
use crate::document::common::Context;
use crate::flow_logs::Format;
use crate::json::Level;
use crate::recognise::{Recognised, has_no_findings, recognise};
use crate::reshape::Written;
use crate::user_agent::Recent;
use crate::{cloudtrail, flow_logs, guardduty, plain};

/// One event on its way to a document.
pub(crate) struct Writer<'w, 'a, 's> {
    pub(crate) context: Context<'a>,
    /// The format of the log group, where that is known.
    pub(crate) format: Option<&'w Format>,
    pub(crate) default: &'w Format,
    pub(crate) cells: &'w mut Cells<'a, 's>,
    pub(crate) tokens: &'w mut Vec<&'a [u8]>,
    pub(crate) agents: &'w mut Recent,
    /// Whether the message that is read has spaces in place of other characters.
    pub(crate) is_changed: bool,
}

impl<'a> Writer<'_, 'a, '_> {
    /// Appends the document of `message`, of level `L`, to `out`.
    pub(crate) fn write<L: Level>(&mut self, message: &'a [u8], out: &mut Vec<u8>) -> Written {
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
