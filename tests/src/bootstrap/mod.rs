//! The built `bootstrap` over an organization in a stand-in.

mod catalog;
mod cloud;
mod program;
mod scene;
mod world;

pub use catalog::{BUCKET, KEY};
pub use cloud::{CloudScene, LOGGING};
pub use program::{Bootstrap, Ran};
pub use scene::{REGION, SOURCES, Scene};
pub use world::dump;
