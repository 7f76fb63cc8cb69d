use std::collections::BTreeSet;

use super::super::product::DIALECTS;
use super::super::{Days, INDEX, Product};
use super::*;

const AGES: Ages = Ages {
    warm: Days::After(7),
    delete: Days::After(90),
};

const WITH_AGES: Shape = Shape {
    ages: Some(AGES),
    is_left: false,
    replicas: Replicas::Auto,
};
const WITHOUT: Shape = Shape {
    ages: None,
    ..WITH_AGES
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
        let all = objects(dialect, WITH_AGES).unwrap();
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
        let all = objects(dialect, WITHOUT).unwrap();
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
    let all = objects(Product::Opensearch.dialect(), WITHOUT).unwrap();
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
fn indices_have_the_lifecycle_by_pattern_or_by_setting() {
    for name in [SETTINGS, FAILED] {
        let setting = |product: Product, shape| {
            let all = objects(product.dialect(), shape).unwrap();
            let found = all.iter().find(|object| object.name == name).unwrap();
            found.body["template"]["settings"]["index"]["lifecycle"]["name"].clone()
        };
        assert_eq!(setting(Product::Elasticsearch, WITH_AGES), POLICY);
        assert_eq!(setting(Product::Elasticsearch, WITHOUT), Value::Null);
        assert_eq!(setting(Product::Opensearch, WITH_AGES), Value::Null);
    }
    let all = objects(Product::Opensearch.dialect(), WITH_AGES).unwrap();
    let of_policy = &all[0].body["policy"]["ism_template"][0]["index_patterns"];
    let mut of_policy: Vec<_> = of_policy.as_array().unwrap().iter().collect();
    let mut of_templates: Vec<_> = patterns(&all).filter(|it| *it != INDEX).collect();
    of_policy.sort_by_key(ToString::to_string);
    of_templates.sort_by_key(ToString::to_string);
    assert_eq!(of_policy, of_templates);
}

fn patterns(all: &[Object]) -> impl Iterator<Item = &Value> {
    let templates = all.iter().filter(|it| it.kind == Kind::IndexTemplate);
    templates.flat_map(|template| template.body["index_patterns"].as_array().unwrap())
}

/// A data stream, such as Elastic's agent makes them, is `logs-DATASET-NAMESPACE`, and a namespace has
/// no hyphen in it: our patterns have to leave it alone, and other datasets of AWS with it.
#[test]
fn patterns_fit_each_index_of_ours_once_and_no_index_of_another_shipper() {
    let all = objects(Product::Elasticsearch.dialect(), WITHOUT).unwrap();
    let patterns: Vec<_> = patterns(&all).map(|it| it.as_str().unwrap()).collect();
    let pipeline = all
        .iter()
        .find(|it| it.kind == Kind::IngestPipeline)
        .unwrap();
    let known = pipeline.body["processors"][1]["fail"]["if"]
        .as_str()
        .unwrap();
    assert_eq!(known.matches("'aws.").count(), 4, "{known}");
    let fitting = |name: &str| patterns.iter().filter(|it| fits(it, name)).count();
    for dataset in ["vpcflow", "cloudtrail", "guardduty", "cloudwatch_logs"] {
        assert!(known.contains(&format!("'aws.{dataset}'")), "{dataset}");
        for part in ["2024-02-03", "2023-01", "other-days"] {
            assert_eq!(
                fitting(&format!("logs-aws.{dataset}-{part}")),
                1,
                "{dataset} {part}"
            );
        }
        for part in ["default", "prod", "prod-eu", "2024.02.03"] {
            assert_eq!(
                fitting(&format!("logs-aws.{dataset}-{part}")),
                0,
                "{dataset} {part}"
            );
        }
    }
    assert_eq!(fitting("logs-tributary.failed-2024-02-03"), 1);
    for foreign in [
        "logs-aws.alb-2024-05-01",
        "logs-aws.alb-other-days",
        "logs-aws.vpcflow_old-2024-05-01",
        "logs-aws.s3access-2024-05",
    ] {
        assert_eq!(fitting(foreign), 0, "{foreign}");
    }
}

#[test]
fn the_pipeline_gives_as_many_days_an_index_as_one_lives() {
    let days = |delete: Option<Days>| {
        let ages = delete.map(|delete| Ages { delete, ..AGES });
        let shape = Shape { ages, ..WITH_AGES };
        let all = objects(Product::Opensearch.dialect(), shape).unwrap();
        let pipeline = all
            .iter()
            .find(|it| it.kind == Kind::IngestPipeline)
            .unwrap();
        pipeline.body["processors"][2]["script"]["params"]["days_back"].clone()
    };
    assert_eq!(days(Some(Days::After(90))), 90);
    assert_eq!(days(Some(Days::After(7))), 7);
    assert_eq!(days(Some(Days::After(3650))), 400);
    assert_eq!(days(Some(Days::Never)), 400);
    assert_eq!(days(None), 400);
}

#[test]
fn a_policy_that_is_left_holds_for_new_indices_only_where_it_names_them_itself() {
    let shape = Shape {
        is_left: true,
        ..WITH_AGES
    };
    for (product, days_back) in [(Product::Opensearch, 90), (Product::Elasticsearch, 400)] {
        let all = objects(product.dialect(), shape).unwrap();
        assert_eq!(all[0].kind, Kind::LifecyclePolicy, "it is looked at");
        let pipeline = all.iter().find(|it| it.kind == Kind::IngestPipeline);
        let processors = &pipeline.unwrap().body["processors"];
        assert_eq!(processors[2]["script"]["params"]["days_back"], days_back);
        let settings = all.iter().find(|it| it.name == SETTINGS).unwrap();
        let settings = &settings.body["template"]["settings"]["index"];
        assert_eq!(settings.get("lifecycle"), None, "{product:?}");
    }
}

#[test]
fn a_number_of_replicas_is_in_every_template_and_a_range_in_none() {
    let replicas = Replicas::Fixed(2);
    let shape = Shape {
        replicas,
        ..WITH_AGES
    };
    let all = objects(Product::Opensearch.dialect(), shape).unwrap();
    let is_template =
        |it: &&Object| matches!(it.kind, Kind::ComponentTemplate | Kind::IndexTemplate);
    for template in all.iter().filter(is_template) {
        assert_eq!(
            Replicas::of(&template.body),
            Some(replicas),
            "{}",
            template.name
        );
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
    let all = objects(Product::Opensearch.dialect(), WITHOUT).unwrap();
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
