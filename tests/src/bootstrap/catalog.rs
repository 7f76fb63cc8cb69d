//! An organization whose catalog `bootstrap` writes to a bucket.

use ::catalog::Catalog;
use anyhow::Context;

use super::{SOURCES, Scene};
use crate::catalog::get;

/// The bucket, in the logging account.
pub const BUCKET: &str = "tributary-catalog";

/// The catalog's key.
pub const KEY: &str = "catalog.json";

impl Scene {
    /// An organization with a bucket for the catalog, and a configuration that names it; `more`
    /// stands in `[catalog]`.
    ///
    /// # Errors
    /// As [`Scene::new`].
    pub async fn with_catalog(more: &str) -> anyhow::Result<Self> {
        let scene = Self::new().await?;
        let logging = &scene.organization.logging.id;
        scene.aws.create_bucket(logging, BUCKET).await?;
        scene.configure_catalog(more, SOURCES)?;
        Ok(scene)
    }

    /// Writes the configuration anew: more lines of `[catalog]`, and the sources.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn configure_catalog(&self, more: &str, sources: &str) -> anyhow::Result<()> {
        let catalog = format!("[catalog]\nlocation = \"s3://{BUCKET}/{KEY}\"\n{more}");
        self.configure("", &format!("{sources}\n{catalog}"))
    }

    /// What is where the catalog should be.
    ///
    /// # Errors
    /// When S3 refuses it.
    pub async fn stored(&self) -> anyhow::Result<Option<Vec<u8>>> {
        get(&self.aws, &self.organization.logging.id, BUCKET, KEY).await
    }

    /// The catalog.
    ///
    /// # Errors
    /// When there is none, or something else.
    pub async fn catalog(&self) -> anyhow::Result<Catalog> {
        let text = self.stored().await?.context("there is no catalog")?;
        Ok(Catalog::from_json(&text)?)
    }
}
