//! The way of an event through the Firehose transformation Lambda, in the order of its modules.
//!
//! [`event`] in, [`payload`] (base64, gunzip), [`envelope`] (the CloudWatch Logs JSON), [`reshape`]
//! (which dataset, one parser each, one ECS document), [`answer`] under its budget, [`put_back`]
//! of what doesn't fit, [`metrics`].

pub mod accounts;
pub mod answer;
pub mod catalog;
pub mod cloudtrail;
pub mod dataset;
mod delivery;
pub mod document;
pub mod documents_to;
pub mod envelope;
pub mod event;
pub mod finished;
pub mod flow_logs;
pub mod guardduty;
pub mod gunzip;
pub mod gzip_member;
pub mod invocation;
pub mod json;
mod message;
pub mod metrics;
pub mod outcome;
pub mod payload;
pub mod plain;
pub mod put_back;
pub mod recognise;
pub mod reshape;
pub mod service;
pub mod settings;
pub mod streams;
pub mod tally;
pub mod user_agent;
