//! `bootstrap` walks an AWS organization and sets up who may send logs to the central account, and who
//! sends: parse the command line, build the clients, run a verb, exit.

mod actions;
mod apply;
mod aws;
mod bounded;
mod canary;
mod catalog_place;
mod cli;
mod config;
mod context;
mod desired;
mod difference;
mod error;
mod interrupt;
mod lambda;
mod names;
mod observed;
mod organization;
mod output;
mod plan;
mod planning;
mod policies;
mod retry;
mod search;
mod verbs;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::aws::organizations::AwsOrganizations;
use crate::aws::pace::{Paced, Paces};
use crate::aws::sessions::AwsSessions;
use crate::aws::sts::Assuming;
use crate::canary::CanaryOptions;
use crate::cli::{Cli, Common, Verb};
use crate::config::Config;
use crate::context::Context;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::output::{ExitStatus, Printer, Progress, paint_error};
use crate::retry::Retry;
use crate::verbs::{ApplyOptions, DestroyOptions, SearchSetup, Surroundings};

#[tokio::main]
async fn main() -> ExitCode {
    if lambda::is_lambda() {
        return lambda::serve().await;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // 2 is taken by "found differences".
            return ExitCode::from(u8::from(error.use_stderr()));
        }
    };
    log_to_stderr(&cli.common);
    let colored = cli.common.color.is_on(std::io::stderr().is_terminal());
    let progress = Progress::on_stderr(cli.common.verbose > 0, colored);
    let interrupt = Interrupt::new();
    interrupt.listen(&progress);
    let ended = tokio::select! {
        ended = run(cli, &progress, &interrupt) => ended,
        () = interrupt.ended() => Err(Error::Interrupted { worked: interrupt.worked() }),
    };
    match ended {
        Ok(status) => ExitCode::from(status.code()),
        Err(error) => {
            progress.abandon();
            let text = format!("bootstrap: {error}");
            let text = if colored { paint_error(&text) } else { text };
            let _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::from(ExitStatus::Failure.code())
        }
    }
}

async fn run(cli: Cli, progress: &Progress, interrupt: &Interrupt) -> Result<ExitStatus, Error> {
    let Cli { verb, common } = cli;
    let stdout = std::io::stdout();
    let colored = common.color.is_on(stdout.is_terminal());
    let mut printer = Printer::new(common.json, colored, Box::new(stdout));
    if let Verb::SearchSetup(options) = &verb {
        return search_setup(options, &common, progress, &mut printer).await;
    }
    let config = Arc::new(Config::load(&common.config)?);
    let context = Arc::new(context(&common, config, progress, interrupt).await);
    match verb {
        Verb::Accounts => verbs::accounts(&context, &mut printer).await,
        Verb::Plan { out, accounts } => {
            verbs::plan(&context, &mut printer, out.as_deref(), accounts).await
        }
        Verb::Apply {
            saved,
            yes,
            force_access_policy,
            accounts,
        } => {
            let options = ApplyOptions {
                saved,
                accounts,
                yes,
                force_access_policy,
            };
            verbs::apply(&context, &mut printer, &options).await
        }
        Verb::Verify {
            canary,
            archive,
            timeout,
            accounts,
        } => {
            let canary = canary.then(|| CanaryOptions::new(timeout, archive));
            verbs::verify(&context, &mut printer, canary, accounts).await
        }
        Verb::Destroy {
            yes,
            keep_stream,
            delete_logs,
            accounts,
        } => {
            let options = DestroyOptions {
                yes,
                keep_stream,
                delete_logs,
                accounts,
            };
            verbs::destroy(&context, &mut printer, options).await
        }
        Verb::Policies { canary, archive } => {
            verbs::policies(&context.config, &mut printer, canary, archive.as_ref())
        }
        Verb::SearchSetup(options) => search_setup(&options, &common, progress, &mut printer).await,
    }
}

async fn search_setup(
    options: &SearchSetup,
    common: &Common,
    progress: &Progress,
    printer: &mut Printer,
) -> Result<ExitStatus, Error> {
    let first_pause = Duration::from_millis(common.first_pause);
    let aws = if options.is_signed() {
        Some(sdk_config("", https(), first_pause).await)
    } else {
        None
    };
    let around = Surroundings {
        aws: aws.as_ref(),
        progress,
        first_pause,
    };
    verbs::search_setup(options, &around, printer).await
}

async fn context(
    common: &Common,
    config: Arc<Config>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Context {
    let https = https();
    // The SDK makes eight attempts, each of which may wait this long for its turn.
    let patience = Duration::from_secs(common.deadline) / 9;
    let own = Paced::shared(https.clone(), Arc::new(Paces::new(None, patience)));
    let first_pause = Duration::from_millis(common.first_pause);
    let sdk = sdk_config(&config.central.region, own, first_pause).await;
    let most = config.organization.calls_per_second;
    let assuming = Assuming {
        session_name: config.organization.session_name.clone(),
        external_id: config.organization.external_id.clone(),
    };
    let retry = Retry {
        deadline: Duration::from_secs(common.deadline),
        in_vain: None,
        first_pause,
        progress: progress.clone(),
        interrupt: interrupt.clone(),
    };
    Context {
        config,
        config_file: common.config.clone(),
        organizations: Arc::new(AwsOrganizations(aws_sdk_organizations::Client::new(&sdk))),
        sessions: Arc::new(AwsSessions::new(sdk, https, assuming, most, patience)),
        retry,
        progress: progress.clone(),
        interrupt: interrupt.clone(),
        concurrency: usize::from(common.concurrency),
    }
}

fn https() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

/// Credentials, profiles and endpoints by the SDK's own conventions; the region `otherwise` where none is set.
/// Throttled calls are repeated by `http`, and by the SDK when that takes too long.
async fn sdk_config(otherwise: &str, http: SharedHttpClient, first_pause: Duration) -> SdkConfig {
    // Not the instance metadata service: on a laptop, asking it takes seconds and answers nothing.
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
        .or_else(Region::new(otherwise.to_owned()));
    // A request that waits for its turn isn't stalled.
    let stalled = StalledStreamProtectionConfig::enabled().upload_enabled(false);
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .stalled_stream_protection(stalled.build())
        .region(region)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(8)
                .with_initial_backoff(first_pause),
        )
        .load()
        .await
}

fn log_to_stderr(common: &Common) {
    let level = match common.verbose {
        // What an invocation fails of, the function says itself.
        0 => "warn,aws_config=error,lambda_runtime::layers=off",
        1 => "warn,aws_config=error,bootstrap=info",
        _ => "info,bootstrap=debug,aws_smithy_runtime=debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(common.color.is_on(std::io::stderr().is_terminal()))
        .init();
}
