//! A template of the logging account, deployed in a stand-in: its resources asked for through their
//! own services, its delivery streams run by our own Firehose as they were described.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use local::aws::Aws;
use local::cloudwatch::routes::StreamAddress;
use local::firehose::{Bucket, Destination, Processor, Search, Settings};
use local::function;
use local::ministack::Ministack;
use local::organization::MANAGEMENT;
use serde_json::{Value, json};

use crate::firehose::{ACCOUNT, REGION};
use crate::template::{Stack, ask, folder};
use crate::with;

mod code;

pub use code::{CODE, RELEASE, add_variables};

/// What waits five minutes in AWS waits that long here.
pub(crate) const SHORTLY: Duration = Duration::from_millis(500);

/// A stand-in with the function's code in the bucket that the templates are told of.
///
/// # Errors
/// When it doesn't start, or the function isn't built.
pub async fn stand_in() -> anyhow::Result<(Ministack, Aws)> {
    let ministack = Ministack::start()?;
    let aws = Aws::new(ministack.endpoint(), REGION).await;
    Deployed::upload(&aws, ACCOUNT).await?;
    Ok((ministack, aws))
}

/// What `central.yaml` needs of the organization, and `more`.
#[must_use]
pub fn central(more: &Value) -> Value {
    let organization = json!({"OrganizationId": "o-abcdefghij", "ManagementAccount": MANAGEMENT});
    with(organization, more)
}

/// A template, deployed.
pub struct Deployed<'a> {
    /// Clients for the stand-in.
    pub aws: &'a Aws,
    /// The logging account.
    pub account: &'a str,
    /// The stack's name.
    pub stack: &'a str,
    /// The template's file.
    pub template: &'a str,
    /// The stack's outputs.
    pub outputs: Value,
}

impl<'a> Deployed<'a> {
    /// What every deployment needs, and `more`.
    #[must_use]
    pub fn parameters(more: &Value) -> Value {
        let code = json!({"CodeBucket": CODE.0, "CodeKey": CODE.1, "Architecture": "x86_64"});
        with(code, more)
    }

    /// Deploys a template.
    ///
    /// # Errors
    /// With the stand-in's reasons.
    pub fn create(
        aws: &'a Aws,
        account: &'a str,
        (template, stack): (&'a str, &'a str),
        parameters: &Value,
    ) -> anyhow::Result<Self> {
        let mut deployed = Self {
            aws,
            account,
            stack,
            template,
            outputs: Value::Null,
        };
        deployed.put("create", parameters)?;
        Ok(deployed)
    }

    /// Deploys it anew, with other parameters.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn update(&mut self, parameters: &Value) -> anyhow::Result<()> {
        self.put("update", parameters)
    }

    fn put(&mut self, action: &str, parameters: &Value) -> anyhow::Result<()> {
        let answer = self.stack().put(
            action,
            &folder().join(self.template),
            &Self::parameters(parameters),
        )?;
        let wanted = format!("{}_COMPLETE", action.to_uppercase());
        ensure!(answer["status"] == wanted, "{answer}");
        self.outputs = answer["outputs"].clone();
        Ok(())
    }

    /// The stack itself.
    #[must_use]
    pub fn stack(&self) -> Stack<'_> {
        Stack {
            endpoint: self.aws.endpoint(),
            account: self.account,
            region: self.aws.region(),
            name: self.stack,
        }
    }

    /// An output, empty where there is none.
    #[must_use]
    pub fn output(&self, name: &str) -> &str {
        self.outputs[name].as_str().unwrap_or_default()
    }

    /// One answer of a service, by the names that boto3 has.
    ///
    /// # Errors
    /// When it can't be asked.
    pub fn ask(&self, service: &str, operation: &str, what: &Value) -> anyhow::Result<Value> {
        let calls = json!([[service, operation, what]]);
        Ok(self.ask_all(&calls)?.remove(0))
    }

    /// Several answers, in the order of the calls.
    ///
    /// # Errors
    /// When it can't be asked.
    pub fn ask_all(&self, calls: &Value) -> anyhow::Result<Vec<Value>> {
        ask(&self.stack(), calls)
    }

    /// The logical ids of the stack's resources and what they are called.
    ///
    /// # Errors
    /// When the stand-in doesn't say.
    pub fn resources(&self) -> anyhow::Result<HashMap<String, String>> {
        let what = json!({"StackName": self.stack});
        let answer = self.ask("cloudformation", "describe_stack_resources", &what)?;
        let resources = answer["StackResources"]
            .as_array()
            .context("no resources")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let pair = |one: &Value| {
            (
                text(&one["LogicalResourceId"]),
                text(&one["PhysicalResourceId"]),
            )
        };
        Ok(resources.iter().map(pair).collect())
    }

    /// The delivery stream of that name, as it was described, with our Firehose's search side where
    /// it leads to one.
    ///
    /// # Errors
    /// When it isn't there, or not of the kind that this reads.
    pub fn delivery(&self, name: &str, search: Option<Search>) -> anyhow::Result<Settings> {
        let what = json!({"DeliveryStreamName": name});
        let answer = self.ask("firehose", "describe_delivery_stream", &what)?;
        let described = &answer["DeliveryStreamDescription"];
        let source = &described["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"];
        let to = &described["Destinations"][0]["ExtendedS3DestinationDescription"];
        let bucket = Bucket {
            prefix: text(&to["Prefix"]),
            error_prefix: text(&to["ErrorOutputPrefix"]),
            // Which the stand-in doesn't tell.
            extension: ".ndjson.gz".to_owned(),
            buffer_interval: SHORTLY,
            ..Bucket::new(text(&to["BucketARN"]).trim_start_matches("arn:aws:s3:::"))
        };
        let processors = to["ProcessingConfiguration"]["Processors"].as_array();
        let processor = processors.and_then(|all| all.first());
        Ok(Settings {
            aws: self.aws.clone(),
            name: name.to_owned(),
            source: self.address(source)?,
            processor: processor.map(|it| self.processor(it)).transpose()?,
            destination: match search {
                None => Destination::S3(bucket),
                // Nor where documents that were refused go.
                Some(search) => Destination::OpenSearch(
                    search,
                    Bucket {
                        error_prefix: "search-failed/!{firehose:error-output-type}/".to_owned(),
                        ..Bucket::new(self.output("ArchiveBucket"))
                    },
                ),
            },
        })
    }

    /// Takes the stand-in's own delivery streams away, once they are described: they would call the
    /// function with each record that is put, and until it answers, the stand-in answers nobody.
    ///
    /// # Errors
    /// When the stand-in can't be asked.
    pub fn without_its_own(&self, names: &[&str]) -> anyhow::Result<()> {
        for name in names {
            let what = json!({"DeliveryStreamName": name});
            let answer = self.ask("firehose", "delete_delivery_stream", &what)?;
            ensure!(answer.get("error").is_none(), "{name}: {answer}");
        }
        Ok(())
    }

    pub(crate) fn address(&self, arn: &Value) -> anyhow::Result<StreamAddress> {
        let arn = arn.as_str().context("no source")?;
        let name = arn.split('/').next_back().unwrap_or_default();
        Ok(StreamAddress {
            account: self.account.to_owned(),
            region: self.aws.region().to_owned(),
            name: name.to_owned(),
        })
    }

    /// The function with the buffer that was deployed.
    ///
    /// # Errors
    /// When a parameter is missing.
    pub fn processor(&self, described: &Value) -> anyhow::Result<Processor> {
        let parameters = described["Parameters"]
            .as_array()
            .context("no parameters")?;
        let parameter = |name: &str| {
            let found = parameters.iter().find(|it| it["ParameterName"] == name);
            let value = found.and_then(|it| it["ParameterValue"].as_str());
            value.with_context(|| format!("no {name} in {described}"))
        };
        let arn = parameter("LambdaArn")?;
        let name = arn.split(':').next_back().unwrap_or_default();
        let function = Arc::new(function::Deployed::new(self.lambda(), name));
        Ok(Processor {
            buffer_bytes: parameter("BufferSizeInMBs")?.parse::<usize>()? << 20,
            buffer_interval: SHORTLY,
            retries: parameter("NumberOfRetries")?.parse()?,
            ..Processor::new(function, arn)
        })
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
