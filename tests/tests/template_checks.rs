//! cfn-lint and checkov find nothing in any template, in any of its forms, but what is explained beside
//! its resource.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use local::layout::{checking_program, project_root};
use serde_json::{Value, json};
use tests::template::{folder, output, template, templates};
use tests::template_forms::{Parameters, conditions, with_defaults};

type Tested = anyhow::Result<()>;

/// Where checkov takes a stack to be.
const REGION: &str = "us-east-1";

/// Forms beside the defaults: in them together, each condition holds once and once doesn't.
#[rustfmt::skip]
const FORMS: &[(&str, Parameters<'static>)] = &[
    ("central.yaml", &[
        ("Search", "new-domain"), ("StreamMode", "PROVISIONED"), ("AlarmEmail", "logs@example.com"), ("LeastAccounts", "3"),
        ("FlowLogFormats", "{}"), ("CatalogLocation", "bucket/catalog.json"), ("DaysUntilGlacier", "0"),
    ]),
    ("central.yaml", &[
        ("Search", "endpoint"), ("EndpointUrl", "https://search.example.com/"), ("EndpointKey", "key"),
        ("CatalogLocation", "none"), ("DaysUntilGlacier", "0"), ("DaysUntilDeepArchive", "0"), ("DaysKept", "30"),
    ]),
    ("central.yaml", &[("Search", "domain"), ("DaysUntilDeepArchive", "0")]),
    ("central.yaml", &[("Search", "domain-alone")]),
    ("single.yaml", &[
        ("NewDomain", "false"), ("CatalogLocation", "bucket/catalog.json"), ("AlarmEmail", "logs@example.com"),
    ]),
    ("management.yaml", &[
        ("TrailBucket", "trail"), ("AlarmTopicArn", "arn:aws:sns:us-east-1:111111111111:alarms"),
        ("TrailKeyArn", "arn:aws:kms:us-east-1:222222222222:key/11111111-2222-3333-4444-555555555555"),
    ]),
    ("management.yaml", &[("Trail", "false"), ("Findings", "true"), ("Detector", "true")]),
    ("member.yaml", &[
        ("FirstRegion", REGION), ("SecondRegion", "eu-central-1"), ("ThirdRegion", "eu-west-1"), ("AnyGlob", "/app/*"),
        ("CreateFlowLogs", "true"), ("Vpc", "vpc-0123456789abcdef0"), ("FlowLogFormat", "${version} ${vpc-id}"),
        ("FlowLogsLogGroup", "cwl_vpc_fl_main"), ("CloudTrailLogGroup", "aws-cloudtrail-logs-main"),
        ("GuardDutyLogGroup", "/aws/events/guardduty"), ("AnyLogGroup", "/app/orders"),
    ]),
    ("member.yaml", &[
        ("FirstRegion", "eu-central-1"), ("SenderRole", "false"), ("FlowLogsGlob", ""), ("CloudTrailGlob", ""),
        ("GuardDutyGlob", ""),
    ]),
    ("onboarding.yaml", &[
        ("ConfigurationObjectArn", "arn:aws:s3:::bucket/tributary.toml"), ("AccountPolicies", "true"),
        ("FlowLogFormats", "true"), ("OrganizationId", "o-abcdefghij"),
        ("AlarmTopicArn", "arn:aws:sns:us-east-1:111111111111:alarms"), ("ReservedConcurrency", "1"),
    ]),
    ("onboarding.yaml", &[("OwnLogGroups", "false")]),
];

/// All forms of a template, the defaults first.
fn forms(name: &str) -> Vec<Parameters<'static>> {
    let more = FORMS.iter().filter(|(template, _)| *template == name);
    let more = more.map(|(_, parameters)| *parameters);
    std::iter::once(&[][..]).chain(more).collect()
}

#[test]
fn cfn_lint_finds_nothing_in_any_template() -> Tested {
    let mut command = Command::new(checking_program("cfn-lint")?);
    command.arg("--").arg(folder().join("*.yaml"));
    output(command).map(drop)
}

#[test]
fn the_forms_have_each_condition_both_ways() -> Tested {
    for name in templates()? {
        let template = template(&name)?;
        let mut seen: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
        for form in forms(&name) {
            for (condition, holds) in conditions(&template, form, REGION)? {
                seen.entry(condition).or_default().insert(holds);
            }
        }
        for (condition, ways) in seen {
            assert_eq!(ways.len(), 2, "{name}: {condition} is always {ways:?}");
        }
    }
    Ok(())
}

/// The types of resources that checkov has checks of.
fn checked_types() -> anyhow::Result<Vec<String>> {
    let mut command = Command::new(checking_program("python")?);
    command.arg(project_root().join("tests/python/checked_types.py"));
    Ok(serde_json::from_slice(&output(command)?)?)
}

/// Checkov's report of each form as a file `TEMPLATE.NUMBER.yaml`, with our exceptions or without.
fn checked(exceptions: bool) -> anyhow::Result<Value> {
    // From a folder below here, by a relative path: an absolute one of forty letters would look like
    // a secret to it.
    let scratch = tempfile::tempdir_in(project_root().join("target"))?;
    for name in templates()? {
        let mut text = std::fs::read_to_string(folder().join(&name))?;
        if !exceptions {
            text = text.replace("checkov:", "unchecked:");
        }
        for (number, form) in forms(&name).into_iter().enumerate() {
            let file = name.replace(".yaml", &format!(".{number}.yaml"));
            std::fs::write(scratch.path().join(file), with_defaults(&text, form)?)?;
        }
    }
    let mut command = Command::new(checking_program("checkov")?);
    command.current_dir(scratch.path());
    command.args(["--directory", ".", "--framework", "cloudformation"]);
    command.args([
        "--skip-download",
        "--compact",
        "--soft-fail",
        "--output",
        "json",
    ]);
    Ok(serde_json::from_slice(&output(command)?)?)
}

/// What stands in a list of a report: template, resource and check.
fn checks(report: &Value, list: &str) -> BTreeSet<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = report["results"][list].as_array().into_iter().flatten();
    all.map(|check| {
        let file = text(&check["file_path"]);
        let template = file.trim_start_matches('/').split('.').next();
        let template = format!("{}.yaml", template.unwrap_or_default());
        (template, text(&check["resource"]), text(&check["check_id"]))
    })
    .collect()
}

/// Resources under a condition that doesn't hold are nothing to checkov, so that it has to see each form.
/// And what it finds without our exceptions is what they are for, and nothing else.
#[test]
fn checkov_sees_every_resource_and_finds_nothing_but_what_our_exceptions_are_for() -> Tested {
    let report = checked(true)?;
    assert_eq!(checks(&report, "failed_checks"), BTreeSet::new());
    assert_eq!(report["summary"]["parsing_errors"], json!(0));
    let excepted = checks(&report, "skipped_checks");
    assert_eq!(checks(&checked(false)?, "failed_checks"), excepted);
    let mut seen = checks(&report, "passed_checks");
    seen.extend(excepted);
    let seen: BTreeSet<_> = seen
        .into_iter()
        .map(|(template, resource, _)| (template, resource))
        .collect();
    let types = checked_types()?;
    let mut conditional = 0;
    for name in templates()? {
        let template = template(&name)?;
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let kind = resource["Type"].as_str().unwrap_or_default();
            if types.iter().any(|known| known == kind) {
                let place = (name.clone(), format!("{kind}.{id}"));
                assert!(seen.contains(&place), "{place:?} was never looked at");
                conditional += usize::from(resource.get("Condition").is_some());
            }
        }
    }
    assert!(conditional > 10, "{conditional}");
    Ok(())
}

#[test]
fn every_exception_says_why() -> Tested {
    for name in templates()? {
        let text = std::fs::read_to_string(folder().join(&name))?;
        for line in text.lines().filter(|line| line.contains("checkov:skip=")) {
            let (_, reason) = line.split_once(": ").unwrap_or_default();
            assert!(reason.len() > 5, "{name}: {line}");
        }
        let template = template(&name)?;
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let skips = resource["Metadata"]["checkov"]["skip"].as_array();
            for skip in skips.into_iter().flatten() {
                let reason = skip["comment"].as_str().unwrap_or_default();
                assert!(reason.len() > 20, "{name} {id}: {skip}");
            }
        }
    }
    Ok(())
}
