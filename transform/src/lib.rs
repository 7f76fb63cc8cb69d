//! The way of an event through the Firehose transformation Lambda, in the order of its modules.
//!
//! [`event`] in, [`payload`] (base64, gunzip), [`envelope`] (the CloudWatch Logs JSON), [`reshape`]
//! (which dataset, one parser each, one ECS document), [`answer`] under its budget, [`put_back`]
//! of what doesn't fit, [`metrics`].

pub mod envelope;
pub mod reshape;
