//! Catalogs in buckets.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use catalog::{Account, Catalog, FlowLogFormat, Organization};
use local::aws::Aws;
use serde_json::Value;

use crate::transform::{Answered, Function, event, lines, payload};

/// A catalog that knows account 333333333333, with a format for its flow logs in `/vpc/*`.
#[must_use]
pub fn of_one_account(name: &str) -> Catalog {
    let account = Account {
        name: name.to_owned(),
        path: vec!["Root".to_owned(), "Workloads".to_owned()],
        path_ids: vec!["r-1".to_owned(), "ou-1".to_owned()],
        tags: BTreeMap::from([("owner".to_owned(), "team-a".to_owned())]),
    };
    Catalog {
        created_by: "tributary".to_owned(),
        generated_at: None,
        organization: Organization {
            id: "o-exampleorg1".to_owned(),
            name: String::new(),
        },
        accounts: BTreeMap::from([("333333333333".to_owned(), account)]),
        flow_log_formats: vec![FlowLogFormat {
            log_group: "/vpc/*".to_owned(),
            format: Some("${srcaddr} ${dstaddr} ${bytes}".to_owned()),
            ..FlowLogFormat::default()
        }],
    }
}

/// Writes an object.
///
/// # Errors
/// When S3 refuses it.
pub async fn put(
    aws: &Aws,
    account: &str,
    bucket: &str,
    key: &str,
    body: impl Into<Vec<u8>>,
) -> anyhow::Result<()> {
    let request = client(aws, account).put_object().bucket(bucket).key(key);
    request.body(ByteStream::from(body.into())).send().await?;
    Ok(())
}

/// Reads an object; none where there is none.
///
/// # Errors
/// When S3 refuses it.
pub async fn get(
    aws: &Aws,
    account: &str,
    bucket: &str,
    key: &str,
) -> anyhow::Result<Option<Vec<u8>>> {
    let request = client(aws, account).get_object().bucket(bucket).key(key);
    match request.send().await {
        Ok(object) => Ok(Some(object.body.collect().await?.to_vec())),
        Err(error) => match error.into_service_error() {
            error if error.is_no_such_key() => Ok(None),
            error => Err(error.into()),
        },
    }
}

fn client(aws: &Aws, account: &str) -> Client {
    let config = aws_sdk_s3::config::Builder::from(&aws.account(account)).force_path_style(true);
    Client::from_conf(config.build())
}

/// Answers a record of two lines of account 333333333333; returns its documents too.
///
/// # Errors
/// When the record isn't answered with its two documents.
pub fn answer(function: &Function) -> anyhow::Result<(Answered, Vec<Value>)> {
    let answered = function.answer(&event(&[payload(0, &lines(2))?]))?;
    anyhow::ensure!(answered.results() == ["Ok"]);
    let documents = answered.documents(0)?;
    anyhow::ensure!(documents.len() == 2);
    Ok((answered, documents))
}

/// Lines of the log about the catalog.
#[must_use]
pub fn told(answered: &Answered) -> Vec<&String> {
    let about = |line: &&String| line.starts_with("the catalog");
    answered.log.iter().filter(about).collect()
}
