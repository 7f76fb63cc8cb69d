//! The deployed function: its code, its environment, its answers.

use anyhow::Context;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Environment;
use local::aws::Aws;
use serde_json::Value;

use super::Deployed;
use crate::catalog::put;
use crate::demo::{released_and_zipped, stripped_and_zipped};

/// The bucket and key that the function's code is taken from.
pub const CODE: (&str, &str) = ("tributary-code", "transform.zip");
/// The key of another release of it.
pub const RELEASE: &str = "transform-2.zip";

impl Deployed<'_> {
    /// Puts the built function into the bucket that [`parameters`](Self::parameters) name.
    ///
    /// # Errors
    /// When it isn't built, or the stand-in refuses it.
    pub async fn upload(aws: &Aws, account: &str) -> anyhow::Result<()> {
        let scratch = tempfile::tempdir()?;
        let zip = stripped_and_zipped("transform", scratch.path())?;
        aws.create_bucket(account, CODE.0).await?;
        put(aws, account, CODE.0, CODE.1, std::fs::read(zip)?).await
    }

    /// Puts another release beside it, under [`RELEASE`]: the same function, which answers plain lines
    /// whatever `OUTPUT` says.
    ///
    /// # Errors
    /// As [`upload`](Self::upload).
    pub async fn upload_release(aws: &Aws, account: &str) -> anyhow::Result<()> {
        let scratch = tempfile::tempdir()?;
        let zip = released_and_zipped("transform", ("OUTPUT", "ndjson"), scratch.path())?;
        put(aws, account, CODE.0, RELEASE, std::fs::read(zip)?).await
    }

    /// A client for the function.
    #[must_use]
    pub fn lambda(&self) -> aws_sdk_lambda::Client {
        aws_sdk_lambda::Client::new(&self.aws.account(self.account))
    }

    /// The template says nothing of a stand-in: the function is told where it is.
    ///
    /// # Errors
    /// When the stand-in refuses it.
    pub async fn point_the_function_here(&self) -> anyhow::Result<()> {
        let more = [("AWS_ENDPOINT_URL", self.aws.endpoint())];
        add_variables(&self.lambda(), self.output("FunctionName"), &more).await
    }

    /// What the function answers to an event.
    ///
    /// # Errors
    /// When it can't be called.
    pub async fn answer(&self, event: &[u8]) -> anyhow::Result<Value> {
        let name = self.output("FunctionName");
        let invoke = self.lambda().invoke().function_name(name);
        let answer = invoke.payload(Blob::new(event)).send().await?;
        let answer = answer.payload.context("no answer")?;
        Ok(serde_json::from_slice(&answer.into_inner())?)
    }
}

/// Adds environment variables to a function.
///
/// # Errors
/// When the stand-in refuses them.
pub async fn add_variables(
    lambda: &aws_sdk_lambda::Client,
    function: &str,
    more: &[(&str, &str)],
) -> anyhow::Result<()> {
    let found = lambda.get_function_configuration().function_name(function);
    let environment = found.send().await?.environment;
    let mut variables = environment.and_then(|it| it.variables).unwrap_or_default();
    variables.extend(
        more.iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned())),
    );
    let environment = Environment::builder()
        .set_variables(Some(variables))
        .build();
    let update = lambda
        .update_function_configuration()
        .function_name(function);
    update.environment(environment).send().await?;
    Ok(())
}
