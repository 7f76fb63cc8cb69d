//! The policies inside the templates and those in `policies/` are the same statements.

use std::collections::BTreeSet;

use anyhow::Context;
use local::layout::project_root;
use serde_json::Value;
use tests::template::{template, templates};
use tests::template_policies::{Row, documents};

type Tested = anyhow::Result<()>;

/// Of each document in a template: which file it is. A new template adds its rows.
fn rows() -> Vec<Row> {
    [CENTRAL, SINGLE, MANAGEMENT, MEMBER, ONBOARDING].concat()
}

const fn row(
    template: &'static str,
    resource: &'static str,
    part: &'static str,
    file: &'static str,
    places: &'static [(&'static str, &'static str)],
) -> Row {
    Row {
        template,
        resource,
        part,
        file,
        places,
    }
}

const TRAIL: (&str, &str) = (
    "trail_arn",
    "arn:${AWS::Partition}:cloudtrail:*:${ManagementAccount}:trail/${TrailName}",
);
const DOMAIN: (&str, &str) = (
    "domain_arn",
    "arn:${AWS::Partition}:es:${AWS::Region}:${AWS::AccountId}:domain/${DomainName}",
);
const KEY: &[(&str, &str)] = &[("key_arn", "${Key.Arn}")];
const FUNCTION_LOGS: &[(&str, &str)] = &[(
    "log_group_arn",
    "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${FunctionLogs}",
)];

#[rustfmt::skip]
const CENTRAL: &[Row] = &[
    row("central.yaml", "Key", "KeyPolicy", "key", &[("logs_service", "logs.${AWS::Region}.${AWS::URLSuffix}"), TRAIL]),
    row("central.yaml", "AlarmKey", "KeyPolicy", "alarm-key", &[]),
    row("central.yaml", "FunctionRole", "trust", "function-trust", &[]),
    row("central.yaml", "FunctionRole", "function-put-back", "function-put-back", &[("stream_arn", "${RawStream.Arn}")]),
    row("central.yaml", "FunctionRole", "function-documents", "function-documents", &[("documents_stream_arn", "${DocumentStream.Arn}")]),
    row("central.yaml", "FunctionRole", "function-key", "function-key", KEY),
    row("central.yaml", "FunctionRole", "function-log", "function-log", FUNCTION_LOGS),
    row("central.yaml", "FunctionRole", "function-catalog", "function-catalog", &[("catalog_arn", "${ArchiveBucket.Arn}/catalog.json")]),
    row("central.yaml", "FunctionRole", "function-catalog-elsewhere", "function-catalog", &[("catalog_arn", "arn:${AWS::Partition}:s3:::${CatalogLocation}")]),
    row("central.yaml", "FunctionRole", "function-catalog-key", "function-catalog-key", KEY),
    row("central.yaml", "ArchiveBucketPolicy", "PolicyDocument", "archive-bucket", &[("bucket_arn", "${ArchiveBucket.Arn}")]),
    row("central.yaml", "TrailBucketPolicy", "PolicyDocument", "trail-bucket", &[
        ("bucket_arn", "${TrailBucket.Arn}"), TRAIL,
        ("management_account", "${ManagementAccount}"), ("organization_id", "${OrganizationId}"),
    ]),
    row("central.yaml", "ArchiveRole", "trust", "firehose-trust", &[]),
    row("central.yaml", "ArchiveRole", "firehose-stream", "firehose-stream", &[("stream_arn", "${RawStream.Arn}")]),
    row("central.yaml", "ArchiveRole", "firehose-function", "firehose-function", &[("function_arn", "${Function.Arn}")]),
    row("central.yaml", "ArchiveRole", "firehose-bucket", "firehose-bucket", &[
        ("bucket_arn", "${ArchiveBucket.Arn}"), ("object_arns", "${ArchiveBucket.Arn}/logs/* ${ArchiveBucket.Arn}/errors/*"),
    ]),
    row("central.yaml", "ArchiveRole", "firehose-key", "firehose-key", KEY),
    row("central.yaml", "ArchiveRole", "firehose-log", "firehose-log", &[(
        "log_group_arn", "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${ArchiveErrors}",
    )]),
    row("central.yaml", "SearchRole", "trust", "firehose-trust", &[]),
    row("central.yaml", "SearchRole", "firehose-stream", "firehose-stream", &[("stream_arn", "${DocumentStream.Arn}")]),
    row("central.yaml", "SearchRole", "firehose-bucket", "firehose-bucket", &[
        ("bucket_arn", "${ArchiveBucket.Arn}"), ("object_arns", "${ArchiveBucket.Arn}/search-failed/*"),
    ]),
    row("central.yaml", "SearchRole", "firehose-key", "firehose-key", KEY),
    row("central.yaml", "SearchRole", "firehose-log", "firehose-log", &[(
        "log_group_arn", "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${SearchErrors}",
    )]),
    row("central.yaml", "SearchRole", "firehose-domain", "firehose-domain", &[DOMAIN, ("index", "tributary")]),
    row("central.yaml", "Domain", "AccessPolicies", "domain", &[DOMAIN]),
];

#[rustfmt::skip]
const SINGLE: &[Row] = &[
    row("single.yaml", "FunctionRole", "trust", "function-trust", &[]),
    row("single.yaml", "FunctionRole", "function-put-back", "function-put-back", &[("stream_arn", "${Stream.Arn}")]),
    row("single.yaml", "FunctionRole", "function-log", "function-log", FUNCTION_LOGS),
    row("single.yaml", "FunctionRole", "function-catalog", "function-catalog", &[("catalog_arn", "arn:${AWS::Partition}:s3:::${CatalogLocation}")]),
    row("single.yaml", "BucketPolicy", "PolicyDocument", "archive-bucket", &[("bucket_arn", "${Bucket.Arn}")]),
    row("single.yaml", "DeliveryRole", "trust", "firehose-trust", &[]),
    row("single.yaml", "DeliveryRole", "firehose-stream", "firehose-stream", &[("stream_arn", "${Stream.Arn}")]),
    row("single.yaml", "DeliveryRole", "firehose-function", "firehose-function", &[("function_arn", "${Function.Arn}")]),
    row("single.yaml", "DeliveryRole", "firehose-bucket", "firehose-bucket", &[
        ("bucket_arn", "${Bucket.Arn}"), ("object_arns", "${Bucket.Arn}/failed/*"),
    ]),
    row("single.yaml", "DeliveryRole", "firehose-log", "firehose-log", &[(
        "log_group_arn", "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${DeliveryErrors}",
    )]),
    row("single.yaml", "DeliveryRole", "firehose-domain", "firehose-domain", &[DOMAIN, ("index", "tributary")]),
    row("single.yaml", "Domain", "AccessPolicies", "domain", &[DOMAIN]),
];

#[rustfmt::skip]
const MANAGEMENT: &[Row] = &[
    row("management.yaml", "TrailRole", "trust", "trail-role-trust", &[]),
    row("management.yaml", "TrailRole", "tributary", "trail-role", &[(
        "log_stream_arns", "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${TrailLogGroup}:log-stream:*",
    )]),
    row("management.yaml", "FindingsPolicy", "PolicyDocument", "findings-log-group", &[(
        "log_group_arn", "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${FindingsLogGroup}",
    )]),
];

/// What the sender role may send in one region: each source, and the canary.
macro_rules! sent_in {
    ($region:literal) => {
        concat!(
            sent_in!($region, "/tributary-canary/${Destination}"),
            " ",
            sent_in!($region, "${FlowLogsGlob}"),
            " ",
            sent_in!($region, "${CloudTrailGlob}"),
            " ",
            sent_in!($region, "${GuardDutyGlob}"),
            " ",
            sent_in!($region, "${AnyGlob}")
        )
    };
    ($region:literal, $glob:literal) => {
        concat!(
            "arn:${AWS::Partition}:logs:",
            $region,
            ":${AWS::AccountId}:log-group:",
            $glob,
            ":*"
        )
    };
}

#[rustfmt::skip]
const MEMBER: &[Row] = &[
    row("member.yaml", "Sender", "trust", "sender-role-trust", &[(
        "logs_services",
        "logs.${FirstRegion}.${AWS::URLSuffix} logs.${SecondRegion}.${AWS::URLSuffix} logs.${ThirdRegion}.${AWS::URLSuffix}",
    )]),
    row("member.yaml", "Sender", "tributary", "sender-role", &[(
        "log_group_arns",
        concat!(sent_in!("${FirstRegion}"), " ", sent_in!("${SecondRegion}"), " ", sent_in!("${ThirdRegion}")),
    )]),
    row("member.yaml", "FlowLogsRole", "trust", "flow-logs-role-trust", &[]),
    row("member.yaml", "FlowLogsRole", "tributary", "flow-logs-role", &[(
        "log_group_arn", "arn:${AWS::Partition}:logs:*:${AWS::AccountId}:log-group:${LogGroupPrefix}vpc-*",
    )]),
];

#[rustfmt::skip]
const ONBOARDING: &[Row] = &[
    row("onboarding.yaml", "Role", "trust", "function-trust", &[]),
    row("onboarding.yaml", "Role", "function", "onboarding-function", &[
        ("log_group_arn", "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/${FunctionName}"),
        ("queue_arn", "${GivenUp.Arn}"),
    ]),
    row("onboarding.yaml", "Role", "caller", "caller", &[("access_role", "${AccessRole}")]),
    row("onboarding.yaml", "ConfigurationPolicy", "configuration", "onboarding-configuration", &[("object_arn", "${ConfigurationObjectArn}")]),
    row("onboarding.yaml", "BusPolicy", "Statement", "onboarding-event-bus", &[("organization_id", "${OrganizationId}")]),
    row("onboarding.yaml", "MemberPolicy", "access-member", "access-member", &[
        ("sender_role", "tributary-sender-${Destination}"),
        ("destination_arns", "arn:${AWS::Partition}:logs:*:${CentralAccount}:destination:${Destination}"),
    ]),
    row("onboarding.yaml", "TrailsPolicy", "access-cloudtrail", "access-cloudtrail", &[]),
    row("onboarding.yaml", "AccountPolicyPolicy", "access-account-policy", "access-account-policy", &[]),
    row("onboarding.yaml", "FlowLogsPolicy", "access-flow-logs", "access-flow-logs", &[]),
    row("onboarding-events.yaml", "Role", "trust", "onboarding-events-trust", &[]),
    row("onboarding-events.yaml", "Role", "forward", "onboarding-events", &[("event_bus_arn", "${EventBusArn}")]),
];

/// Statements that allow something on or to `"*"`, by their id or else their resource's, and why nothing
/// narrower says it.
const EVERYTHING: &[(&str, &str)] = &[
    ("TheAccountDecides", "a key's policy means the key itself"),
    ("OurLogGroups", "a key's policy means the key itself"),
    ("AlarmsToTheTopic", "a key's policy means the key itself"),
    ("TheTrail", "a key's policy means the key itself"),
    ("ReadTheOrganization", "its actions know no resources"),
    ("FindLogGroups", "its actions know no resources"),
    ("ReadTrails", "its actions know no resources"),
    ("AccountPolicy", "its actions know no resources"),
    ("ReadFlowLogs", "its actions know no resources"),
    (
        "BusPolicy",
        "the organization and what AWS tells are its conditions",
    ),
];

#[test]
fn every_document_of_every_template_is_the_file_that_its_row_says() -> Tested {
    for name in templates()? {
        let documents = documents(&template(&name)?);
        let mut told = BTreeSet::new();
        for row in rows().iter().filter(|row| row.template == name) {
            row.holds(&documents)?;
            told.insert((row.resource.to_owned(), row.part.to_owned()));
        }
        assert_eq!(told, documents.into_keys().collect(), "{name}");
    }
    Ok(())
}

#[test]
fn every_file_of_policies_is_used_by_a_program_or_by_a_template() -> Tested {
    let source = |file: &str| std::fs::read_to_string(project_root().join(file));
    let bootstrap = source("bootstrap/src/policies.rs")?;
    let replay = source("replay/src/policy.rs")?;
    for entry in std::fs::read_dir(project_root().join("policies"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let in_template = rows()
            .iter()
            .any(|row| format!("{}.json", row.file) == name);
        assert!(
            in_template
                || bootstrap.contains(&format!("\"{name}\""))
                || replay.contains(&format!("policies/{name}\"")),
            "{name}"
        );
    }
    Ok(())
}

#[test]
fn nothing_is_allowed_on_everything_without_a_reason() -> Tested {
    let mut seen = BTreeSet::new();
    for name in templates()? {
        for (place, document) in documents(&template(&name)?) {
            for statement in document["Statement"].as_array().into_iter().flatten() {
                let Some(what) = too_much(statement) else {
                    continue;
                };
                let sid = statement["Sid"].as_str().unwrap_or(&place.0).to_owned();
                assert!(
                    EVERYTHING.iter().any(|(known, _)| *known == sid),
                    "{name} {place:?} {sid}: {what}"
                );
                seen.insert(sid);
            }
        }
    }
    assert_eq!(seen.len(), EVERYTHING.len(), "no longer needed: {seen:?}");
    Ok(())
}

/// The page's service control policy ends what the roles could be made to do beyond their own policies.
#[test]
fn what_the_page_leaves_the_roles_that_bootstrap_makes_is_their_work() -> Tested {
    let page = std::fs::read_to_string(project_root().join("docs/permissions.md"))?;
    let (_, policy) = page.split_once("```json\n").context("no policy")?;
    let (policy, _) = policy.split_once("```").context("no end")?;
    let policy: Value = serde_json::from_str(policy)?;
    let left: BTreeSet<_> = texts(&policy["Statement"][0]["NotAction"])
        .map(str::to_owned)
        .collect();
    let mut work = BTreeSet::new();
    for file in [
        "delivery-role",
        "delivery-role-alias",
        "delivery-role-key",
        "flow-logs-role",
        "sender-role",
    ] {
        let path = project_root().join(format!("policies/{file}.json"));
        let document: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
        for statement in document["Statement"].as_array().into_iter().flatten() {
            work.extend(texts(&statement["Action"]).map(str::to_owned));
        }
    }
    assert_eq!(left, work);
    Ok(())
}

/// A text, or each of several.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let many = value.as_array().into_iter().flatten();
    let one = value.as_str().into_iter();
    one.chain(many.filter_map(Value::as_str))
}

/// What makes a statement allow more than one thing, if anything does.
fn too_much(statement: &Value) -> Option<&'static str> {
    let says = |value: &Value, wrong: fn(&str) -> bool| texts(value).any(wrong);
    let principal = &statement["Principal"];
    let principals = principal.as_object().into_iter().flatten();
    let mut principals = principals.map(|(_, value)| value).chain([principal]);
    if statement["Effect"] != "Allow" {
        None
    } else if principals.any(|it| says(it, |principal| principal == "*")) {
        Some("anybody")
    } else if says(&statement["Resource"], |resource| resource == "*") {
        Some("any resource")
    } else if says(&statement["Action"], |it| it == "*" || it.ends_with(":*")) {
        Some("any action")
    } else {
        None
    }
}
