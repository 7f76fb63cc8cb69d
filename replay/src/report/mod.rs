//! The account of a run: every record counted once, every one that is left told.

mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::content::Kind;
use crate::fate::{Fate, Why};

/// A record, and what became of it.
#[derive(Debug)]
pub struct Told {
    /// Its line in its object.
    pub line: u32,
    /// What became of it.
    pub fate: Fate,
    /// Its `errorCode`.
    pub code: String,
    /// Whose it is.
    pub account: String,
    /// What it holds; nothing where the line can't be read.
    pub kind: Option<Kind>,
    /// When it arrived, milliseconds since 1970.
    pub arrival: Option<i64>,
    /// Its size.
    pub bytes: usize,
    /// Its bytes, until they are sent.
    pub data: Vec<u8>,
}

impl Told {
    /// A line without a record.
    #[must_use]
    pub fn unreadable(line: u32, why: String) -> Self {
        Self {
            line,
            fate: Fate::Left(Why::Unreadable(why)),
            code: "-".to_owned(),
            account: "-".to_owned(),
            kind: None,
            arrival: None,
            bytes: 0,
            data: Vec::new(),
        }
    }
}

/// Records with one error code, of one account, of one kind.
#[derive(Debug, Default, Serialize)]
struct Group {
    error_code: String,
    account: String,
    holds: &'static str,
    records: u64,
    bytes: u64,
    to_send: u64,
    sent: u64,
    sent_before: u64,
    not_selected: u64,
    left: u64,
}

#[derive(Debug, Serialize)]
struct LeftRecord {
    object: String,
    line: u32,
    reason: &'static str,
    why: String,
}

/// What came of a run.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    dry_run: bool,
    objects: u64,
    objects_out: u64,
    /// Objects that this run has marked.
    pub objects_marked: u64,
    /// Objects that were not read any more, as the run had ended.
    pub objects_not_read: u64,
    /// Objects that were passed over, because an earlier run had marked them.
    pub objects_marked_before: u64,
    records: u64,
    bytes: u64,
    to_send: u64,
    sent: u64,
    sent_before: u64,
    not_selected: u64,
    left: BTreeMap<&'static str, u64>,
    first_arrival: Option<String>,
    last_arrival: Option<String>,
    /// Why nothing more was tried, where that is so.
    pub ended: Option<String>,
    groups: Vec<Group>,
    left_records: Vec<LeftRecord>,
    #[serde(skip)]
    places: BTreeMap<(String, String, &'static str), usize>,
    #[serde(skip)]
    arrivals: Option<(i64, i64)>,
}

impl Report {
    /// Of a run that sends, or only looks.
    #[must_use]
    pub fn new(dry_run: bool) -> Self {
        Self {
            dry_run,
            ..Self::default()
        }
    }

    /// Counts the records of an object; returns whether all of them are out.
    pub fn object(&mut self, name: &str, told: &[Told]) -> bool {
        self.objects += 1;
        for one in told {
            self.record(name, one);
        }
        let is_out = |one: &Told| matches!(one.fate, Fate::Sent | Fate::SentBefore);
        let all = told.iter().all(is_out);
        self.objects_out += u64::from(all);
        all
    }

    /// Counts an object of which nothing can be read.
    pub fn unreadable_object(&mut self, name: &str, why: &str) {
        self.object(name, &[Told::unreadable(0, why.to_owned())]);
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.left.is_empty() && self.ended.is_none()
    }

    fn record(&mut self, name: &str, one: &Told) {
        let bytes = u64::try_from(one.bytes).unwrap_or(u64::MAX);
        self.records += 1;
        self.bytes += bytes;
        if let Some(at) = one.arrival {
            let (first, last) = self.arrivals.unwrap_or((at, at));
            let arrivals = (first.min(at), last.max(at));
            self.arrivals = Some(arrivals);
            self.first_arrival = time(arrivals.0);
            self.last_arrival = time(arrivals.1);
        }
        let group = self.group(one);
        group.records += 1;
        group.bytes += bytes;
        let count = match &one.fate {
            Fate::ToSend => &mut group.to_send,
            Fate::Sent => &mut group.sent,
            Fate::SentBefore => &mut group.sent_before,
            Fate::NotSelected => &mut group.not_selected,
            Fate::Left(_) => &mut group.left,
        };
        *count += 1;
        match &one.fate {
            Fate::ToSend => self.to_send += 1,
            Fate::Sent => self.sent += 1,
            Fate::SentBefore => self.sent_before += 1,
            Fate::NotSelected => self.not_selected += 1,
            Fate::Left(why) => {
                *self.left.entry(why.name()).or_default() += 1;
                self.left_records.push(LeftRecord {
                    object: name.to_owned(),
                    line: one.line,
                    reason: why.name(),
                    why: why.to_string(),
                });
            }
        }
    }

    fn group(&mut self, one: &Told) -> &mut Group {
        let holds = one.kind.map_or("-", Kind::name);
        let key = (one.code.clone(), one.account.clone(), holds);
        let next = self.groups.len();
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            self.groups.push(Group {
                error_code: one.code.clone(),
                account: one.account.clone(),
                holds,
                ..Group::default()
            });
        }
        &mut self.groups[place]
    }

    /// As JSON.
    ///
    /// # Errors
    /// Never: everything in it can be written as JSON.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

fn time(milliseconds: i64) -> Option<String> {
    let time = Timestamp::from_millisecond(milliseconds).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
