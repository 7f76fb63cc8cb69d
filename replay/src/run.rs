//! A run: every object, every line, one fate each.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use crate::arguments::Arguments;
use crate::clients::Clients;
use crate::content::{Content, Contents, Kind};
use crate::error::Error;
use crate::error_object::{self, Line};
use crate::fate::{self, Fate, Looks, Why};
use crate::journal::{Journal, States};
use crate::pace::Pace;
use crate::put::{Outgoing, Stream};
use crate::report::{Report, Told};
use crate::sending::{INTERRUPTED, Origin, Sending, hex, outgoing};
use crate::source::{Object, Place, Source};

/// Does what the arguments say.
///
/// # Errors
/// Where objects or the journal can't be read, or nothing may be sent.
pub async fn run(arguments: &Arguments) -> Result<Report, Error> {
    let mut run = Run::new(arguments).await?;
    let mut report = Report::new(arguments.dry_run);
    // All places before anything is sent: one that can't be read is told first.
    let mut objects = Vec::new();
    for place in &arguments.from {
        objects.extend(run.source.list(place).await?);
    }
    for object in objects {
        if run.stop.load(Ordering::Relaxed) {
            report.ended.get_or_insert_with(|| INTERRUPTED.to_owned());
        }
        if report.ended.is_some() {
            report.objects_not_read += 1;
            continue;
        }
        // What was sent until then is told all the same.
        if let Err(error) = run.object(&object, &mut report).await {
            report.ended = Some(error.to_string());
        }
    }
    Ok(report)
}

struct Run<'a> {
    arguments: &'a Arguments,
    source: Source,
    contents: Contents,
    before: Before,
    payloads: Option<Stream>,
    documents: Option<Stream>,
    pace: Pace,
    stop: Arc<AtomicBool>,
    unanswered: u32,
}

/// What is known of earlier runs: to be looked at, or to be written on.
enum Before {
    Looked(HashMap<String, States>),
    Open(Journal),
}

impl<'a> Run<'a> {
    async fn new(arguments: &'a Arguments) -> Result<Self, Error> {
        let targets = [&arguments.payloads_to, &arguments.documents_to];
        let region = targets.iter().find_map(|target| target.as_ref());
        let clients = Clients::new(region.map(|target| target.region.as_str())).await;
        let in_s3 = arguments
            .from
            .iter()
            .any(|place| matches!(place, Place::S3 { .. }));
        if in_s3 || !arguments.dry_run {
            clients.check().await?;
        }
        let before = match (&arguments.journal, arguments.dry_run) {
            (Some(path), true) => Before::Looked(Journal::look(path)?),
            (Some(path), false) => Before::Open(Journal::open(path)?),
            (None, _) => Before::Looked(HashMap::new()),
        };
        let stream = |target: &Option<_>| target.as_ref().map(|to| Stream::new(&clients, to));
        let stop = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&stop);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                heard.store(true, Ordering::Relaxed);
            }
        });
        Ok(Self {
            arguments,
            source: Source::new(in_s3.then(|| clients.s3())),
            contents: Contents::new(),
            before,
            payloads: stream(&arguments.payloads_to),
            documents: stream(&arguments.documents_to),
            pace: Pace::new(arguments.rate),
            stop,
            unanswered: 0,
        })
    }

    async fn object(&mut self, object: &Object, report: &mut Report) -> Result<(), Error> {
        let name = object.name();
        let bytes = match self.bytes(object).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                report.objects_marked_before += 1;
                return Ok(());
            }
            Err(Error::Object { why, .. }) => {
                report.unreadable_object(&name, &why);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let digest = hex(&Sha256::digest(&bytes));
        let lines = match error_object::lines(&bytes) {
            Ok(lines) => lines,
            Err(why) => {
                report.unreadable_object(&name, &why);
                return Ok(());
            }
        };
        let mut told = self.decide(&digest, lines);
        if let Before::Open(journal) = &mut self.before {
            let mut sending = Sending {
                journal,
                pace: &mut self.pace,
                stop: &self.stop,
                unanswered: &mut self.unanswered,
            };
            let origin = Origin {
                object: &digest,
                name: &name,
            };
            for (stream, documents) in [(&self.payloads, false), (&self.documents, true)] {
                let Some(stream) = stream else { continue };
                let records = take(&mut told, documents, stream);
                if report.ended.is_some() {
                    let fates = records.iter();
                    let fates = fates.map(|record| (record.line, Fate::Left(Why::NotTried)));
                    settle(&mut told, fates.collect());
                    continue;
                }
                let sent = sending.send(stream, origin, records).await?;
                report.ended = sent.ended;
                settle(&mut told, sent.fates.into_iter().collect());
            }
        }
        let is_out = report.object(&name, &told);
        if is_out && self.arguments.mark && !self.arguments.dry_run {
            self.source.mark(object).await?;
            report.objects_marked += 1;
        }
        Ok(())
    }

    /// The bytes of an object; nothing where it is marked.
    async fn bytes(&self, object: &Object) -> Result<Option<Vec<u8>>, Error> {
        // Of a file its name says it; the tags of an object have to be asked for, which takes a permission.
        let can_tell = self.arguments.mark || matches!(object, Object::Disk(_));
        if can_tell && self.source.is_marked(object).await? {
            return Ok(None);
        }
        self.source.read(object).await.map(Some)
    }

    fn decide(&mut self, digest: &str, lines: Vec<Line>) -> Vec<Told> {
        let before = match &self.before {
            Before::Looked(states) => states.get(digest).cloned().unwrap_or_default(),
            Before::Open(journal) => journal.states(digest),
        };
        let mut told = Vec::with_capacity(lines.len());
        for Line { number, record } in lines {
            told.push(match record {
                Err(why) => Told::unreadable(number, why),
                Ok(record) => {
                    let Content { kind, account } = self.contents.of(&record.base64);
                    let looks = Looks {
                        code: &record.code,
                        kind,
                        bytes: record.data.len(),
                    };
                    Told {
                        line: number,
                        fate: fate::decide(self.arguments, looks, before.get(&number)),
                        code: record.code,
                        account,
                        kind: Some(kind),
                        arrival: record.arrival,
                        bytes: record.data.len(),
                        data: record.data,
                    }
                }
            });
        }
        told
    }
}

/// The records that are to be sent to `stream`.
fn take(told: &mut [Told], documents: bool, stream: &Stream) -> Vec<Outgoing> {
    let here = |one: &&mut Told| {
        one.fate == Fate::ToSend && (one.kind == Some(Kind::Document)) == documents
    };
    told.iter_mut()
        .filter(here)
        .map(|one| outgoing(stream.target(), one.line, std::mem::take(&mut one.data)))
        .collect()
}

fn settle(told: &mut [Told], mut fates: HashMap<u32, Fate>) {
    for one in told {
        if let Some(fate) = fates.remove(&one.line) {
            one.fate = fate;
        }
    }
}
