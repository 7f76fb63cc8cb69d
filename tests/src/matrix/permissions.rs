//! The set-up, its change, a canary and the taking back under exactly the printed policies, and under each of
//! them with one action less.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::ensure;
use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_iam::Client as Iam;
use local::aws::Aws;
use local::cloud::MANAGEMENT;
use serde_json::json;

use super::case::Verb;
use super::organization::{ACCOUNTS, SHOP, Setting};
use super::record::Record;
use super::stage::Stage;
use crate::bootstrap::least_privilege::{
    Documents, actions_of, holders, is_told, printed_with, without,
};
use crate::bootstrap::{LOGGING, REGION, Ran, difference};

/// Stand-ins that are worked in at once.
const THREADS: usize = 6;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// A document's name and one of its actions.
type Action = (String, String);

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trial {
    Verb(Verb),
    Canary,
    /// The change and the taking back, once somebody has changed what is ours.
    Mend(Verb),
}

/// A setting in which the printed policies are enough.
pub struct Permitted {
    record: Record,
    documents: Documents,
    /// What each trial takes: accounts with their actions.
    trials: Vec<(Trial, BTreeSet<(String, String)>)>,
}

/// What came of leaving out each action.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// Every action of every document.
    pub all: Vec<Action>,
    /// Those that were missed, and named with their account.
    pub missed: Vec<Action>,
    /// Those that were missed, and not named.
    pub wrong: Vec<String>,
}

impl Permitted {
    /// Runs everything under the printed policies.
    ///
    /// # Errors
    /// When they aren't enough.
    pub fn new(setting: Setting) -> anyhow::Result<Self> {
        let record = Record::new(setting)?;
        let stage = Stage::new(setting)?;
        let documents = printed_with(stage.later(), &["--canary"])?;
        let mut trials = Vec::new();
        for trial in [
            Trial::Verb(Verb::Apply),
            Trial::Verb(Verb::Change),
            Trial::Canary,
            Trial::Verb(Verb::Destroy),
            Trial::Mend(Verb::Change),
            Trial::Mend(Verb::Destroy),
        ] {
            let _ = stage.cloud.asked();
            let ran = tried(&stage, &record, trial, &documents)?;
            ensure!(ran.code == 0, "{trial:?} isn't permitted: {ran:#?}");
            let end = match trial {
                Trial::Verb(verb) | Trial::Mend(verb) => record.end(verb),
                Trial::Canary => record.end(Verb::Change),
            };
            let differs = difference(&stage.state()?, &end.state);
            // A policy that somebody has attached stays until the role goes.
            let attached = trial == Trial::Mend(Verb::Change);
            ensure!(
                attached || differs.is_empty(),
                "{trial:?} ends with {differs}"
            );
            trials.push((trial, stage.cloud.asked()));
        }
        Ok(Self {
            record,
            documents,
            trials,
        })
    }

    /// Leaves out each action but the `known` ones.
    ///
    /// # Errors
    /// When something can't be run.
    pub fn each_left_out(&self, known: &BTreeSet<Action>) -> anyhow::Result<LeftOut> {
        let all = actions_of(&self.documents);
        let mut asked: Vec<_> = all.clone();
        asked.retain(|action| !known.contains(action));
        let found = Mutex::new(LeftOut::default());
        let next = AtomicUsize::new(0);
        let work = || -> anyhow::Result<()> {
            let stage = Stage::new(self.record.setting)?;
            while let Some(action) = asked.get(next.fetch_add(1, Ordering::SeqCst)) {
                let complaint = self.complaint(&stage, action)?;
                let Ok(mut found) = found.lock() else { break };
                match complaint {
                    None => {}
                    Some(Ok(())) => found.missed.push(action.clone()),
                    Some(Err(wrong)) => found.wrong.push(wrong),
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
            for thread in threads {
                let ended = thread.join();
                ended.map_err(|_| anyhow::anyhow!("a thread panicked"))??;
            }
            anyhow::Ok(())
        })?;
        let found = found.into_inner().unwrap_or_default();
        Ok(LeftOut { all, ..found })
    }

    /// Runs what takes the action, without it, until something is missed; the error is what isn't told.
    fn complaint(
        &self,
        stage: &Stage,
        (document, action): &Action,
    ) -> anyhow::Result<Option<Result<(), String>>> {
        let holders = holding(document)?;
        let documents = without(&self.documents, document, action);
        for (trial, asked) in &self.trials {
            let mut takes = holders.iter();
            if !takes.any(|account| asked.contains(&(account.clone(), action.clone()))) {
                continue;
            }
            let ran = tried(stage, &self.record, *trial, &documents)?;
            if is_told(&ran, action, &holders) {
                return Ok(Some(Ok(())));
            }
            if ran.code != 0 {
                let said = ran.said();
                let text = format!("{document} without {action}: {trial:?} doesn't tell:\n{said}");
                return Ok(Some(Err(text)));
            }
        }
        Ok(None)
    }
}

fn holding(document: &str) -> anyhow::Result<Vec<String>> {
    holders(document, (MANAGEMENT, LOGGING, SHOP), &ACCOUNTS)
}

/// Runs a trial from its beginning under these documents.
fn tried(
    stage: &Stage,
    record: &Record,
    trial: Trial,
    documents: &Documents,
) -> anyhow::Result<Ran> {
    permit(stage, documents)?;
    match trial {
        Trial::Verb(verb) => {
            stage.begin(record.start(verb))?;
            stage.run(verb, "1", &[])
        }
        Trial::Mend(verb) => {
            stage.begin(record.end(Verb::Change))?;
            disturb(stage)?;
            permit(stage, documents)?;
            stage.run(verb, "1", &[])
        }
        Trial::Canary => {
            stage.begin(record.end(Verb::Change))?;
            let mut command = stage.later().hurried("1")?;
            Ran::of(command.args(["verify", "--canary", "--timeout", "5"]))
        }
    }
}

/// Lets everybody do what these documents say, and nothing else.
fn permit(stage: &Stage, documents: &Documents) -> anyhow::Result<()> {
    for account in ACCOUNTS {
        let mut policies = Vec::new();
        for (name, document) in documents {
            if holding(name)?.iter().any(|holder| holder == account) {
                policies.push(document.clone());
            }
        }
        stage.cloud.permit(account, policies);
    }
    Ok(())
}

/// Somebody gives each role of ours another trust and a policy more, and takes the retention off the log groups
/// that were made.
fn disturb(stage: &Stage) -> anyhow::Result<()> {
    let everything = json!({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    for account in ACCOUNTS {
        stage.cloud.permit(account, vec![everything.clone()]);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let aws = Aws::new(stage.cloud.endpoint(), REGION).await;
        for (key, value) in stage.cloud.dump() {
            match *key.split(' ').collect::<Vec<_>>() {
                [account, "role", role] if role.starts_with("tributary-") => {
                    let iam = Iam::new(&aws.account(account));
                    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                        "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
                    let update = iam.update_assume_role_policy().role_name(role);
                    update.policy_document(trust.to_string()).send().await?;
                    let attach = iam.attach_role_policy().role_name(role);
                    attach.policy_arn(READ_ONLY).send().await?;
                }
                [account, region, "log", "group", name]
                    if value.contains("tributary:created-by") =>
                {
                    let logs = Logs::new(&aws.account_in(account, region));
                    let delete = logs.delete_retention_policy().log_group_name(name);
                    delete.send().await?;
                }
                _ => {}
            }
        }
        anyhow::Ok(())
    })
}
