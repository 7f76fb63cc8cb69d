//! What the search cluster has to know about the documents: detect what it is, hold what stands there
//! against what belongs there, put what is missing, take it away again.

mod answer;
mod auth;
mod client;
mod compare;
mod dashboards;
mod decide;
mod endpoint;
mod error;
mod lifecycle;
mod multipart;
mod objects;
mod product;
mod remedy;
mod replicas;
mod saved_objects;
mod standing;

pub use auth::Auth;
pub use client::{Client, certificates};
pub use dashboards::{Dashboards, SavedObjects};
pub use decide::{Decision, Wish, decide};
pub use endpoint::Endpoint;
pub use error::SearchError;
pub use lifecycle::{Ages, Days};
pub use objects::{Kind, Object, POLICY, SETTINGS, Shape, objects};
pub use product::{Dialect, Product, detect};
pub use replicas::Replicas;
pub use standing::{Found, State, find, put, remove};

/// Where Firehose has to send documents: the pipeline moves each to the index of its dataset and day.
pub const INDEX: &str = "tributary";
