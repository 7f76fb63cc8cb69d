//! The catalog that the function reads names and formats from.

use catalog::{Catalog, Location};
use serde::{Deserialize, Serialize};

use super::{Act, Outcome, Sign, Site, put};
use crate::aws::{Answer, AwsError};
use crate::catalog_place::{Found, Place};

/// Writes the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WriteCatalog {
    /// Where it is: `s3://…`, or a file's path.
    pub location: String,
    /// Region in which S3 is asked first.
    pub region: String,
    /// What it is to say.
    #[cfg_attr(test, schemars(with = "serde_json::Value"))]
    pub catalog: Catalog,
    /// What is different from the one that is there, for people; nothing where there is none.
    pub changes: Option<String>,
}

/// Deletes a catalog that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeleteCatalog {
    /// Where it is.
    pub location: String,
    /// Region in which S3 is asked first.
    pub region: String,
    /// What makes it ours.
    pub owner: String,
}

impl Act for WriteCatalog {
    fn sign(&self) -> Sign {
        put::sign(self.changes.as_ref())
    }

    fn summary(&self) -> String {
        let Self {
            location,
            catalog,
            changes,
            ..
        } = self;
        match changes {
            Some(changes) => format!("catalog {location}: {changes}"),
            None => format!("catalog {location}: {}", contents(catalog)),
        }
    }

    fn undo(&self) -> String {
        match self.changes {
            None => format!("`destroy` deletes the catalog {}", self.location),
            Some(_) => format!(
                "the catalog {} as it was isn't kept here: take it from the versions of the bucket or from a copy",
                self.location
            ),
        }
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let place = place(site, &self.location, &self.region)?;
            let found = place.look(&self.catalog.created_by).await?;
            match &found {
                Found::Foreign(reason) => return Err(not_ours(&self.location, reason)),
                Found::Ours(there, _) if there.says_the_same(&self.catalog) => {
                    return Ok(Outcome::Done);
                }
                Found::Ours(..) | Found::Nothing => {}
            }
            let now = Catalog {
                generated_at: Some(
                    jiff::Timestamp::now()
                        .strftime("%Y-%m-%dT%H:%M:%SZ")
                        .to_string(),
                ),
                ..self.catalog.clone()
            };
            place.write(&now, &found).await?;
            Ok(Outcome::Done)
        })
    }
}

impl Act for DeleteCatalog {
    fn sign(&self) -> Sign {
        Sign::Remove
    }

    fn summary(&self) -> String {
        format!(
            "catalog {}: documents have no account names from then on",
            self.location
        )
    }

    fn undo(&self) -> String {
        format!("`apply` writes the catalog {} again", self.location)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let place = place(site, &self.location, &self.region)?;
            match place.look(&self.owner).await? {
                Found::Nothing => Ok(Outcome::Gone),
                Found::Foreign(reason) => Err(not_ours(&self.location, &reason)),
                Found::Ours(_, etag) => {
                    place.delete(&self.owner, &etag).await?;
                    Ok(Outcome::Done)
                }
            }
        })
    }
}

/// What a catalog holds, in numbers.
fn contents(catalog: &Catalog) -> String {
    use crate::output::counted;
    let accounts = counted(catalog.accounts.len(), "account");
    match catalog.flow_log_formats.len() {
        0 => accounts,
        formats => format!(
            "{accounts}, {}",
            counted(formats, "entry of flow-log formats")
        ),
    }
}

fn place(site: &Site, location: &str, region: &str) -> Result<Place, AwsError> {
    let location = Location::parse(location)
        .map_err(|error| AwsError::new("the catalog", location, "", &error.to_string()))?;
    Ok(Place::new(&location, &site.session, region))
}

fn not_ours(location: &str, reason: &str) -> AwsError {
    let message = format!("{reason}, so it isn't ours and stays as it is");
    AwsError::new("the catalog", location, "", &message)
}
