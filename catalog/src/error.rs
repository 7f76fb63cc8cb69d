//! What can be wrong with a catalog; every message names the remedy.

use crate::{KIND, MAX_BYTES, VERSION};

/// A file that can't be read as a catalog.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Larger than [`MAX_BYTES`].
    #[error(
        "it has more than {MAX_BYTES} bytes: keep fewer tags in it (catalog.tags in tributary.toml)"
    )]
    TooLarge,
    /// Not JSON, or JSON that is no catalog.
    #[error(
        "it is no catalog of Tributary (it lacks \"kind\": \"{KIND}\"): name the one that bootstrap writes"
    )]
    NoCatalog,
    /// A catalog of a version that this program doesn't know.
    #[error(
        "it is a catalog of version {0}, this program reads version {VERSION}: use the same release of bootstrap and transform"
    )]
    Version(u64),
    /// A catalog that is damaged.
    #[error("it is a damaged catalog ({0}): let bootstrap write it anew, or correct it")]
    Damaged(serde_json::Error),
}

/// A catalog that would be larger than its readers take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the catalog would have {0} bytes, its readers take {MAX_BYTES}: keep fewer tags in it (catalog.tags in tributary.toml)"
)]
pub struct TooLarge(pub usize);
