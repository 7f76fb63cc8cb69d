//! Who we are, and how we become somebody in another account.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::{Credentials, Region, SharedCredentialsProvider};

use super::ec2::{AwsEc2, Ec2};
use super::iam::{AwsIam, Iam};
use super::kinesis::{AwsKinesis, Kinesis, LimitIsFinal};
use super::log_groups::{AwsLogGroups, LogGroups};
use super::logs::{AwsLogs, Logs, QuotaIsFinal};
use super::objects::{AwsObjects, Objects};
use super::{Answer, AwsError};
use crate::names::{AccountId, SESSION_NAME};

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

/// Sessions by the SDK.
pub struct AwsSessions(pub SdkConfig);

impl Sessions for AwsSessions {
    fn caller(&self) -> Answer<'_, Caller> {
        Box::pin(async move {
            let place = "the caller's account";
            // The first call of all: where AWS can't be reached, nobody should wait long to be told.
            let config =
                aws_sdk_sts::config::Builder::from(&self.0).retry_config(RetryConfig::standard());
            let client = Client::from_conf(config.build());
            let answer = client.get_caller_identity().send().await;
            let answer =
                answer.map_err(|error| AwsError::from_sdk("GetCallerIdentity", place, &error))?;
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
        Arc::new(AwsSession {
            config: self.0.clone(),
            account: account.clone(),
        })
    }

    fn assume<'a>(
        &'a self,
        account: &'a AccountId,
        role_arn: &'a str,
    ) -> Answer<'a, Arc<dyn Session>> {
        Box::pin(async move {
            let place = format!("account {account}");
            let request = Client::new(&self.0)
                .assume_role()
                .role_arn(role_arn)
                .role_session_name(SESSION_NAME);
            let answer = request.send().await;
            let answer =
                answer.map_err(|error| AwsError::from_sdk("AssumeRole", &place, &error))?;
            let Some(keys) = answer.credentials() else {
                return Err(AwsError::new(
                    "AssumeRole",
                    &place,
                    "",
                    "answered without credentials",
                ));
            };
            let token = Some(keys.session_token().to_owned());
            let expiry = (*keys.expiration()).try_into().ok();
            let keys = Credentials::new(
                keys.access_key_id(),
                keys.secret_access_key(),
                token,
                expiry,
                "AssumeRole",
            );
            let provider = SharedCredentialsProvider::new(keys);
            let config = self.0.to_builder().credentials_provider(provider).build();
            Ok(Arc::new(AwsSession {
                config,
                account: account.clone(),
            }) as Arc<dyn Session>)
        })
    }
}

struct AwsSession {
    config: SdkConfig,
    account: AccountId,
}

impl AwsSession {
    fn logs_client(&self, region: &str) -> aws_sdk_cloudwatchlogs::Client {
        // A retry budget of its own: an account that throttles doesn't use up the others'.
        let partition = format!("logs-{}-{region}", self.account);
        let config = aws_sdk_cloudwatchlogs::config::Builder::from(&self.config)
            .retry_partition(aws_sdk_cloudwatchlogs::config::retry::RetryPartition::new(
                partition,
            ))
            .retry_classifier(QuotaIsFinal)
            .region(Region::new(region.to_owned()));
        aws_sdk_cloudwatchlogs::Client::from_conf(config.build())
    }

    fn place(&self, region: &str) -> String {
        format!("account {}, {region}", self.account)
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
        Arc::new(AwsLogs {
            client: self.logs_client(region),
            place: self.place(region),
        })
    }

    fn log_groups(&self, region: &str) -> Arc<dyn LogGroups> {
        Arc::new(AwsLogGroups {
            client: self.logs_client(region),
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
