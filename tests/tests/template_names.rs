//! No name that a template makes is longer than its service allows, whatever the stack is called and
//! whatever the parameters allow; and `bootstrap` knows the log groups of the delivery by theirs.

use anyhow::{Context, ensure};
use serde_json::Value;
use tests::template::{LONGEST_STACK_NAME, NAMES, of_kind, plain, template, templates};

type Tested = anyhow::Result<()>;

/// How long a name may become; none where it is another resource's.
fn longest(template: &Value, name: &str) -> anyhow::Result<Option<usize>> {
    let mut length = 0;
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("${") {
        let (place, after) = after.split_once('}').context(name.to_owned())?;
        if template["Resources"].get(place).is_some() {
            return Ok(None);
        }
        length += before.len() + longest_value(template, place)?;
        rest = after;
    }
    Ok(Some(length + rest.len()))
}

fn longest_value(template: &Value, place: &str) -> anyhow::Result<usize> {
    if place == "AWS::StackName" {
        return Ok(LONGEST_STACK_NAME);
    }
    let longest = template["Parameters"][place]["MaxLength"].as_u64();
    let longest = longest.with_context(|| format!("{place} has no MaxLength"))?;
    Ok(usize::try_from(longest)?)
}

#[test]
fn every_name_is_one_that_its_service_takes() -> Tested {
    let mut held = 0;
    for name in templates()? {
        let template = template(&name)?;
        for (kind, property, limit) in NAMES {
            for (id, resource) in of_kind(&template, kind) {
                let given = plain(&resource["Properties"][property]);
                let Some(given) = given.as_str() else {
                    // CloudFormation names it, and shortens.
                    continue;
                };
                let Some(length) = longest(&template, given)? else {
                    continue;
                };
                ensure!(
                    length <= *limit,
                    "{name}: {given} of {id} may have {length} characters; {kind} takes {limit}"
                );
                held += 1;
            }
        }
    }
    assert!(held > 20, "{held}");
    Ok(())
}

#[test]
fn no_other_property_makes_a_name_of_the_stacks() -> Tested {
    for name in templates()? {
        let template = template(&name)?;
        for (id, resource) in template["Resources"].as_object().into_iter().flatten() {
            let properties = resource["Properties"].as_object().into_iter().flatten();
            for (property, value) in properties {
                let named = plain(value);
                let of_the_stack = named
                    .as_str()
                    .is_some_and(|it| it.contains("${AWS::StackName}"));
                let known = NAMES
                    .iter()
                    .any(|(kind, known, _)| resource["Type"] == *kind && property == known);
                assert!(
                    !of_the_stack || known || !property.ends_with("Name"),
                    "{name}: how long may {property} of {id} be?"
                );
            }
        }
    }
    Ok(())
}

/// As `docs/log-groups.md` says it: by the name of a function, or of a delivery stream's log group.
#[test]
fn every_log_group_of_the_delivery_has_a_name_that_is_never_subscribed() -> Tested {
    for (name, count) in [("central.yaml", 3), ("single.yaml", 2)] {
        let template = template(name)?;
        let groups = of_kind(&template, "AWS::Logs::LogGroup");
        assert_eq!(groups.len(), count, "{name}");
        for (id, group) in groups {
            let group = plain(&group["Properties"]["LogGroupName"]);
            let group = group.as_str().unwrap_or_default();
            let function = group.strip_prefix("/aws/lambda/");
            assert!(
                function
                    .is_some_and(|it| it.replace("${AWS::StackName}", "").contains("tributary"))
                    || group.starts_with("/aws/kinesisfirehose/"),
                "{name} {id}: {group}"
            );
        }
        let function = &template["Resources"]["Function"]["Properties"];
        assert_eq!(
            plain(&function["LoggingConfig"]["LogGroup"]),
            "${FunctionLogs}"
        );
    }
    Ok(())
}
