//! Ids in the form of UUIDs, and the present as Firehose writes it.

use md5::{Digest, Md5};
use std::fmt::Write;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

static GIVEN: AtomicU64 = AtomicU64::new(0);

/// A new id, different from every other one of this process and of others.
#[must_use]
pub fn unique() -> String {
    let seed = format!(
        "{}:{}:{}",
        process::id(),
        jiff::Timestamp::now().as_nanosecond(),
        GIVEN.fetch_add(1, Ordering::Relaxed)
    );
    let mut id = String::with_capacity(36);
    for (n, byte) in Md5::digest(seed).iter().enumerate() {
        if matches!(n, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// Milliseconds since 1970.
#[must_use]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
