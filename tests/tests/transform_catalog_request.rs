//! The built function's request to S3: where it goes, who may make it, and that it is signed as a server
//! that checks signatures wants it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use local::aws::Aws;
use local::ministack::Ministack;
use serde_json::Value;
use tests::catalog::{answer, of_one_account, put, told};
use tests::role::assumed;
use tests::transform::{Answered, Function};

type Tested = anyhow::Result<()>;

const ACCOUNT: &str = "222222222222";
const BUCKET: &str = "tributary-catalog";
const KEY: &str = "organization/the catalog+1.json";

/// Reads one request's head.
fn head(stream: &TcpStream) -> Vec<String> {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).collect()
}

/// An S3 whose bucket is in us-west-2, on a thread of its own: real ones alone send requests to another
/// Region. Hands out the heads of the requests that came.
fn elsewhere(body: String) -> anyhow::Result<(String, mpsc::Receiver<Vec<String>>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let (sender, heads) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let head = head(&stream);
            let right = head
                .iter()
                .any(|line| line.contains("/us-west-2/s3/aws4_request"));
            let (status, body) = if right {
                ("200 OK", body.as_str())
            } else {
                (
                    "301 Moved Permanently",
                    "<Error><Code>PermanentRedirect</Code></Error>",
                )
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\nx-amz-bucket-region: us-west-2\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = (&stream).write_all(answer.as_bytes());
            if sender.send(head).is_err() {
                return;
            }
        }
    });
    Ok((endpoint, heads))
}

#[tokio::test]
async fn a_bucket_in_another_region_is_followed_there() -> Tested {
    let (endpoint, heads) = elsewhere(of_one_account("far away").to_json()?)?;
    let function = Function::start(&[
        ("OUTPUT", "ndjson"),
        ("CATALOG", &format!("s3://{BUCKET}/{KEY}")),
        ("AWS_ENDPOINT_URL", &endpoint),
    ])?;
    let (answered, documents) = answer(&function)?;
    assert_eq!(documents[0]["cloud"]["account"]["name"], "far away");
    assert_eq!(told(&answered), Vec::<&String>::new());
    let regions: Vec<bool> = heads
        .try_iter()
        .map(|head| head.iter().any(|line| line.contains("/eu-central-1/s3/")))
        .collect();
    assert_eq!(regions, [true, false], "asked at home first, then there");
    Ok(())
}

/// The documents of a function that has these credentials, in a stand-in that enforces policies.
async fn with_policy(policy: Option<&Value>) -> anyhow::Result<(Answered, Vec<Value>)> {
    let ministack = Ministack::start_with(&[("AUTH", "true")])?;
    let aws = Aws::new(ministack.endpoint(), "eu-central-1").await;
    aws.create_bucket(ACCOUNT, BUCKET).await?;
    put(
        &aws,
        ACCOUNT,
        BUCKET,
        KEY,
        of_one_account("shop").to_json()?,
    )
    .await?;
    let (key, secret, token) = assumed(&aws, ACCOUNT, "function", policy).await?;
    let function = Function::start(&[
        ("OUTPUT", "ndjson"),
        ("CATALOG", &format!("arn:aws:s3:::{BUCKET}/{KEY}")),
        ("AWS_ENDPOINT_URL_S3", ministack.endpoint()),
        ("AWS_ACCESS_KEY_ID", &key),
        ("AWS_SECRET_ACCESS_KEY", &secret),
        ("AWS_SESSION_TOKEN", token.as_deref().unwrap_or_default()),
    ])?;
    answer(&function)
}

#[tokio::test]
async fn to_get_the_object_is_all_that_its_role_needs() -> Tested {
    let template = std::fs::read_to_string(
        local::layout::project_root().join("policies/function-catalog.json"),
    )?;
    let policy = template.replace("${catalog_arn}", &format!("arn:aws:s3:::{BUCKET}/{KEY}"));
    let (_, documents) = with_policy(Some(&serde_json::from_str(&policy)?)).await?;
    assert_eq!(documents[0]["cloud"]["account"]["name"], "shop");
    let (answered, documents) = with_policy(None).await?;
    assert!(documents[0]["cloud"]["account"].get("name").is_none());
    assert!(
        told(&answered)[0].contains("s3:GetObject"),
        "{:?}",
        answered.log
    );
    Ok(())
}
