//! A template in one of its forms: with the defaults of its parameters replaced, and what its
//! conditions are then. Checkov sees a template by its defaults alone.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde_json::Value;

/// Values of parameters.
pub type Parameters<'a> = &'a [(&'a str, &'a str)];

/// A template's text with these values as defaults, so that comments stay where they are.
///
/// # Errors
/// When it has no such parameter.
pub fn with_defaults(text: &str, parameters: Parameters<'_>) -> anyhow::Result<String> {
    let mut text = text.to_owned();
    for (name, value) in parameters {
        let start = format!("\n  {name}:\n    Type:");
        let (before, after) = text.split_once(&start).context(start.clone())?;
        let (mut about, mut rest) = (Vec::new(), Vec::new());
        for line in after.split('\n') {
            if rest.is_empty() && (about.is_empty() || line.starts_with("    ")) {
                about.push(line);
            } else {
                rest.push(line);
            }
        }
        about.retain(|line| !line.starts_with("    Default:"));
        let default = format!("    Default: {}", Value::from(*value));
        about.insert(1, &default);
        text = format!("{before}{start}{}\n{}", about.join("\n"), rest.join("\n"));
    }
    Ok(text)
}

/// Whether each condition of a template holds, with these parameters in that Region.
///
/// # Errors
/// When a parameter is unknown, or a condition says what this can't read.
pub fn conditions(
    template: &Value,
    parameters: Parameters<'_>,
    region: &str,
) -> anyhow::Result<BTreeMap<String, bool>> {
    let values = values(template, parameters, region)?;
    let all = template["Conditions"].as_object().into_iter().flatten();
    all.map(|(name, value)| Ok((name.clone(), holds(template, &values, value)?)))
        .collect()
}

/// What a template's rules say against these parameters.
///
/// # Errors
/// As [`conditions`].
pub fn refusals(template: &Value, parameters: Parameters<'_>) -> anyhow::Result<Vec<String>> {
    let values = values(template, parameters, "")?;
    let mut said = Vec::new();
    for (_, rule) in template["Rules"].as_object().into_iter().flatten() {
        let condition = rule.get("RuleCondition");
        if condition.map_or(Ok(true), |it| holds(template, &values, it))? {
            for assertion in rule["Assertions"].as_array().into_iter().flatten() {
                if !holds(template, &values, &assertion["Assert"])? {
                    said.push(text(&assertion["AssertDescription"]));
                }
            }
        }
    }
    Ok(said)
}

fn values(
    template: &Value,
    parameters: Parameters<'_>,
    region: &str,
) -> anyhow::Result<BTreeMap<String, String>> {
    let mut values = BTreeMap::from([("AWS::Region".to_owned(), region.to_owned())]);
    for (name, about) in template["Parameters"].as_object().into_iter().flatten() {
        values.insert(name.clone(), text(&about["Default"]));
    }
    for (name, value) in parameters {
        let known = values.insert((*name).to_owned(), (*value).to_owned());
        ensure!(known.is_some(), "no parameter {name}");
    }
    Ok(values)
}

fn holds(
    template: &Value,
    values: &BTreeMap<String, String>,
    condition: &Value,
) -> anyhow::Result<bool> {
    let [(function, of)] = &condition
        .as_object()
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()[..]
    else {
        anyhow::bail!("not one function: {condition}");
    };
    let holds_each = || {
        let of = of.as_array().into_iter().flatten();
        of.map(|one| holds(template, values, one))
            .collect::<anyhow::Result<Vec<_>>>()
    };
    Ok(match function.as_str() {
        "Fn::Equals" => value(values, &of[0])? == value(values, &of[1])?,
        "Fn::Not" => !holds(template, values, &of[0])?,
        "Fn::And" => holds_each()?.iter().all(|it| *it),
        "Fn::Or" => holds_each()?.iter().any(|it| *it),
        "Fn::Contains" => {
            let wanted = value(values, &of[1])?;
            let all = of[0].as_array().into_iter().flatten();
            all.map(text).any(|one| one == wanted)
        }
        "Condition" => {
            let name = of.as_str().unwrap_or_default();
            holds(template, values, &template["Conditions"][name])?
        }
        other => anyhow::bail!("{other} is unknown here"),
    })
}

fn value(values: &BTreeMap<String, String>, of: &Value) -> anyhow::Result<String> {
    match of["Ref"].as_str() {
        Some(name) => values.get(name).cloned().context(name.to_owned()),
        None => Ok(text(of)),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
