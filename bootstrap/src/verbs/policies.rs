//! `bootstrap policies`: the IAM policies that running it takes, with the configuration's values. Asks
//! nothing of AWS, so that it can be used before anybody may do anything.

use catalog::Location;
use serde::Serialize;
use serde_json::Value;

use crate::canary::Archive;
use crate::config::{Config, Mode};
use crate::error::Error;
use crate::names::{Names, OWNER_TAG, partition_of};
use crate::output::{ExitStatus, Printer};
use crate::policies::{
    ACCESS_ACCOUNT_POLICY, ACCESS_CANARY, ACCESS_CANARY_ARCHIVE, ACCESS_CATALOG, ACCESS_CENTRAL,
    ACCESS_CLOUDTRAIL, ACCESS_CLOUDTRAIL_CREATE, ACCESS_ENCRYPTION, ACCESS_FLOW_LOGS,
    ACCESS_FLOW_LOGS_CREATE, ACCESS_GUARDDUTY, ACCESS_MEMBER, CALLER, FUNCTION_CATALOG, Values,
};

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Answer {
    policies: Vec<Entry>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Entry {
    name: &'static str,
    #[serde(rename = "for")]
    whom: String,
    document: Value,
}

/// Prints the policies, as JSON in either form; with `canary`, also what `verify --canary` takes,
/// with `archive`, also what `--archive` does.
///
/// # Errors
/// When a template can't be filled in, or the answer can't be written.
pub fn policies(
    config: &Config,
    printer: &mut Printer,
    canary: bool,
    archive: Option<&Archive>,
) -> Result<ExitStatus, Error> {
    let names = Names::new(config, partition_of(&config.central.region));
    let central = &config.central.account;
    let role = &config.organization.access_role;
    let regions = config.organization.regions.iter();
    let values = Values::default()
        .text("partition", names.partition())
        .text("access_role", role)
        .text("central_account", central.as_str())
        .text("stream_arn", names.stream_arn())
        .text("delivery_role", names.delivery_role())
        .text("sender_role", names.sender_role())
        .list(
            "destination_arns",
            regions.map(|region| names.destination_arn(region)),
        );
    let entry = |name, whom: String, document| Entry {
        name,
        whom,
        document,
    };
    let mut answer = Answer {
        policies: vec![
            entry(
                "caller",
                "whoever runs bootstrap, in the management account".to_owned(),
                CALLER.render(&values)?,
            ),
            entry(
                "access-central",
                format!("the role {role} in the central account {central}"),
                ACCESS_CENTRAL.render(&values)?,
            ),
            entry(
                "access-member",
                format!(
                    "the role {role} in every sending account, and whoever runs bootstrap, for the management account's own log groups"
                ),
                ACCESS_MEMBER.render(&values)?,
            ),
        ],
    };
    answer.policies.extend(of_encryption(config, &names)?);
    answer.policies.extend(of_account_policies(config)?);
    answer.policies.extend(of_catalog(config, &names)?);
    answer.policies.extend(of_sources(config, &names)?);
    if canary {
        answer.policies.push(of_canary(config, &names)?);
    }
    if let Some(archive) = archive {
        answer.policies.push(of_archive(config, &names, archive)?);
    }
    let text = serde_json::to_string_pretty(&answer)? + "\n";
    printer.answer(&answer, || text)?;
    Ok(ExitStatus::Success)
}

/// What `verify --canary` takes: a log group of our own in every account, and reading the stream.
fn of_canary(config: &Config, names: &Names) -> Result<Entry, Error> {
    let (role, central) = (&config.organization.access_role, &config.central.account);
    let values = Values::default()
        .text("partition", names.partition())
        .text("canary_log_group", names.canary_log_group())
        .text("stream_arn", names.stream_arn());
    Ok(Entry {
        name: "access-canary",
        whom: format!(
            "the role {role} in every sending account and in the central account {central}, and whoever runs bootstrap, \
             for `bootstrap verify --canary`"
        ),
        document: ACCESS_CANARY.render(&values)?,
    })
}

/// What `verify --canary --archive` takes: reading the archive.
fn of_archive(config: &Config, names: &Names, archive: &Archive) -> Result<Entry, Error> {
    let (role, central) = (&config.organization.access_role, &config.central.account);
    let bucket = format!("arn:{}:s3:::{}", names.partition(), archive.bucket);
    let values = Values::default()
        .text(
            "archive_objects_arn",
            format!("{bucket}/{}*", archive.prefix),
        )
        .text("archive_bucket_arn", bucket)
        .text("archive_prefix", archive.prefix.clone());
    Ok(Entry {
        name: "access-canary-archive",
        whom: format!(
            "the role {role} in the central account {central}, for `bootstrap verify --canary --archive {archive}`"
        ),
        document: ACCESS_CANARY_ARCHIVE.render(&values)?,
    })
}

/// What one policy for an account instead of filters takes, and taking it back.
fn of_account_policies(config: &Config) -> Result<Option<Entry>, Error> {
    if config.organization.mode != Mode::Account {
        return Ok(None);
    }
    let role = &config.organization.access_role;
    Ok(Some(Entry {
        name: "access-account-policy",
        whom: format!(
            "the role {role} in every sending account, beside access-member, for as long as account policies are there"
        ),
        document: ACCESS_ACCOUNT_POLICY.render(&Values::default())?,
    }))
}

/// What encrypting the stream takes, where a key is configured.
fn of_encryption(config: &Config, names: &Names) -> Result<Option<Entry>, Error> {
    let Some(key) = &config.central.kms_key else {
        return Ok(None);
    };
    let values = Values::default()
        .text("stream_arn", names.stream_arn())
        .text("key_arn", names.key_arn(key));
    let (role, central) = (&config.organization.access_role, &config.central.account);
    Ok(Some(Entry {
        name: "access-encryption",
        whom: format!(
            "the role {role} in the central account {central}, which encrypts the stream"
        ),
        document: ACCESS_ENCRYPTION.render(&values)?,
    }))
}

/// What writing and reading the catalog takes, where it is in S3.
fn of_catalog(config: &Config, names: &Names) -> Result<Vec<Entry>, Error> {
    let location = config.catalog.as_ref().map(|settings| &settings.location);
    let Some(Location::Object { bucket, key }) = location else {
        return Ok(Vec::new());
    };
    let bucket = format!("arn:{}:s3:::{bucket}", names.partition());
    let values = Values::default()
        .text("catalog_arn", format!("{bucket}/{key}"))
        .text("catalog_bucket_arn", bucket);
    let role = &config.organization.access_role;
    let central = &config.central.account;
    Ok(vec![
        Entry {
            name: "access-catalog",
            whom: format!(
                "the role {role} in the central account {central}, which writes the catalog"
            ),
            document: ACCESS_CATALOG.render(&values)?,
        },
        Entry {
            name: "function-catalog",
            whom: "the role of the function transform, which reads the catalog".to_owned(),
            document: FUNCTION_CATALOG.render(&values)?,
        },
    ])
}

/// What it takes to know how logs come into being, and to have it done.
fn of_sources(config: &Config, names: &Names) -> Result<Vec<Entry>, Error> {
    let role = &config.organization.access_role;
    let everywhere =
        format!("the role {role} in every sending account, and whoever runs bootstrap");
    let values = Values::default()
        .text("partition", names.partition())
        .text("owner_tag", OWNER_TAG)
        .text("owner", names.owner())
        .text("flow_logs_role", names.flow_logs_role())
        .text("trail_role", names.trail_role())
        .text("finding_rule", names.finding_rule());
    let mut entries = Vec::new();
    let mut add = |name, whom, document| {
        entries.push(Entry {
            name,
            whom,
            document,
        });
    };
    if config.reads_flow_logs() {
        let whom = format!("{everywhere}: which flow logs there are, with their formats");
        add("access-flow-logs", whom, ACCESS_FLOW_LOGS.render(&values)?);
    }
    if let Some(settings) = &config.flow_logs {
        let whom = format!("{everywhere}: to create flow logs and take them back");
        let arns = log_group_arns(names, "*", &settings.log_groups());
        let values = values.clone().list("log_group_arns", arns);
        let document = ACCESS_FLOW_LOGS_CREATE.render(&values)?;
        add("access-flow-logs-create", whom, document);
    }
    let whoever = "whoever runs bootstrap, in the management account".to_owned();
    if config.asks_for_trails() {
        let whom = format!("{whoever}: where the organization's trail is delivered to");
        add(
            "access-cloudtrail",
            whom,
            ACCESS_CLOUDTRAIL.render(&values)?,
        );
    }
    if let Some(settings) = &config.cloudtrail {
        let whom = format!("{whoever}: to make a log group for the organization's trail");
        let arns = log_group_arns(names, "*", &settings.log_group.name);
        let values = values.clone().list("log_group_arns", arns);
        add(
            "access-cloudtrail-create",
            whom,
            ACCESS_CLOUDTRAIL_CREATE.render(&values)?,
        );
    }
    if let Some(settings) = &config.guardduty {
        let account = settings.account.as_str();
        let whom = format!(
            "the role {role} in the account {account}, for the rule that GuardDuty's findings take"
        );
        let arns = log_group_arns(names, account, &settings.log_group.name);
        let values = values.list("log_group_arns", arns).text("account", account);
        add("access-guardduty", whom, ACCESS_GUARDDUTY.render(&values)?);
    }
    Ok(entries)
}

/// The two forms in which actions name a log group.
fn log_group_arns(names: &Names, account: &str, log_group: &str) -> [String; 2] {
    let arn = format!(
        "arn:{}:logs:*:{account}:log-group:{log_group}",
        names.partition()
    );
    [format!("{arn}:*"), arn]
}
