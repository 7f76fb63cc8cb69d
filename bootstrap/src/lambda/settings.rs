//! The function's environment variables.

use std::path::Path;
use std::sync::Arc;

use aws_config::SdkConfig;
use catalog::Location;

use super::Failure;
use crate::aws::objects::{AwsObjects, Objects};
use crate::config::Config;

/// Holds the configuration: its text, `s3://BUCKET/KEY`, or a file's path.
pub const CONFIG: &str = "TRIBUTARY_CONFIG";

/// `true`: what is too much is removed; left out or `false`: it is told.
const REMOVE: &str = "TRIBUTARY_REMOVE";

/// What the function was set up with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Checked anew for each event, so that a changed object in S3 counts from the next one on.
    pub config: Arc<Config>,
    /// Whether what is too much is removed.
    pub remove: bool,
}

impl Settings {
    /// Reads the environment, and the configuration from where it says.
    ///
    /// # Errors
    /// When a variable is missing or wrong, or the configuration can't be read or used.
    pub async fn read(sdk: &SdkConfig) -> Result<Self, Failure> {
        let remove = match variable(REMOVE).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                let text = format!("{REMOVE} is {other:?}: write true or false");
                return Err(Failure::Settings(text));
            }
        };
        let Some(text) = variable(CONFIG) else {
            let remedy = "set it to the text of tributary.toml, to s3://BUCKET/KEY, or to a file's path in the package";
            return Err(Failure::Settings(format!("{CONFIG} is not set: {remedy}")));
        };
        let config = Arc::new(configuration(&text, sdk).await?);
        Ok(Self { config, remove })
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

async fn configuration(text: &str, sdk: &SdkConfig) -> Result<Config, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::Settings(format!("{CONFIG}: {error}"));
    if text.starts_with("s3://") {
        let Ok(Location::Object { bucket, key }) = Location::parse(text) else {
            return Err(wrong(&format!(
                "{text:?} is no object: write s3://BUCKET/KEY"
            )));
        };
        let place = "the function's own account".to_owned();
        let own_endpoint = sdk.endpoint_url().is_some();
        let client = aws_sdk_s3::config::Builder::from(sdk).force_path_style(own_endpoint);
        let client = aws_sdk_s3::Client::from_conf(client.build());
        let objects = AwsObjects { client, place };
        let Some(object) = objects.get(&bucket, &key).await? else {
            return Err(wrong(&format!(
                "there is no object {text}: upload tributary.toml"
            )));
        };
        let found = String::from_utf8_lossy(&object.body).into_owned();
        return Config::parse(&found).map_err(|error| wrong(&format!("{text}: {error}")));
    }
    // No path holds one, and every configuration does.
    if text.contains('[') {
        return Config::parse(text).map_err(|error| wrong(&error));
    }
    Config::load(Path::new(text)).map_err(|error| wrong(&error))
}
