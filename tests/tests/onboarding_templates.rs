//! The templates of the onboarding function: valid, without findings, and with the policies that
//! `bootstrap policies` prints.

use std::process::Command;

use local::layout::{checking_program, project_root};
use serde_json::{Value, json};
use tests::template::{folder, output, template};

type Tested = anyhow::Result<()>;

#[test]
fn cfn_lint_finds_nothing_in_any_template() -> Tested {
    let mut command = Command::new(checking_program("cfn-lint")?);
    command.arg("--").arg(folder().join("*.yaml"));
    output(command).map(drop)
}

#[test]
fn checkov_finds_nothing_that_is_not_explained_beside_its_resource() -> Tested {
    let mut command = Command::new(checking_program("checkov")?);
    command.arg("--directory").arg(folder());
    command.args([
        "--framework",
        "cloudformation",
        "--skip-download",
        "--quiet",
        "--compact",
    ]);
    command.args(["--output", "json"]);
    let report: Value = serde_json::from_slice(&output(command)?)?;
    let summary = &report["summary"];
    assert_eq!(
        (&summary["failed"], &summary["parsing_errors"]),
        (&json!(0), &json!(0))
    );
    assert!(summary["passed"].as_u64() > Some(10), "{summary}");
    Ok(())
}

/// The documents of the function's role by their names.
fn documents(template: &Value) -> Vec<(String, Value)> {
    let resources = template["Resources"].as_object().into_iter().flatten();
    let own = resources
        .clone()
        .filter(|(_, one)| one["Type"] == "AWS::IAM::Policy");
    let own = own.map(|(_, one)| one["Properties"].clone());
    let inline = template["Resources"]["Role"]["Properties"]["Policies"].as_array();
    let all = inline.into_iter().flatten().cloned().chain(own);
    all.map(|policy| {
        let name = policy["PolicyName"].as_str().unwrap_or_default().to_owned();
        (name, policy["PolicyDocument"].clone())
    })
    .collect()
}

/// What stands in `policies/` under a name, with the template's own words for what is filled in.
fn printed(name: &str) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(project_root().join(format!("policies/{name}.json")))?;
    let text = text
        .replace("${partition}", "${AWS::Partition}")
        .replace("${access_role}", "${AccessRole}")
        .replace("${sender_role}", "tributary-sender-${Destination}")
        .replace(
            "${destination_arns}",
            "arn:${AWS::Partition}:logs:*:${CentralAccount}:destination:${Destination}",
        );
    Ok(serde_json::from_str(&text)?)
}

/// A template's texts as they are, also where they are substituted.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("Fn::Sub") => {
            fields["Fn::Sub"].clone()
        }
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), plain(value)))
            .collect(),
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_function_may_do_exactly_what_bootstrap_policies_prints() -> Tested {
    let documents = documents(&template("onboarding.yaml")?);
    let mut compared = Vec::new();
    for (name, document) in &documents {
        if ["function", "configuration"].contains(&name.as_str()) {
            // Its own log, queue and configuration: of no run by hand.
            continue;
        }
        assert_eq!(plain(document), printed(name)?, "{name}");
        compared.push(name.as_str());
    }
    compared.sort_unstable();
    assert_eq!(
        compared,
        [
            "access-account-policy",
            "access-cloudtrail",
            "access-flow-logs",
            "access-member",
            "caller"
        ]
    );
    Ok(())
}

#[test]
fn what_the_functions_role_lacks_for_its_own_account_the_page_names() -> Tested {
    let documents = documents(&template("onboarding.yaml")?);
    let page = std::fs::read_to_string(project_root().join("docs/onboarding.md"))?;
    let mut lacking = 0;
    for entry in std::fs::read_dir(project_root().join("policies"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let name = name.trim_end_matches(".json");
        // The central account's are of an account that the function assumes a role in.
        let central = [
            "access-canary",
            "access-catalog",
            "access-central",
            "access-encryption",
        ];
        let given = documents.iter().any(|(document, _)| document == name);
        if !name.starts_with("access-") || central.contains(&name) || given {
            continue;
        }
        assert!(page.contains(&format!("`{name}`")), "{name}");
        lacking += 1;
    }
    assert_eq!(lacking, 3);
    Ok(())
}

#[test]
fn every_event_that_a_rule_lets_through_is_one_that_the_function_knows() -> Tested {
    let known = std::fs::read_to_string(project_root().join("bootstrap/src/lambda/event.rs"))?;
    let mut names = 0;
    for name in ["onboarding.yaml", "onboarding-events.yaml"] {
        let template = template(name)?;
        let resources = template["Resources"].as_object().into_iter().flatten();
        for (_, rule) in resources.filter(|(_, one)| one["Type"] == "AWS::Events::Rule") {
            let events = rule["Properties"]["EventPattern"]["detail"]["eventName"].as_array();
            for event in events.into_iter().flatten() {
                assert!(known.contains(&event.to_string()), "{name}: {event}");
                names += 1;
            }
        }
    }
    assert!(names >= 10, "{names}");
    Ok(())
}

#[test]
fn the_functions_own_log_group_is_one_that_is_never_subscribed() -> Tested {
    let template = template("onboarding.yaml")?;
    let pattern = &template["Parameters"]["FunctionName"]["AllowedPattern"];
    assert!(
        pattern
            .as_str()
            .is_some_and(|pattern| pattern.contains("tributary"))
    );
    let name = &template["Resources"]["LogGroup"]["Properties"]["LogGroupName"];
    assert_eq!(plain(name), "/aws/lambda/${FunctionName}");
    assert_eq!(
        template["Resources"]["Function"]["Properties"]["ReservedConcurrentExecutions"],
        1
    );
    Ok(())
}
