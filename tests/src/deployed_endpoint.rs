//! The delivery to an HTTP endpoint as `central.yaml` deployed it.

use std::time::Duration;

use anyhow::{Context, ensure};
use local::firehose::{Bucket, Destination, Endpoint, Settings};
use local::search_endpoint::Expected;
use serde_json::{Value, json};

use crate::deployed::{Deployed, SHORTLY, text};
use crate::template::template;

/// Two hours of tries are that long here, and the pauses between them in proportion.
const RETRY_FOR: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The described delivery, and what of it the stand-in for Firehose's own API leaves out and the template
/// says.
pub struct Described {
    /// The address.
    pub url: String,
    /// The access key.
    pub access_key: Option<String>,
    source: Value,
    size_in_mbs: usize,
    configured: Value,
}

impl Described {
    /// The path of the address, with its query.
    #[must_use]
    pub fn path(&self) -> &str {
        let address = self.url.trim_start_matches("https://");
        address.find('/').map_or("/", |at| &address[at..])
    }

    /// Whether requests are compressed.
    #[must_use]
    pub fn gzip(&self) -> bool {
        self.configured["RequestConfiguration"]["ContentEncoding"] == "GZIP"
    }
}

impl Deployed<'_> {
    /// The delivery stream to an HTTP endpoint, as it was described. No description tells the access key:
    /// `key` is the parameter that the template takes for it.
    ///
    /// # Errors
    /// When it isn't there, or not of the kind that this reads.
    pub fn described_endpoint(&self, name: &str, key: &str) -> anyhow::Result<Described> {
        let what = json!({"DeliveryStreamName": name});
        let answer = self.ask("firehose", "describe_delivery_stream", &what)?;
        let described = &answer["DeliveryStreamDescription"];
        let to = &described["Destinations"][0]["HttpEndpointDestinationDescription"];
        let endpoint = &to["EndpointConfiguration"];
        let size = &to["BufferingHints"]["SizeInMBs"];
        let configured = template(self.template)?["Resources"]["EndpointDelivery"]["Properties"]
            ["HttpEndpointDestinationConfiguration"]
            .take();
        let takes = &configured["EndpointConfiguration"]["AccessKey"]["Fn::If"];
        ensure!(takes[1] == json!({"Ref": "EndpointKey"}), "{takes}");
        ensure!(to["S3BackupMode"] == "FailedDataOnly", "{to}");
        ensure!(
            configured["RetryOptions"]["DurationInSeconds"] == 7200,
            "{configured}"
        );
        Ok(Described {
            url: text(&endpoint["Url"]),
            access_key: (!key.is_empty()).then(|| key.to_owned()),
            source: described["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"]
                .clone(),
            size_in_mbs: size
                .to_string()
                .trim_matches('"')
                .parse()
                .with_context(|| to.to_string())?,
            configured,
        })
    }

    /// That delivery stream, with the endpoint's host at `at` (`http://127.0.0.1:PORT`).
    ///
    /// # Errors
    /// When its description isn't one.
    pub fn endpoint_delivery(
        &self,
        name: &str,
        described: &Described,
        at: &str,
    ) -> anyhow::Result<Settings> {
        let endpoint = Endpoint {
            access_key: described.access_key.clone(),
            gzip: described.gzip(),
            buffer_bytes: described.size_in_mbs << 20,
            buffer_interval: SHORTLY,
            retry_for: RETRY_FOR,
            first_pause: FIRST_PAUSE,
            ..Endpoint::new(&format!("{at}{}", described.path()))
        };
        let backup = &described.configured["S3Configuration"];
        let bucket = Bucket {
            error_prefix: text(&backup["ErrorOutputPrefix"]),
            buffer_interval: SHORTLY,
            ..Bucket::new(self.output("ArchiveBucket"))
        };
        Ok(Settings {
            aws: self.aws.clone(),
            name: name.to_owned(),
            source: self.address(&described.source)?,
            processor: None,
            destination: Destination::HttpEndpoint(endpoint, bucket),
        })
    }
}

/// What requests of that delivery have to have.
#[must_use]
pub fn expected(described: &Described, settings: &Settings) -> Expected {
    Expected {
        path: described.path().to_owned(),
        access_key: described.access_key.clone(),
        source_arn: settings.arn(),
        gzip: described.gzip(),
    }
}
