//! Who we are, and how we become somebody in another account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::{Region, SharedCredentialsProvider};

use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::assumed::AssumedRole;
use super::ec2::{AwsEc2, Ec2};
use super::events::{AwsEvents, Events};
use super::iam::{AwsIam, Iam};
use super::kinesis::{AwsKinesis, Kinesis, LimitIsFinal};
use super::log_groups::{AwsLogGroups, LogGroups};
use super::logs::{AwsLogs, Logs, QuotaIsFinal};
use super::objects::{AwsObjects, Objects};
use super::pace::{Paced, Paces};
use super::sts::{Assuming, Sts};
use super::trails::{AwsTrails, Trails};
use super::{Answer, AwsError};
use crate::names::{AccountId, first_region_beside};

/// The identity that the program was started with, and sessions in other accounts.
pub trait Sessions: Send + Sync {
    /// The identity behind the program's own credentials.
    fn caller(&self) -> Answer<'_, Caller>;
    /// A session in `account` by the program's own credentials.
    fn own(&self, account: &AccountId) -> Arc<dyn Session>;
    /// A session in `account` by assuming `role_arn`.
    fn assume<'a>(
        &'a self,
        account: &'a AccountId,
        role_arn: &'a str,
    ) -> Answer<'a, Arc<dyn Session>>;
}

/// The services of one account.
pub trait Session: Send + Sync {
    /// IAM, which has no region.
    fn iam(&self) -> Arc<dyn Iam>;
    /// CloudWatch Logs in `region`.
    fn logs(&self, region: &str) -> Arc<dyn Logs>;
    /// Log groups of `CloudWatch Logs` in `region`.
    fn log_groups(&self, region: &str) -> Arc<dyn LogGroups>;
    /// Kinesis in `region`.
    fn kinesis(&self, region: &str) -> Arc<dyn Kinesis>;
    /// EC2 in `region`.
    fn ec2(&self, region: &str) -> Arc<dyn Ec2>;
    /// `EventBridge` in `region`.
    fn events(&self, region: &str) -> Arc<dyn Events>;
    /// CloudTrail in `region`.
    fn trails(&self, region: &str) -> Arc<dyn Trails>;
    /// S3, asked in `region` first.
    fn objects(&self, region: &str) -> Arc<dyn Objects>;
}

/// Who started the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account of the credentials.
    pub account: AccountId,
    /// `aws`, `aws-cn` or `aws-us-gov`, as the caller's own ARN says.
    pub partition: String,
}

/// Sessions by the SDK. What it takes to get into an account is kept, so that a run that comes back to
/// an account doesn't assume the role again.
pub struct AwsSessions {
    config: SdkConfig,
    http: SharedHttpClient,
    assuming: Assuming,
    most: Option<f64>,
    patience: Duration,
    accounts: Mutex<HashMap<AccountId, Reached>>,
}

/// How an account is reached.
#[derive(Clone)]
struct Reached {
    role: Arc<AssumedRole>,
    config: SdkConfig,
}

impl AwsSessions {
    /// Sessions by the caller's own `config`; roles are assumed as `assuming` says. An account's calls go through `http`, at most `most` a
    /// second in one region; throttled ones are repeated for `patience`.
    pub fn new(
        config: SdkConfig,
        http: SharedHttpClient,
        assuming: Assuming,
        most: Option<f64>,
        patience: Duration,
    ) -> Self {
        Self {
            config,
            http,
            assuming,
            most,
            patience,
            accounts: Mutex::default(),
        }
    }

    /// STS in the configured region, and in one that every account has.
    fn sts(&self, retry: &RetryConfig) -> Sts {
        let region = self.config.region().map(Region::as_ref).unwrap_or_default();
        let mut regions = vec![region, first_region_beside(region)];
        regions.dedup();
        let client = |region: &str| {
            let config = aws_sdk_sts::config::Builder::from(&self.config);
            let config = config.region(Region::new(region.to_owned()));
            Client::from_conf(config.retry_config(retry.clone()).build())
        };
        Sts(regions.into_iter().map(client).collect())
    }

    /// An HTTP client for one account, at its own pace.
    fn paced(&self) -> SharedHttpClient {
        let paces = Paces::new(self.most, self.patience);
        Paced::shared(self.http.clone(), Arc::new(paces))
    }

    fn reached(&self, account: &AccountId, role_arn: &str) -> Reached {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let reached = accounts.entry(account.clone()).or_insert_with(|| {
            let retry = self.config.retry_config().cloned();
            let sts = self.sts(&retry.unwrap_or_else(RetryConfig::standard));
            let role = AssumedRole::new(sts, self.assuming.clone(), account, role_arn);
            let role = Arc::new(role);
            let provider: Arc<dyn ProvideCredentials> = Arc::<AssumedRole>::clone(&role);
            let config = self.config.to_builder();
            let config = config.credentials_provider(SharedCredentialsProvider::from(provider));
            Reached {
                role,
                config: config.http_client(self.paced()).build(),
            }
        });
        reached.clone()
    }
}

impl Sessions for AwsSessions {
    fn caller(&self) -> Answer<'_, Caller> {
        Box::pin(async move {
            let place = "the caller's account";
            // The first call of all: where AWS can't be reached, nobody should wait long to be told.
            let sts = self.sts(&RetryConfig::standard());
            let answer = sts.identity().await?;
            let partition = answer.arn().and_then(|arn| arn.split(':').nth(1));
            match (answer.account().and_then(AccountId::parse), partition) {
                (Some(account), Some(partition)) => Ok(Caller {
                    account,
                    partition: partition.to_owned(),
                }),
                _ => Err(AwsError::new(
                    "GetCallerIdentity",
                    place,
                    "",
                    "answered without an account or ARN",
                )),
            }
        })
    }

    fn own(&self, account: &AccountId) -> Arc<dyn Session> {
        let config = self.config.to_builder().http_client(self.paced());
        Arc::new(AwsSession::new(config.build(), account))
    }

    fn assume<'a>(
        &'a self,
        account: &'a AccountId,
        role_arn: &'a str,
    ) -> Answer<'a, Arc<dyn Session>> {
        Box::pin(async move {
            let Reached { role, config } = self.reached(account, role_arn);
            role.keys().await?;
            Ok(Arc::new(AwsSession::new(config, account)) as Arc<dyn Session>)
        })
    }
}

struct AwsSession {
    config: SdkConfig,
    account: AccountId,
    /// Clients that were made, by region: making one takes longer than a call.
    logs: Mutex<HashMap<String, Arc<AwsLogs>>>,
}

impl AwsSession {
    fn new(config: SdkConfig, account: &AccountId) -> Self {
        Self {
            config,
            account: account.clone(),
            logs: Mutex::default(),
        }
    }

    fn place(&self, region: &str) -> String {
        format!("account {}, {region}", self.account)
    }

    fn new_logs(&self, region: &str) -> AwsLogs {
        // A retry budget of its own: an account that throttles doesn't use up the others'.
        let partition = format!("logs-{}-{region}", self.account);
        let config = aws_sdk_cloudwatchlogs::config::Builder::from(&self.config)
            .retry_partition(aws_sdk_cloudwatchlogs::config::retry::RetryPartition::new(
                partition,
            ))
            .retry_classifier(QuotaIsFinal)
            .region(Region::new(region.to_owned()));
        AwsLogs {
            client: aws_sdk_cloudwatchlogs::Client::from_conf(config.build()),
            place: self.place(region),
        }
    }
}

impl Session for AwsSession {
    fn iam(&self) -> Arc<dyn Iam> {
        let client = aws_sdk_iam::Client::new(&self.config);
        Arc::new(AwsIam {
            client,
            place: format!("account {}", self.account),
        })
    }

    fn logs(&self, region: &str) -> Arc<dyn Logs> {
        let mut made = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(logs) = made.get(region) {
            return Arc::clone(logs) as Arc<dyn Logs>;
        }
        let logs = Arc::new(self.new_logs(region));
        made.insert(region.to_owned(), Arc::clone(&logs));
        logs
    }

    fn log_groups(&self, region: &str) -> Arc<dyn LogGroups> {
        Arc::new(AwsLogGroups {
            client: self.new_logs(region).client,
            place: self.place(region),
        })
    }

    fn kinesis(&self, region: &str) -> Arc<dyn Kinesis> {
        let config = aws_sdk_kinesis::config::Builder::from(&self.config)
            .retry_classifier(LimitIsFinal)
            .region(Region::new(region.to_owned()));
        let client = aws_sdk_kinesis::Client::from_conf(config.build());
        Arc::new(AwsKinesis {
            client,
            place: self.place(region),
        })
    }

    fn ec2(&self, region: &str) -> Arc<dyn Ec2> {
        Arc::new(AwsEc2::new(self.config.clone(), region, self.place(region)))
    }

    fn events(&self, region: &str) -> Arc<dyn Events> {
        let config = aws_sdk_eventbridge::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()));
        Arc::new(AwsEvents {
            client: aws_sdk_eventbridge::Client::from_conf(config.build()),
            place: self.place(region),
        })
    }

    fn trails(&self, region: &str) -> Arc<dyn Trails> {
        let config = aws_sdk_cloudtrail::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()));
        Arc::new(AwsTrails {
            client: aws_sdk_cloudtrail::Client::from_conf(config.build()),
            place: self.place(region),
        })
    }

    fn objects(&self, region: &str) -> Arc<dyn Objects> {
        let config = aws_sdk_s3::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            // An endpoint of one's own has no host for each bucket.
            .force_path_style(has_own_endpoint(&self.config));
        Arc::new(AwsObjects {
            client: aws_sdk_s3::Client::from_conf(config.build()),
            place: format!("account {}", self.account),
        })
    }
}

fn has_own_endpoint(config: &SdkConfig) -> bool {
    config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some()
}
