//! The Lambda function that Firehose calls.

// The optimized build lays out the whole invocation as one nest of futures.
#![recursion_limit = "256"]

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{PooledClient, build_request};
use transform::invocation::Transformer;
use transform::reshape::Reshaper;
use transform::service::{Front, error_json};
use transform::settings::Settings;
use transform::streams::AwsStreams;

/// What Lambda sets for every function.
const SET_BY_LAMBDA: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "transform: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    for name in SET_BY_LAMBDA {
        std::env::var(name).map_err(|_| {
            anyhow!("{name} is not set: this program runs inside AWS Lambda; to transform files, use `reshape`")
        })?;
    }
    let client = Arc::new(PooledClient::builder().build());
    let mut settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => {
            tell_lambda(&client, &error.to_string()).await;
            // Its text says everything; printed with its sources, it would do so twice.
            return Err(anyhow::Error::msg(error));
        }
    };
    let formats = std::mem::take(&mut settings.flow_log_formats);
    let reshaper = Reshaper::new(formats, settings.keep_original);
    let transformer = Transformer::new(settings, reshaper, AwsStreams::default());
    // The runtime wants a handler; the layer answers in its place and never calls it.
    let handler = service_fn(|_: LambdaEvent<()>| async { Ok::<(), lambda_runtime::Error>(()) });
    let runtime = Runtime::new(handler).layer(Front::new(transformer, client, print_line));
    runtime
        .run()
        .await
        .map_err(|error| anyhow!(error))
        .context("the Lambda runtime ended")
}

/// Reports that the function can't start; the same text goes to its log.
async fn tell_lambda(client: &PooledClient, message: &str) {
    let request = build_request()
        .method("POST")
        .uri("/2018-06-01/runtime/init/error")
        .header(
            "Lambda-Runtime-Function-Error-Type",
            "Function.InvalidSettings",
        )
        .body(Body::from(error_json("Function.InvalidSettings", message)));
    if let Ok(request) = request {
        let _ = client.call(request).await;
    }
}

/// One line on standard output, which Lambda hands to CloudWatch Logs.
fn print_line(line: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out
        .write_all(&[line, b"\n"].concat())
        .and_then(|()| out.flush());
}
