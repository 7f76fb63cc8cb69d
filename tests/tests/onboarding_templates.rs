//! The templates of the onboarding function fit to the program.

use std::collections::BTreeSet;

use local::layout::project_root;
use serde_json::Value;
use tests::template::{of_kind, plain, template};
use tests::template_policies::documents;

type Tested = anyhow::Result<()>;

#[test]
fn what_the_functions_role_lacks_for_its_own_account_the_page_names() -> Tested {
    let documents = documents(&template("onboarding.yaml")?);
    let given: Vec<_> = documents.keys().map(|(_, part)| part.as_str()).collect();
    let page = std::fs::read_to_string(project_root().join("docs/onboarding.md"))?;
    let mut lacking = 0;
    for entry in std::fs::read_dir(project_root().join("policies"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let name = name.trim_end_matches(".json");
        // The central account's are of an account that the function assumes a role in.
        let central = [
            "access-canary",
            "access-canary-archive",
            "access-catalog",
            "access-central",
            "access-encryption",
        ];
        if !name.starts_with("access-") || central.contains(&name) || given.contains(&name) {
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

fn texts(value: &Value) -> BTreeSet<String> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The sources of the events that a template's rules let through.
fn sources(name: &str) -> anyhow::Result<BTreeSet<String>> {
    let rules = of_kind(&template(name)?, "AWS::Events::Rule").into_iter();
    Ok(rules
        .flat_map(|(_, rule)| texts(&rule["Properties"]["EventPattern"]["source"]))
        .collect())
}

/// AWS puts events of these sources onto a bus, and nobody else can.
#[test]
fn the_event_bus_takes_from_the_accounts_what_the_functions_rules_want() -> Tested {
    let template = template("onboarding.yaml")?;
    let statement = &template["Resources"]["BusPolicy"]["Properties"]["Statement"];
    let taken = &statement["Condition"]["ForAllValues:StringEquals"]["events:source"];
    let taken = texts(taken);
    assert_eq!(taken, sources("onboarding.yaml")?);
    assert!(taken.is_superset(&sources("onboarding-events.yaml")?));
    assert!(taken.iter().all(|source| source.starts_with("aws.")));
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
    Ok(())
}

/// AWS refuses a reservation that leaves the account less than it wants to keep, as in many a management account.
#[test]
fn nothing_is_reserved_of_the_accounts_concurrency_unless_asked() -> Tested {
    let template = template("onboarding.yaml")?;
    assert_eq!(template["Parameters"]["ReservedConcurrency"]["Default"], 0);
    let reserved = &template["Resources"]["Function"]["Properties"]["ReservedConcurrentExecutions"];
    assert_eq!(plain(&reserved["Fn::If"][1]), "${ReservedConcurrency}");
    assert_eq!(plain(&reserved["Fn::If"][2]), "${AWS::NoValue}");
    Ok(())
}
