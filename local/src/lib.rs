//! One machine's stand-ins for the demo and the tests: AWS, `CloudWatch Logs`' delivery, Firehose, OpenSearch.

pub mod aws;
pub mod cloudwatch;
pub mod firehose;
pub mod function;
pub mod http;
pub mod kpl;
pub mod layout;
pub mod ministack;
pub mod moto;
pub mod opensearch;
pub mod process;
