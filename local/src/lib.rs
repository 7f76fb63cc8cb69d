//! One machine's stand-ins for the demo and the tests: AWS, `CloudWatch Logs`' delivery, Firehose, OpenSearch.

pub mod aws;
pub mod cloud;
pub mod cloudwatch;
pub mod corpus;
pub mod dashboards;
pub mod dashboards_server;
pub mod demo;
pub mod fault_proxy;
pub mod firehose;
pub mod function;
pub mod http;
mod http_server;
pub mod kpl;
pub mod layout;
pub mod ministack;
pub mod moto;
pub mod opensearch;
pub mod organization;
pub mod process;
pub mod resources;
pub mod runtime_api;
pub mod search_endpoint;
pub mod search_gate;
mod wildcard;
