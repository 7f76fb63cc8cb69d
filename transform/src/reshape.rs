//! One log event in, one ECS document out.

use crate::envelope::{Envelope, LogEvent};

/// What a log event was recognised as; the value of `event.dataset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dataset {
    /// VPC flow logs.
    FlowLogs,
    /// CloudTrail events.
    CloudTrail,
    /// GuardDuty findings.
    GuardDuty,
    /// Any other log line.
    Plain,
}

impl Dataset {
    /// All datasets, in the order of [`Dataset::index`].
    pub const ALL: [Self; 4] = [Self::FlowLogs, Self::CloudTrail, Self::GuardDuty, Self::Plain];

    /// The value of `event.dataset`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FlowLogs => "aws.vpcflow",
            Self::CloudTrail => "aws.cloudtrail",
            Self::GuardDuty => "aws.guardduty",
            Self::Plain => "aws.cloudwatch_logs",
        }
    }

    /// Position in [`Dataset::ALL`], for counting.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

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
    _private: (),
}

impl Reshaper {
    /// Appends the document of `event` to `out`: one line of JSON without the line end.
    pub fn document(&mut self, _envelope: &Envelope<'_>, _event: &LogEvent<'_>, _out: &mut Vec<u8>) -> Written {
        Written::Nothing
    }
}
