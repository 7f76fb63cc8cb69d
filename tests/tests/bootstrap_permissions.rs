//! Whoever leaves one action out of the printed policies is told which, and in which account: over ministack,
//! which holds policies against calls in its own way, and over our own stand-in, which does so for every
//! document.

use std::collections::BTreeSet;
use std::path::Path;

use aws_sdk_iam::Client as Iam;
use aws_sdk_kinesis::Client as Kinesis;
use aws_sdk_kinesis::error::SdkError;
use tests::bootstrap::Ran;
use tests::bootstrap::least_privilege::{LeastPrivilege, actions, is_told, without};
use tests::matrix::{Permitted, Setting};

type Tested = anyhow::Result<()>;

/// Stand-ins that are worked in at once.
const LANES: usize = 4;

/// What the stand-in doesn't check. Once it does, it is missed here, and has to be taken out.
const NOT_ENFORCED: [(&str, &str); 6] = [
    // It is asked of CreateRole with tags, and of PutDestination and PutSubscriptionFilter with a role.
    ("access-central", "iam:TagRole"),
    ("access-member", "iam:TagRole"),
    ("access-central", "iam:PassRole"),
    ("access-member", "iam:PassRole"),
    // It doesn't know the call.
    ("access-central", "kinesis:UpdateStreamMode"),
    // S3 answers 403 instead of 404 without it.
    ("access-catalog", "s3:ListBucket"),
];

/// One action left out.
struct Case {
    document: String,
    action: String,
}

impl Case {
    /// Whether somebody who reads this knows what is missing, and where.
    fn is_told_by(&self, ran: &Ran, holders: &[String]) -> bool {
        is_told(ran, &self.action, holders)
    }
}

/// Somebody changes what there is, so that every way of mending is gone.
async fn disturb(least: &LeastPrivilege) -> Tested {
    let organization = &least.scene.organization;
    let roles = [
        (&organization.logging.id, "tributary-delivery-tributary"),
        (&organization.members[0].id, "tributary-sender-tributary"),
    ];
    for (account, role) in roles {
        let iam = Iam::new(&least.scene.aws.account(account));
        let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
        let update = iam.update_assume_role_policy().role_name(role);
        update.policy_document(trust).send().await?;
        let attach = iam.attach_role_policy().role_name(role);
        attach
            .policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess")
            .send()
            .await?;
    }
    Ok(())
}

/// Writes the capacity of the stream into the configuration.
fn configure(least: &LeastPrivilege, capacity: &str) -> Tested {
    let path = &least.scene.bootstrap.config;
    let text = std::fs::read_to_string(path)?;
    let lines = text.lines().map(|line| match line {
        line if line.starts_with("shards") => capacity,
        line => line,
    });
    std::fs::write(path, lines.collect::<Vec<_>>().join("\n"))?;
    Ok(())
}

/// Goes through everything that the program does, until a run fails or has something to say about a
/// permission. All that it said at the end.
async fn first_complaint(
    least: &LeastPrivilege,
    case: &Case,
    own_stream: bool,
) -> anyhow::Result<Option<Ran>> {
    let holders = least.holders(&case.document)?;
    let bootstrap = &least.scene.bootstrap;
    for (verb, capacity) in [
        ("apply", "shards = 2"),
        ("apply", "shards = 4"),
        ("destroy", "shards = 4"),
    ] {
        configure(least, capacity)?;
        let ran = bootstrap.run([verb, "--yes", "--deadline", "1"])?;
        if ran.code != 0 || case.is_told_by(&ran, &holders) {
            return Ok(Some(ran));
        }
        if capacity == "shards = 2" && own_stream {
            disturb(least).await?;
        }
    }
    Ok(None)
}

/// A stream that was there before has its retention raised and put back.
async fn foreign_stream(least: &LeastPrivilege) -> Tested {
    let kinesis = Kinesis::new(
        &least
            .scene
            .aws
            .account(&least.scene.organization.logging.id),
    );
    let create = kinesis.create_stream().stream_name("tributary-logs");
    create.shard_count(1).send().await?;
    Ok(())
}

/// Takes everything back with all permissions; a stream that got no tag isn't ours.
async fn clean(least: &LeastPrivilege) -> Tested {
    least.grant(&least.documents).await?;
    least.scene.bootstrap.ends(0, &["destroy", "--yes"])?;
    let logging = &least.scene.organization.logging.id;
    let kinesis = Kinesis::new(&least.scene.aws.account(logging));
    let delete = kinesis.delete_stream().stream_name("tributary-logs");
    match delete.send().await.map_err(SdkError::into_service_error) {
        Err(error) if !error.is_resource_not_found_exception() => Err(error.into()),
        _ => Ok(()),
    }
}

/// What is wrong with how a missing action is told; nothing if all is well.
async fn judged(least: &LeastPrivilege, case: &Case) -> anyhow::Result<Option<String>> {
    let Case { document, action } = case;
    let documents = without(&least.documents, document, action);
    least.grant(&documents).await?;
    let mut complaint = first_complaint(least, case, true).await?;
    clean(least).await?;
    if complaint.is_none() {
        foreign_stream(least).await?;
        least.grant(&documents).await?;
        complaint = first_complaint(least, case, false).await?;
        clean(least).await?;
    }
    let known = NOT_ENFORCED.contains(&(document, action));
    let holders = least.holders(document)?;
    Ok(match complaint {
        None if known => None,
        None => Some(format!("{document} without {action}: nobody missed it")),
        Some(_) if known => Some(format!(
            "{document} without {action}: the stand-in checks it by now: take it out of NOT_ENFORCED"
        )),
        Some(ran) if case.is_told_by(&ran, &holders) => None,
        Some(ran) => Some(format!(
            "{document} without {action}: not told: {}\n{}",
            ran.stdout, ran.stderr
        )),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn every_action_that_is_left_out_is_named_with_its_account() -> Tested {
    let mut lanes = Vec::new();
    for lane in 0..LANES {
        lanes.push(tokio::spawn(async move {
            let least = LeastPrivilege::new().await?;
            let all = actions(&least)?;
            let count = all.len();
            let mut wrong = Vec::new();
            for (document, action) in all.into_iter().skip(lane).step_by(LANES) {
                let case = Case { document, action };
                wrong.extend(judged(&least, &case).await?);
            }
            anyhow::Ok((count, wrong))
        }));
    }
    let mut wrong = Vec::new();
    for lane in lanes {
        let (count, more) = lane.await??;
        assert!(count > 40, "only {count} actions");
        wrong.extend(more);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// What nobody here misses.
const NOT_MISSED: [(&str, &str); 3] = [
    // Whoever runs the program has it from `caller` too.
    (
        "access-cloudtrail-create",
        "organizations:DescribeOrganization",
    ),
    // Our stand-in tells each account's path, as AWS does by now; ministack doesn't, and there it is missed.
    ("caller", "organizations:ListAccountsForParent"),
    // The function `transform` has it.
    ("function-catalog", "s3:GetObject"),
];

#[test]
fn every_action_of_every_document_is_needed_and_named_where_it_is_missing() -> Tested {
    let mut known = BTreeSet::new();
    let mut missed = BTreeSet::new();
    for setting in [Setting::Filters, Setting::AccountPolicy] {
        let permitted = Permitted::new(setting)?;
        let found = permitted.each_left_out(&missed)?;
        assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
        known.extend(found.all);
        missed.extend(found.missed);
    }
    let templates = every_document()?;
    let names: BTreeSet<_> = known.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names, templates, "a document isn't printed here");
    let unneeded: Vec<_> = known.difference(&missed).collect();
    let not_missed = NOT_MISSED.map(|(name, action)| (name.to_owned(), action.to_owned()));
    assert_eq!(unneeded, not_missed.iter().collect::<Vec<_>>());
    Ok(())
}

/// The names of the templates of what people and roles are given, who run the program.
fn every_document() -> anyhow::Result<BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().replace(".json", "");
        // Reading the archive takes lists of objects, which our stand-in for S3 doesn't have.
        if name == "access-canary-archive" {
            continue;
        }
        let given = name == "caller" || name == "function-catalog" || name.starts_with("access-");
        names.extend(given.then_some(name));
    }
    Ok(names)
}
