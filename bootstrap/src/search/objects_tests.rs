use std::collections::BTreeSet;

use super::super::product::DIALECTS;
use super::super::{Days, Product};
use super::*;

const AGES: Ages = Ages {
    warm: Days::After(7),
    delete: Days::After(90),
};

/// Every value of the member `type` in the mappings.
fn types<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("type").and_then(Value::as_str));
            members.values().for_each(|member| types(member, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| types(element, found)),
        _ => {}
    }
}

#[test]
fn every_object_has_a_mark_and_a_description() {
    for dialect in &DIALECTS {
        let all = objects(dialect, Some(AGES)).unwrap();
        assert_eq!(all.len(), FILES.len() + 1);
        for object in all {
            assert!(object.version > 0, "{}", object.name);
            assert!(object.name.starts_with("tributary"), "{}", object.name);
        }
    }
}

#[test]
fn each_product_gets_only_field_types_that_it_has() {
    let common = [
        "boolean",
        "date",
        "double",
        "geo_point",
        "ip",
        "keyword",
        "long",
        "text",
    ];
    for dialect in &DIALECTS {
        let all = objects(dialect, None).unwrap();
        let mut found = BTreeSet::new();
        for object in &all {
            types(&object.body["template"], &mut found);
        }
        let wanted: BTreeSet<_> = common.into_iter().chain([dialect.free_form]).collect();
        assert_eq!(found, wanted, "{}", dialect.name);
    }
}

#[test]
fn index_templates_are_composed_of_what_is_put_before_them_and_end_with_the_user_s() {
    let all = objects(Product::Opensearch.dialect(), None).unwrap();
    for (at, template) in all.iter().enumerate() {
        let parts = template.body["composed_of"]
            .as_array()
            .into_iter()
            .flatten();
        let parts: Vec<_> = parts.map(|part| part.as_str().unwrap()).collect();
        for part in &parts {
            let before = all[..at].iter();
            let mut before = before.filter(|object| object.kind == Kind::ComponentTemplate);
            assert!(before.any(|object| object.name == *part), "{part}");
        }
        let is_composed =
            template.kind == Kind::IndexTemplate && template.name != "tributary-failed";
        assert_eq!(
            parts.last() == Some(&CUSTOM),
            is_composed,
            "{}",
            template.name
        );
    }
}

#[test]
fn daily_indices_have_the_lifecycle_by_pattern_or_by_setting() {
    let setting = |product: Product, ages| {
        let all = objects(product.dialect(), ages).unwrap();
        let settings = all
            .iter()
            .find(|object| object.name == "tributary-settings")
            .unwrap();
        settings.body["template"]["settings"]["index"]["lifecycle"]["name"].clone()
    };
    assert_eq!(setting(Product::Elasticsearch, Some(AGES)), POLICY);
    assert_eq!(setting(Product::Elasticsearch, None), Value::Null);
    assert_eq!(setting(Product::Opensearch, Some(AGES)), Value::Null);
    let policy = &objects(Product::Opensearch.dialect(), Some(AGES)).unwrap()[0];
    let patterns = &policy.body["policy"]["ism_template"][0]["index_patterns"];
    assert_eq!(patterns, &json!(["logs-aws.*-*-*-*"]));
}

/// A data stream, such as Elastic's agent makes them, is `logs-DATASET-NAMESPACE`, and a namespace has
/// no hyphen in it: our patterns have to leave it alone.
#[test]
fn patterns_fit_daily_indices_and_no_data_stream_of_the_same_dataset() {
    let all = objects(Product::Elasticsearch.dialect(), None).unwrap();
    for template in all
        .iter()
        .filter(|object| object.kind == Kind::IndexTemplate)
    {
        for pattern in template.body["index_patterns"].as_array().unwrap() {
            let pattern = pattern.as_str().unwrap();
            assert!(!fits(pattern, "logs-aws.cloudtrail-default"), "{pattern}");
            if pattern.contains("cloudtrail") {
                assert!(fits(pattern, "logs-aws.cloudtrail-2024-02-03"), "{pattern}");
            }
        }
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len()).any(|at| name.is_char_boundary(at) && fits(rest, &name[at..]))
        }),
    }
}

#[test]
fn nothing_is_taken_for_a_number_or_a_date_by_its_looks() {
    let all = objects(Product::Opensearch.dialect(), None).unwrap();
    let ecs = all
        .iter()
        .find(|object| object.name == "tributary-ecs")
        .unwrap();
    let mappings = &ecs.body["template"]["mappings"];
    assert_eq!(
        (&mappings["date_detection"], &mappings["numeric_detection"]),
        (&json!(false), &json!(false))
    );
}

#[test]
fn a_mark_is_read_from_meta_or_from_a_description_and_from_nothing_else() {
    for (object, version) in [
        (
            json!({"version": 3, "_meta": {"managed_by": "tributary"}}),
            Some(3),
        ),
        (
            json!({"_meta": {"managed_by": "tributary", "version": 2}}),
            Some(2),
        ),
        (
            json!({"description": "Tributary, version 12: does this"}),
            Some(12),
        ),
        (
            json!({"version": 3, "_meta": {"managed_by": "fleet"}}),
            None,
        ),
        (json!({"description": "does this"}), None),
        (json!({}), None),
    ] {
        assert_eq!(mark(&object), version, "{object}");
    }
}
