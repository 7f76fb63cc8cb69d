//! The built `bootstrap` over an organization in a stand-in.

pub mod canary;
mod catalog;
mod cloud;
pub mod flow_logs;
pub mod least_privilege;
mod program;
pub mod scale;
mod scene;
mod second;
mod state;
pub mod trust;
mod world;

pub use catalog::{BUCKET, KEY};
pub use cloud::{CloudScene, LOGGING};
pub use program::{Bootstrap, Ran, alone};
pub use scene::{REGION, SOURCES, Scene};
pub use second::{SECOND_MANAGEMENT, Second, between};
pub use state::{State, difference};
pub use world::{dump, summary_of};
