//! The central account as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::aws::iam::Role;
use crate::aws::kinesis::Stream;
use crate::aws::logs::Destination;
use crate::aws::sessions::Session;
use crate::aws::{AwsError, all_pages};
use crate::catalog_place::{Found, Place};
use crate::desired::Desired;

/// What is where the catalog should be, or why that can't be told.
pub type ObservedCatalog = Result<Found, AwsError>;

/// What there is of the stream, its role and its destinations.
#[derive(Debug, Clone, Default)]
pub struct CentralObserved {
    /// The stream by the configured name.
    pub stream: Option<Stream>,
    /// The role by the name that we give to the delivery role.
    pub delivery_role: Option<Role>,
    /// Destinations by the configured name, by region.
    pub destinations: BTreeMap<String, Destination>,
    /// ARNs of other destinations that lead to the same stream.
    pub others_on_stream: Vec<String>,
    /// The catalog, where one is configured.
    pub catalog: Option<ObservedCatalog>,
}

/// Reads the central account.
///
/// # Errors
/// The service's, when something can't be read.
pub async fn observe_central(
    session: &Arc<dyn Session>,
    desired: &Desired,
) -> Result<CentralObserved, AwsError> {
    let central = &desired.config.central;
    let mut observed = CentralObserved {
        stream: session
            .kinesis(&central.region)
            .stream(&central.stream)
            .await?,
        delivery_role: session.iam().role(&desired.names.delivery_role()).await?,
        ..CentralObserved::default()
    };
    if let Some(settings) = &desired.config.catalog {
        // What is wrong with it keeps nobody from sending.
        let place = Place::new(&settings.location, session, &central.region);
        observed.catalog = Some(place.look(desired.names.owner()).await);
    }
    let regions: BTreeSet<_> = desired
        .config
        .organization
        .regions
        .iter()
        .chain([&central.region])
        .collect();
    for region in regions {
        let logs = session.logs(region);
        let destinations = all_pages(|token| logs.destinations(token)).await;
        let destinations = destinations.map_err(|error| explain_disabled(error, region))?;
        for destination in destinations {
            if destination.arn == desired.names.destination_arn(region) {
                observed.destinations.insert(region.clone(), destination);
            } else if destination.target_arn == desired.names.stream_arn() {
                observed.others_on_stream.push(destination.arn);
            }
        }
    }
    Ok(observed)
}

/// A region that isn't enabled in the central account can't have a destination, and without one no log
/// group there can send.
fn explain_disabled(error: AwsError, region: &str) -> AwsError {
    if !error.is_region_disabled() {
        return error;
    }
    error.advised(&format!(
        " The region {region} isn't enabled in the central account: enable it there (account settings, AWS Regions), \
         or take it out of organization.regions"
    ))
}
