//! CloudTrail: trails, and the log group that they deliver to.

use aws_sdk_cloudtrail::Client;

use super::{Answer, AwsError};

/// What `bootstrap` asks of CloudTrail.
pub trait Trails: Send + Sync {
    /// The trails that are seen in the region, those of all regions among them.
    fn trails(&self) -> Answer<'_, Vec<Trail>>;
    /// Has a trail deliver to a log group, as a role; to none with two empty texts. To be asked in the
    /// trail's home region.
    fn set_log_group<'a>(
        &'a self,
        trail_arn: &'a str,
        log_group_arn: &'a str,
        role_arn: &'a str,
    ) -> Answer<'a, ()>;
}

/// A trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The region that it was created in.
    pub home_region: String,
    /// Whether it is of the whole organization.
    pub of_organization: bool,
    /// ARN of the log group that it delivers to, with `:*`.
    pub log_group_arn: Option<String>,
    /// ARN of the role that it delivers as.
    pub role_arn: Option<String>,
}

/// The service by the SDK.
pub struct AwsTrails {
    /// Client of one account and region.
    pub client: Client,
    /// That account and region, for messages.
    pub place: String,
}

impl Trails for AwsTrails {
    fn trails(&self) -> Answer<'_, Vec<Trail>> {
        Box::pin(async move {
            let answer = self.client.describe_trails().send().await;
            let answer = answer
                .map_err(|error| AwsError::from_sdk("DescribeTrails", &self.place, &error))?;
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let some = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
            let trails = answer.trail_list().iter().map(|trail| Trail {
                arn: text(trail.trail_arn()),
                name: text(trail.name()),
                home_region: text(trail.home_region()),
                of_organization: trail.is_organization_trail() == Some(true),
                log_group_arn: some(trail.cloud_watch_logs_log_group_arn()),
                role_arn: some(trail.cloud_watch_logs_role_arn()),
            });
            Ok(trails.collect())
        })
    }

    fn set_log_group<'a>(
        &'a self,
        trail_arn: &'a str,
        log_group_arn: &'a str,
        role_arn: &'a str,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = self
                .client
                .update_trail()
                .name(trail_arn)
                .cloud_watch_logs_log_group_arn(log_group_arn)
                .cloud_watch_logs_role_arn(role_arn);
            let answer = request.send().await;
            answer.map_err(|error| AwsError::from_sdk("UpdateTrail", &self.place, &error))?;
            Ok(())
        })
    }
}

impl AwsError {
    /// CloudTrail can't use the log group or its role: right after they were made this means "not yet".
    pub fn is_trail_role_refused(&self) -> bool {
        matches!(
            self.code(),
            "InvalidCloudWatchLogsRoleArnException" | "InvalidCloudWatchLogsLogGroupArnException"
        )
    }
}
