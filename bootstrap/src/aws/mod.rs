//! AWS as this program needs it: one narrow trait per service, with our own types in and out. The
//! adapters on the SDK stand beside their trait; nothing else in the program sees the SDK.

pub mod account_policies;
mod assumed;
pub mod canary_logs;
pub mod ec2;
pub mod error;
pub mod events;
pub mod iam;
mod iam_document;
pub mod kinesis;
pub mod log_groups;
pub mod logs;
pub mod objects;
pub mod organizations;
pub mod pace;
pub mod pages;
pub mod records;
pub mod sessions;
pub mod sts;
pub mod trails;

use std::future::Future;
use std::pin::Pin;

pub use error::AwsError;
pub use pages::{Page, all_pages};

/// The answer of a service: a future, so that the traits can stand behind a pointer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, AwsError>> + Send + 'a>>;
