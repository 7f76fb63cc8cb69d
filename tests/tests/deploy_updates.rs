//! Updates of the logging account's templates on a stand-in: new code runs and the former comes back,
//! search is switched on and off, and what holds logs stays what it is. And the longest stack name.

use std::collections::HashMap;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use local::aws::Aws;
use serde_json::{Value, json};
use tests::deployed::{self, CODE, Deployed, RELEASE, stand_in};
use tests::firehose::ACCOUNT;
use tests::template::{LONGEST_STACK_NAME, NAMES};
use tests::transform::{event_from, lines, payload_of};
use tests::with;

type Tested = anyhow::Result<()>;

const EVENTS: usize = 3;

fn central(more: &Value) -> Value {
    deployed::central(&with(json!({"CatalogLocation": "none"}), more))
}

/// How many plain lines the function makes of three events: gzipped ones are none, a document is one.
async fn plain_lines(deployed: &Deployed<'_>) -> anyhow::Result<usize> {
    deployed.point_the_function_here().await?;
    let (region, stream) = (deployed.aws.region(), deployed.output("StreamName"));
    let source = format!("arn:aws:kinesis:{region}:{ACCOUNT}:stream/{stream}");
    let payload = payload_of("333333333333", "/app/orders", &lines(EVENTS))?;
    let answer = deployed
        .answer(&event_from(Some(&source), &[payload]))
        .await?;
    let record = &answer["records"][0];
    assert_eq!(record["result"], "Ok", "{answer}");
    let data = STANDARD.decode(record["data"].as_str().context("no data")?)?;
    Ok(String::from_utf8(data).map_or(0, |text| text.lines().count()))
}

/// What of the function no other code may change.
const KEPT: [&str; 9] = [
    "Architectures",
    "Environment",
    "FunctionArn",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
];

/// The function's code, and everything else that the stack's resources are.
fn state(deployed: &Deployed<'_>) -> anyhow::Result<(String, Value)> {
    let mut answers = deployed.ask_all(&json!([
        ["lambda", "get_function_configuration", {"FunctionName": deployed.output("FunctionName")}],
        ["kinesis", "describe_stream_summary", {"StreamName": deployed.output("StreamName")}],
    ]))?;
    let code = answers[0]["CodeSha256"].as_str().context("no code")?;
    let code = code.to_owned();
    // Where the stand-in is, no template says.
    let variables = answers[0]["Environment"]["Variables"].as_object_mut();
    variables
        .context("no variables")?
        .remove("AWS_ENDPOINT_URL");
    let function = KEPT.map(|key| answers[0][key].clone());
    let resources = deployed.resources()?;
    Ok((code, json!([function, answers[1], resources])))
}

/// With a new key the function runs the new code, with the former one the former; nothing else changes.
async fn new_code_and_back(aws: &Aws, template: &str, parameters: &Value, usual: usize) -> Tested {
    let mut deployed = Deployed::create(aws, ACCOUNT, (template, "tributary"), parameters)?;
    let (former, before) = state(&deployed)?;
    assert_eq!(plain_lines(&deployed).await?, usual);

    let mut with_release = parameters.clone();
    with_release["CodeKey"] = RELEASE.into();
    deployed.update(&with_release)?;
    let (released, after) = state(&deployed)?;
    assert_ne!(released, former);
    assert_eq!(after, before);
    assert_eq!(plain_lines(&deployed).await?, EVENTS);

    // Nothing new under the same key: CloudFormation doesn't look into the bucket.
    with_release["RetentionHours"] = "200".into();
    deployed.update(&with_release)?;
    assert_eq!(state(&deployed)?.0, released);

    with_release["CodeKey"] = CODE.1.into();
    deployed.update(&with_release)?;
    assert_eq!(state(&deployed)?.0, former);
    assert_eq!(plain_lines(&deployed).await?, usual);
    deployed.update(parameters)?;
    assert_eq!(state(&deployed)?, (former, before));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_of_central_makes_new_code_run_and_the_former_one_takes_it_back() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    Deployed::upload_release(&aws, ACCOUNT).await?;
    new_code_and_back(&aws, "central.yaml", &central(&json!({})), 0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_of_single_makes_new_code_run_and_the_former_one_takes_it_back() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    Deployed::upload_release(&aws, ACCOUNT).await?;
    new_code_and_back(&aws, "single.yaml", &json!({}), 1).await
}

/// A key that isn't there is told, and the former code goes on.
#[tokio::test(flavor = "multi_thread")]
async fn code_that_is_not_there_fails_the_update_and_the_former_runs_on() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    let mut deployed = Deployed::create(
        &aws,
        ACCOUNT,
        ("central.yaml", "tributary"),
        &central(&json!({})),
    )?;
    let before = state(&deployed)?;
    let failed = deployed.update(&central(&json!({"CodeKey": "missing.zip"})));
    let failed = failed.expect_err("no such code").to_string();
    assert!(failed.contains("Function"), "{failed}");
    assert_eq!(state(&deployed)?, before);
    assert_eq!(plain_lines(&deployed).await?, 0);
    Ok(())
}

/// The resources of one that another hasn't.
fn more_than(one: &HashMap<String, String>, other: &HashMap<String, String>) -> Vec<String> {
    let all = one
        .iter()
        .filter(|(id, name)| other.get(*id) != Some(*name));
    let mut ids: Vec<_> = all.map(|(id, _)| id.clone()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn search_is_switched_on_and_off_and_the_archives_side_stays_as_it_is() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    let (without, with) = (central(&json!({})), central(&json!({"Search": "domain"})));
    let mut deployed = Deployed::create(&aws, ACCOUNT, ("central.yaml", "tributary"), &without)?;
    let (resources, before) = (deployed.resources()?, state(&deployed)?);

    deployed.update(&with)?;
    let searched = deployed.resources()?;
    assert_eq!(more_than(&resources, &searched), Vec::<String>::new());
    assert_eq!(
        more_than(&searched, &resources),
        [
            "DocumentStream",
            "DocumentStreamFullAlarm",
            "DomainDelivery",
            "SearchAgeAlarm",
            "SearchErrorStream",
            "SearchErrors",
            "SearchFailedAlarm",
            "SearchFreshnessAlarm",
            "SearchRefusedAlarm",
            "SearchRole",
            "SearchSilenceAlarm",
        ]
    );
    let what = json!({"FunctionName": deployed.output("FunctionName")});
    let function = deployed.ask("lambda", "get_function_configuration", &what)?;
    let documents = deployed.output("DocumentStreamArn").to_owned();
    assert!(documents.ends_with(":stream/tributary-logs-documents"));
    let variables = &function["Environment"]["Variables"];
    assert_eq!(variables["DOCUMENTS_TO"], documents.as_str());

    deployed.update(&without)?;
    assert_eq!(deployed.resources()?, resources);
    assert_eq!(state(&deployed)?, before);
    let gone = deployed.ask_all(&json!([
        ["kinesis", "describe_stream_summary", {"StreamARN": documents}],
        ["firehose", "describe_delivery_stream", {"DeliveryStreamName": searched["DomainDelivery"]}],
        ["iam", "get_role", {"RoleName": searched["SearchRole"]}],
    ]))?;
    assert!(
        gone.iter().all(|answer| answer.get("error").is_some()),
        "{gone:?}"
    );
    Ok(())
}

/// The stand-in leaves the buckets' lifecycle out: what they are told, the tests of the template's text say.
#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_made_for_logs_of_a_month_and_another_time_replaces_nothing() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    let short = json!({"DaysKept": "30", "DaysUntilGlacier": "0", "DaysUntilDeepArchive": "0"});
    let parameters = central(&short);
    let mut deployed = Deployed::create(&aws, ACCOUNT, ("central.yaml", "tributary"), &parameters)?;
    let resources = deployed.resources()?;
    deployed.update(&central(&json!({"DaysKept": "36500"})))?;
    assert_eq!(deployed.resources()?, resources);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_may_have_the_longest_name_there_is() -> Tested {
    let (_ministack, aws) = stand_in().await?;
    let endpoint = json!({"Search": "endpoint", "EndpointUrl": "https://search.example.com/"});
    for (template, start, parameters) in [
        (
            "central.yaml",
            "a",
            central(&json!({"Search": "new-domain"})),
        ),
        ("central.yaml", "b", central(&endpoint)),
        (
            "single.yaml",
            "c",
            json!({"StreamName": "single", "DomainName": "single"}),
        ),
    ] {
        let name = start.repeat(LONGEST_STACK_NAME);
        let deployed = Deployed::create(&aws, ACCOUNT, (template, &name), &parameters)?;
        let what = json!({"StackName": name});
        let answer = deployed.ask("cloudformation", "describe_stack_resources", &what)?;
        let mut held = 0;
        for resource in answer["StackResources"].as_array().into_iter().flatten() {
            let called = resource["PhysicalResourceId"].as_str().unwrap_or_default();
            let mut limits = NAMES
                .iter()
                .filter(|(kind, ..)| resource["ResourceType"] == *kind);
            if let Some((.., limit)) = limits.next() {
                assert!(called.len() <= *limit, "{resource}");
                held += 1;
            }
        }
        assert!(held > 8, "{answer}");
        assert_eq!(
            plain_lines(&deployed).await?,
            usize::from(template == "single.yaml")
        );
        deployed.stack().delete()?;
        // The stream stays, under the name that the next one wants.
        let stream = json!({"StreamName": deployed.output("StreamName")});
        deployed.ask("kinesis", "delete_stream", &stream)?;
    }
    Ok(())
}
