//! What stands in the logging account beside what `bootstrap` sets up: a bucket, the documents'
//! stream, the function.

use super::options::Options;
use crate::aws::Aws;
use crate::cloudwatch::routes::StreamAddress;
use crate::organization::Organization;
use anyhow::{Context, ensure};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime, State};
use std::time::{Duration, Instant};

/// The bucket of archive and errors.
pub const BUCKET: &str = "tributary-archive";
/// The stream that carries documents to the search side.
const DOCUMENTS: &str = "tributary-documents";
/// The function's name.
pub const FUNCTION: &str = "tributary-transform";
const ACTIVE_WITHIN: Duration = Duration::from_secs(30);

/// What was deployed.
pub struct Deployed {
    /// The stream of documents.
    pub documents: StreamAddress,
    /// The function's ARN.
    pub function_arn: String,
}

/// Deploys it all in the organization's logging account; the function reads the catalog at `catalog`.
///
/// # Errors
/// When the stand-in refuses a part.
pub async fn deploy(
    aws: &Aws,
    organization: &Organization,
    catalog: &str,
    options: &Options,
) -> anyhow::Result<Deployed> {
    let account = organization.logging.id.as_str();
    aws.create_bucket(account, BUCKET).await?;
    let documents = aws.create_stream(account, DOCUMENTS, 2).await?;
    let function_arn = function(aws, account, (&documents, catalog), options).await?;
    Ok(Deployed {
        documents,
        function_arn,
    })
}

async fn function(
    aws: &Aws,
    account: &str,
    (documents, catalog): (&StreamAddress, &str),
    options: &Options,
) -> anyhow::Result<String> {
    let zip = std::fs::read(&options.function_zip)
        .with_context(|| format!("could not read {}", options.function_zip.display()))?;
    let environment = Environment::builder()
        .variables("OUTPUT", "ndjson-gzip")
        .variables("DOCUMENTS_TO", documents.arn())
        .variables("CATALOG", catalog)
        .variables("AWS_ENDPOINT_URL", aws.endpoint())
        .variables("AWS_ACCESS_KEY_ID", account)
        .variables("AWS_SECRET_ACCESS_KEY", "local")
        .build();
    let client = Client::new(&aws.account(account));
    let made = client
        .create_function()
        .function_name(FUNCTION)
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .role(format!("arn:aws:iam::{account}:role/{FUNCTION}"))
        .memory_size(512)
        .timeout(60)
        .environment(environment)
        .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
        .send()
        .await
        .context("could not deploy the function")?;
    let start = Instant::now();
    loop {
        let function = client
            .get_function_configuration()
            .function_name(FUNCTION)
            .send()
            .await?;
        if function.state() == Some(&State::Active) {
            return Ok(made.function_arn.unwrap_or_default());
        }
        ensure!(
            start.elapsed() < ACTIVE_WITHIN,
            "the function stays {:?}",
            function.state()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
