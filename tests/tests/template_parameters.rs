//! Every parameter says what it takes, and the stand-in refuses the rest before it makes anything.

use std::collections::BTreeSet;

use local::ministack::Ministack;
use serde_json::{Value, json};
use tests::stand_in_template::Adapted;
use tests::template::{Stack, ask, template, templates};
use tests::template_forms::Parameters;

type Tested = anyhow::Result<()>;

const ACCOUNT: &str = "222222222222";
const REGION: &str = "eu-central-1";
/// A parameter that takes any text: what it is, an endpoint alone knows.
const ANYTHING: &[&str] = &["EndpointKey"];

/// What has no default, and is right.
const REQUIRED: &[(&str, &str)] = &[
    ("CodeBucket", "tributary-code"),
    ("OrganizationId", "o-abcdefghij"),
    ("ManagementAccount", "111111111111"),
    ("TrailBucket", "tributary-trail"),
    ("CentralAccount", ACCOUNT),
    ("FirstRegion", REGION),
    ("Configuration", "s3://bucket/tributary.toml"),
    (
        "EventBusArn",
        "arn:aws:events:us-east-1:111111111111:event-bus/default",
    ),
];

/// A value that a parameter's pattern refuses, in every template that has it with a pattern.
const WRONG: &[(&str, &str)] = &[
    ("AccessRole", "no role"),
    ("AlarmEmail", "nobody"),
    ("AlarmTopicArn", "alarms"),
    ("AnyGlob", "/app/[a-z]"),
    ("AnyLogGroup", "/app/*"),
    ("CatalogLocation", "catalog.json"),
    ("CentralAccount", "22222222222"),
    ("CloudTrailGlob", "trail logs"),
    ("CloudTrailLogGroup", "aws-cloudtrail-logs-*"),
    ("CodeBucket", "s3://tributary-code"),
    ("ConfigurationObjectArn", "s3://bucket/tributary.toml"),
    ("Destination", "arn:tributary"),
    ("DomainInstanceType", "r7g.large"),
    ("DomainName", "Tributary"),
    ("EndpointUrl", "http://search.example.com/"),
    ("EventBusArn", "default"),
    ("FindingsLogGroup", "/guardduty"),
    ("FirstRegion", "eu"),
    ("FlowLogFormat", "version account-id"),
    ("FlowLogFormats", "${version} ${account-id}"),
    ("FlowLogsGlob", "cwl vpc"),
    ("FlowLogsLogGroup", "cwl_vpc_fl_*"),
    ("FunctionName", "onboarding"),
    ("GuardDutyGlob", "guard duty"),
    ("GuardDutyLogGroup", "/aws/events/guardduty*"),
    ("LogGroupPrefix", "cwl_vpc_fl_*"),
    ("ManagementAccount", "management"),
    ("OrganizationId", "r-abcd"),
    ("Schedule", "1 hour"),
    ("SecondRegion", "eu"),
    ("StreamName", "tributary/logs"),
    ("ThirdRegion", "eu"),
    ("TrailBucket", "s3://tributary-trail"),
    ("TrailKeyArn", "alias/trail"),
    ("TrailLogGroup", "aws-cloudtrail-logs-*"),
    ("TrailName", "-"),
    ("Vpc", "main"),
];

/// What no single value shows: values, and what is said of them.
#[rustfmt::skip]
const TOGETHER: &[(&str, Parameters<'static>, &str)] = &[
    ("central.yaml", &[("Search", "endpoint")], "EndpointUrl must be its address"),
    ("central.yaml", &[("DaysKept", "30"), ("DaysUntilDeepArchive", "0")], "so DaysUntilGlacier must be 0"),
    ("central.yaml", &[("DaysKept", "120"), ("DaysUntilGlacier", "30"), ("DaysUntilDeepArchive", "0")], "so DaysUntilGlacier must be 0"),
    ("central.yaml", &[("DaysKept", "30"), ("DaysUntilGlacier", "0")], "so DaysUntilDeepArchive must be 0"),
    ("central.yaml", &[("DaysKept", "400"), ("DaysUntilDeepArchive", "180")], "so DaysUntilDeepArchive must be 0"),
    ("management.yaml", &[("TrailBucket", "none")], "TrailBucket must be the output of central.yaml"),
    ("member.yaml", &[("Vpc", "vpc-0123456789abcdef0")], "CreateFlowLogs must be \"true\""),
    ("member.yaml", &[("FlowLogsLogGroup", "a"), ("FlowLogsGlob", "")], "FlowLogsGlob must be the glob of its source"),
    ("member.yaml", &[("CloudTrailLogGroup", "a"), ("CloudTrailGlob", "")], "CloudTrailGlob must be the glob of its source"),
    ("member.yaml", &[("GuardDutyLogGroup", "a"), ("GuardDutyGlob", "")], "GuardDutyGlob must be the glob of its source"),
    ("member.yaml", &[("AnyLogGroup", "a")], "AnyGlob must be the glob of its source"),
];

/// Values that are refused, each with a part of what is said of it.
type Refusals = Vec<(Vec<(String, String)>, String)>;

#[test]
fn every_parameter_says_what_it_takes() -> Tested {
    for name in templates()? {
        for (parameter, about) in template(&name)?["Parameters"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let said = ["AllowedPattern", "AllowedValues", "MinValue", "MaxLength"];
            assert!(
                said.iter().any(|limit| about.get(*limit).is_some())
                    || ANYTHING.contains(&parameter.as_str()),
                "{name}: {parameter}"
            );
        }
    }
    Ok(())
}

#[test]
fn every_rule_of_a_template_is_tried() -> Tested {
    for name in templates()? {
        for (rule, about) in template(&name)?["Rules"].as_object().into_iter().flatten() {
            for assertion in about["Assertions"].as_array().into_iter().flatten() {
                let says = assertion["AssertDescription"].as_str().unwrap_or_default();
                let mut tried = TOGETHER.iter().filter(|(template, ..)| *template == name);
                assert!(tried.any(|(.., said)| says.contains(said)), "{name} {rule}");
            }
        }
    }
    Ok(())
}

/// For each limit of each parameter, a value beyond it.
fn beyond(parameters: &Value) -> anyhow::Result<Refusals> {
    let mut all = Refusals::new();
    for (name, about) in parameters.as_object().into_iter().flatten() {
        let mut refuse = |value: String| all.push((vec![(name.clone(), value)], name.clone()));
        if about.get("AllowedPattern").is_some() {
            let wrong = WRONG.iter().find(|(parameter, _)| parameter == name);
            let (_, wrong) = wrong.ok_or_else(|| anyhow::anyhow!("no wrong {name}"))?;
            refuse((*wrong).to_owned());
        }
        if about.get("AllowedValues").is_some() {
            refuse(
                if about["Type"] == "Number" {
                    "13"
                } else {
                    "neither"
                }
                .to_owned(),
            );
        }
        if let Some(least) = about["MinValue"].as_i64() {
            refuse((least - 1).to_string());
        }
        if let Some(most) = about["MaxValue"].as_i64() {
            refuse((most + 1).to_string());
        }
        if about["MinLength"].as_i64() == Some(1) {
            refuse(String::new());
        }
        if let Some(longest) = about["MaxLength"].as_u64() {
            // Whatever the pattern wants in front of it.
            let start = match name.as_str() {
                "EndpointUrl" => "https://",
                "FlowLogFormats" => "{}",
                "FunctionName" => "tributary",
                "FindingsLogGroup" => "/aws/events/",
                "Vpc" => "vpc-",
                _ => "",
            };
            let more = usize::try_from(longest)?;
            let more = if start == "{}" {
                format!("{{{}}}", " ".repeat(more))
            } else {
                format!("{start}{}", "a".repeat(more + 1))
            };
            refuse(more);
        }
    }
    Ok(all)
}

fn call(body: &str, parameters: &Value, values: &[(String, String)]) -> Value {
    let mut given: Vec<(String, String)> = values.to_vec();
    for (name, value) in REQUIRED {
        let wanted = parameters.get(*name).is_some() && !values.iter().any(|(it, _)| it == name);
        if wanted {
            given.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    let given: Vec<_> = given
        .iter()
        .map(|(key, value)| json!({"ParameterKey": key, "ParameterValue": value}))
        .collect();
    json!(["cloudformation", "create_stack", {
        "StackName": "refused", "TemplateBody": body, "Capabilities": ["CAPABILITY_NAMED_IAM"], "Parameters": given,
    }])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_parameter_does_not_take_is_refused_before_anything_is_made() -> Tested {
    let ministack = Ministack::start()?;
    let stack = Stack {
        endpoint: ministack.endpoint(),
        account: ACCOUNT,
        region: REGION,
        name: "refused",
    };
    let mut tried = BTreeSet::new();
    for name in templates()? {
        let parameters = template(&name)?["Parameters"].clone();
        let mut refusals = beyond(&parameters)?;
        for (template, values, said) in TOGETHER {
            let owned = values
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            if *template == name {
                refusals.push((owned.collect(), (*said).to_owned()));
            }
        }
        let adapted = Adapted::new(&name, REGION)?;
        let body = std::fs::read_to_string(&adapted.path)?;
        let calls: Vec<_> = refusals
            .iter()
            .map(|(values, _)| call(&body, &parameters, values))
            .collect();
        for (answer, (values, said)) in ask(&stack, &json!(calls))?.iter().zip(&refusals) {
            let message = answer["message"].as_str().unwrap_or_default();
            assert!(
                answer["error"] == "ValidationError" && message.contains(said),
                "{name} {values:?}: {answer}"
            );
            tried.extend(values.iter().map(|(key, _)| key.clone()));
        }
    }
    let needless: Vec<_> = WRONG
        .iter()
        .filter(|(name, _)| !tried.contains(*name))
        .collect();
    assert!(needless.is_empty(), "{needless:?}");
    let stacks = ask(&stack, &json!([["cloudformation", "list_stacks", {}]]))?;
    assert_eq!(stacks[0]["StackSummaries"], json!([]));
    Ok(())
}
