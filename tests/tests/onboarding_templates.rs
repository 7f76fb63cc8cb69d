//! The templates of the onboarding function fit to the program.

use local::layout::project_root;
use tests::template::{plain, template};
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
