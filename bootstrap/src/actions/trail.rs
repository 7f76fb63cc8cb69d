//! The log group that a trail delivers to.

use serde::{Deserialize, Serialize};

use super::{Act, Outcome, Sign, Site};
use crate::aws::trails::Trail;
use crate::aws::{Answer, AwsError};

/// Has a trail that delivers to no log group deliver to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SetTrailLogGroup {
    /// ARN of the trail.
    pub trail: String,
    /// The log group.
    pub log_group: String,
    /// ARN of the log group, with `:*`.
    pub log_group_arn: String,
    /// ARN of the role that it delivers as.
    pub role_arn: String,
}

impl Act for SetTrailLogGroup {
    fn sign(&self) -> Sign {
        Sign::Change
    }

    fn summary(&self) -> String {
        let name = name_of(&self.trail);
        format!(
            "trail {name}: delivers to the log group {} too",
            self.log_group
        )
    }

    fn undo(&self) -> String {
        let name = name_of(&self.trail);
        format!("`destroy` has the trail {name} deliver to no log group, as before")
    }

    fn log_group(&self) -> Option<&str> {
        Some(&self.log_group)
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let Some(trail) = find(site, &self.trail).await? else {
                return Ok(Outcome::Gone);
            };
            match trail.log_group_arn {
                Some(there) if there == self.log_group_arn => return Ok(Outcome::Done),
                Some(there) => return Err(delivers_elsewhere(&self.trail, &there)),
                None => {}
            }
            let trails = site.session.trails(&site.region);
            let set = || trails.set_log_group(&self.trail, &self.log_group_arn, &self.role_arn);
            let passes = |error: &AwsError| {
                site.passes(error) || (site.fresh && error.is_trail_role_refused())
            };
            let what = format!("the trail {}", name_of(&self.trail));
            site.retry.until_ready(&what, passes, set).await?;
            Ok(Outcome::Done)
        })
    }
}

/// Has a trail deliver to no log group any more, where it delivers to ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnsetTrailLogGroup {
    /// ARN of the trail.
    pub trail: String,
    /// ARN of the role that it delivers as, which makes it ours.
    pub role_arn: String,
}

impl Act for UnsetTrailLogGroup {
    fn sign(&self) -> Sign {
        Sign::Change
    }

    fn summary(&self) -> String {
        let name = name_of(&self.trail);
        format!("trail {name}: delivers to no log group, as before; to S3 as ever")
    }

    fn undo(&self) -> String {
        "`apply` has it deliver to the log group again".to_owned()
    }

    fn run<'a>(&'a self, site: &'a Site) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let Some(trail) = find(site, &self.trail).await? else {
                return Ok(Outcome::Gone);
            };
            match (trail.role_arn, trail.log_group_arn) {
                (None, None) => return Ok(Outcome::Gone),
                (Some(role), _) if role == self.role_arn => {}
                (_, there) => {
                    return Err(delivers_elsewhere(&self.trail, &there.unwrap_or_default()));
                }
            }
            let trails = site.session.trails(&site.region);
            trails.set_log_group(&self.trail, "", "").await?;
            Ok(Outcome::Done)
        })
    }
}

/// The trail as it is this moment.
async fn find(site: &Site, arn: &str) -> Result<Option<Trail>, AwsError> {
    let trails = site.session.trails(&site.region).trails().await?;
    Ok(trails.into_iter().find(|trail| trail.arn == arn))
}

fn delivers_elsewhere(trail: &str, there: &str) -> AwsError {
    let message = format!("it delivers to {there} by now, which isn't ours and stays as it is");
    let place = format!("the trail {}", name_of(trail));
    AwsError::new("DescribeTrails", &place, "", &message)
}

/// The last part of a trail's ARN.
fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
