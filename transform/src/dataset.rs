//! The datasets that log events belong to.

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
    pub const ALL: [Self; 4] = [
        Self::FlowLogs,
        Self::CloudTrail,
        Self::GuardDuty,
        Self::Plain,
    ];

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

    /// The value of `event.dataset` as JSON text.
    pub(crate) const fn json_name(self) -> &'static str {
        match self {
            Self::FlowLogs => "\"aws.vpcflow\"",
            Self::CloudTrail => "\"aws.cloudtrail\"",
            Self::GuardDuty => "\"aws.guardduty\"",
            Self::Plain => "\"aws.cloudwatch_logs\"",
        }
    }

    /// Position in [`Dataset::ALL`], for counting.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}
