//! S3: single objects in buckets, written and deleted under conditions.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::unknown;
use crate::cloud::answer::Answered;
use crate::cloud::call::Call;
use crate::cloud::refusal::Refusal;
use crate::cloud::world::World;

/// Buckets by name: whose they are, and their objects by key.
pub(in crate::cloud) type Buckets = BTreeMap<String, Bucket>;

/// A bucket.
#[derive(Debug, Clone, Default)]
pub(in crate::cloud) struct Bucket {
    /// Its account, which alone may use it.
    pub owner: String,
    /// Its Region.
    pub region: String,
    /// Texts by key.
    pub objects: BTreeMap<String, String>,
}

/// Texts of objects, without the lines that tell when they were written.
pub(in crate::cloud) fn dump(buckets: &Buckets, dump: &mut BTreeMap<String, String>) {
    for (name, bucket) in buckets {
        for (key, text) in &bucket.objects {
            let lines = text.lines().filter(|line| !line.contains("generated_at"));
            let text: Vec<_> = lines.collect();
            dump.insert(format!("object {name}/{key}"), text.join("\n"));
        }
    }
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answered {
    let bucket = world
        .buckets
        .get_mut(call.text("Bucket")?)
        .ok_or_else(|| refusal(404, "NoSuchBucket", "The specified bucket does not exist"))?;
    if bucket.owner != call.account {
        return Err(Refusal::denied("AccessDenied", "Access Denied"));
    }
    let key = call.optional("Key").unwrap_or_default().to_owned();
    let found = bucket.objects.get(&key).map(|text| etag(text));
    match call.operation.as_str() {
        "HeadBucket" => Ok(json!({"region": bucket.region})),
        "GetObject" => {
            let text = bucket.objects.get(&key).ok_or_else(missing)?;
            Ok(json!({"text": text, "etag": etag(text)}))
        }
        "PutObject" => {
            // S3 User Guide, conditional writes: 412 where the condition fails, 404 where If-Match finds none.
            let exists = call.optional("IfNoneMatch").is_some() && found.is_some();
            if exists || !matches(call, found.as_deref())? {
                return Err(failed());
            }
            let text = call.text("Body")?.to_owned();
            let etag = etag(&text);
            bucket.objects.insert(key, text);
            Ok(json!({"etag": etag}))
        }
        "DeleteObject" => {
            if !matches(call, found.as_deref())? {
                return Err(failed());
            }
            bucket.objects.remove(&key);
            Ok(Value::Null)
        }
        _ => Err(unknown(call)),
    }
}

/// Whether the object is the one that `If-Match` names, if it names one.
fn matches(call: &Call, found: Option<&str>) -> Result<bool, Refusal> {
    match (call.optional("IfMatch"), found) {
        (None, _) => Ok(true),
        (Some(_), None) => Err(missing()),
        (Some(wanted), Some(found)) => Ok(wanted == found),
    }
}

fn etag(text: &str) -> String {
    let digest: [u8; 16] = Md5::digest(text.as_bytes()).into();
    format!("\"{:032x}\"", u128::from_be_bytes(digest))
}

fn missing() -> Refusal {
    refusal(404, "NoSuchKey", "The specified key does not exist.")
}

fn failed() -> Refusal {
    let message = "At least one of the pre-conditions you specified did not hold";
    refusal(412, "PreconditionFailed", message)
}

fn refusal(status: u16, code: &str, message: &str) -> Refusal {
    Refusal::with_status(status, code, message)
}
