//! Payloads that no one should send, put straight onto the stream.

use crate::aws::Aws;
use crate::cloudwatch::envelope::gzip;
use crate::cloudwatch::routes::StreamAddress;
use anyhow::Context;
use aws_sdk_kinesis::primitives::Blob;

/// More zeros than the function decompresses by default (48 MiB).
const BOMB: usize = 64 * 1024 * 1024;

/// A damaged payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// What is wrong with it.
    pub what: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// One of each kind.
///
/// # Errors
/// As [`gzip`].
pub fn payloads() -> std::io::Result<Vec<Damaged>> {
    let data = br#"{"messageType":"DATA_MESSAGE","owner":"333333333333","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[{"id":"1","timestamp":1722500000000,"message":"cut off"}]}"#;
    let whole = gzip(data)?;
    let damaged = |what, bytes| Damaged { what, bytes };
    Ok(vec![
        damaged("not gzip", data.to_vec()),
        damaged("cut-off gzip", whole[..whole.len() / 2].to_vec()),
        damaged("unknown messageType", gzip(br#"{"messageType":"SURPRISE","owner":"333333333333","logGroup":"g","logStream":"s","subscriptionFilters":[],"logEvents":[]}"#)?),
        damaged("no messageType", gzip(br#"{"owner":"333333333333","logEvents":[]}"#)?),
        damaged("gzip bomb", gzip(&vec![b' '; BOMB])?),
    ])
}

/// Puts them on `stream`.
///
/// # Errors
/// When Kinesis refuses one.
pub async fn put(aws: &Aws, stream: &StreamAddress, payloads: &[Damaged]) -> anyhow::Result<()> {
    let client = aws.kinesis(&stream.account);
    for (n, damaged) in payloads.iter().enumerate() {
        let put = client
            .put_record()
            .stream_name(&stream.name)
            .partition_key(format!("damaged-{n}"))
            .data(Blob::new(damaged.bytes.clone()));
        put.send()
            .await
            .with_context(|| format!("could not put the payload that is {}", damaged.what))?;
    }
    Ok(())
}
