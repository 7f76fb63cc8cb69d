//! What a configuration may and may not say.

use super::*;

const GOOD: &str = r#"
[central]
account = "222222222222"
region = "eu-central-1"
stream = "tributary-logs"
shards = 4
destination = "tributary"

[organization]
include = ["ou-ab12-cdefgh34", "333333333333"]

[[source]]
dataset = "flow-logs"
log_groups = ["cwl_vpc_fl_*"]

[[source]]
dataset = "any"
log_groups = ["*"]
filter_pattern = "ERROR"
"#;

fn refusal(from: &str, to: &str) -> String {
    assert!(
        GOOD.contains(from),
        "{from:?} is not in the good configuration"
    );
    Config::parse(&GOOD.replace(from, to))
        .unwrap_err()
        .to_string()
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let config = Config::parse(GOOD).unwrap();
    assert_eq!(config.central.retention_hours, 168);
    assert_eq!(
        config.organization.access_role,
        "OrganizationAccountAccessRole"
    );
    assert_eq!(config.organization.regions, ["eu-central-1"]);
    assert_eq!(config.organization.trust, Trust::Organization);
    assert_eq!(config.sources[0].filter_pattern, "");
}

#[test]
fn the_first_source_that_matches_takes_the_log_group() {
    let config = Config::parse(GOOD).unwrap();
    assert_eq!(
        config.source_of("cwl_vpc_fl_1").unwrap().dataset,
        Dataset::FlowLogs
    );
    assert_eq!(config.source_of("anything").unwrap().dataset, Dataset::Any);
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let message = refusal("shards = 4", "shards = 4\nshard = 4");
    assert!(
        message.contains("unknown field `shard`") && message.contains("`shards`"),
        "{message}"
    );
    let message = refusal("[organization]", "[organization]\ntrusts = \"accounts\"");
    assert!(message.contains("unknown field `trusts`"), "{message}");
}

#[test]
fn a_missing_key_is_named() {
    let message = refusal("destination = \"tributary\"", "");
    assert!(message.contains("missing field `destination`"), "{message}");
}

#[test]
fn every_refusal_names_the_key_and_the_remedy() {
    for (from, to, key, remedy) in [
        (
            "\"222222222222\"",
            "\"2222\"",
            "central.account",
            "twelve digits",
        ),
        (
            "\"eu-central-1\"",
            "\"Frankfurt\"",
            "central.region",
            "such as",
        ),
        ("shards = 4", "shards = 0", "central.shards", "1 or more"),
        ("shards = 4", "", "central.shards", "on_demand = true"),
        (
            "shards = 4",
            "shards = 4\non_demand = true",
            "central.shards",
            "keep one",
        ),
        (
            "shards = 4",
            "shards = 4\nretention_hours = 12",
            "central.retention_hours",
            "24 to 8760",
        ),
        (
            "\"tributary\"",
            "\"tri:butary\"",
            "central.destination",
            "use letters",
        ),
        (
            "\"333333333333\"",
            "\"prod\"",
            "organization.include",
            "organizational unit",
        ),
        (
            "[\"*\"]",
            "[\"{a,b}\"]",
            "source[1].log_groups",
            "write letters",
        ),
        ("[\"*\"]", "[]", "source[1].log_groups", "at least one"),
    ] {
        let message = refusal(from, to);
        assert!(
            message.contains(key) && message.contains(remedy),
            "{from} -> {to}: {message}"
        );
    }
}

#[test]
fn a_configuration_without_sources_is_refused() {
    let text = GOOD.split("[[source]]").next().unwrap();
    let message = Config::parse(text).unwrap_err().to_string();
    assert!(message.contains("[[source]] is missing"), "{message}");
}

#[test]
fn a_file_that_is_not_there_is_named_with_the_remedy() {
    let message = Config::load(Path::new("/nowhere/tributary.toml"))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("/nowhere/tributary.toml") && message.contains("--config"),
        "{message}"
    );
}

#[test]
fn the_example_is_a_configuration() {
    Config::parse(include_str!("../../tributary.example.toml")).unwrap();
}

#[test]
fn a_catalog_has_a_place_and_all_tags_unless_some_are_named() {
    let with = |text: &str| Config::parse(&format!("{GOOD}\n[catalog]\n{text}"));
    let catalog = |text: &str| with(text).unwrap().catalog.unwrap();
    assert!(Config::parse(GOOD).unwrap().catalog.is_none());
    let all = catalog("location = \"s3://logs/catalog.json\"");
    assert_eq!(all.location.to_string(), "s3://logs/catalog.json");
    assert_eq!(all.tags, Tags::All);
    assert!(
        catalog("location = \"/tmp/c.json\"\ntags = []")
            .tags
            .are_none()
    );
    let some = catalog("location = \"/tmp/c.json\"\ntags = [\"owner\"]").tags;
    assert!(some.contain("owner") && !some.contain("cost"));
    for location in ["logs/catalog.json", "s3://logs", "https://logs/x"] {
        let message = with(&format!("location = {location:?}"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("catalog.location is"), "{message}");
        assert!(message.contains("s3://BUCKET/KEY"), "{message}");
    }
}

#[test]
fn a_flow_log_format_stands_in_a_source_of_flow_logs_and_looks_like_one() {
    let source = "log_groups = [\"cwl_vpc_fl_*\"]";
    let with = |format: &str| format!("{source}\nflow_log_format = {format:?}");
    let good = GOOD.replace(source, &with("${version} ${srcaddr}  dstaddr"));
    let config = Config::parse(&good).unwrap();
    assert_eq!(
        config.sources[0].flow_log_format.as_deref(),
        Some("${version} ${srcaddr}  dstaddr")
    );
    for format in ["", "${version", "{version}", "version,srcaddr", "$version"] {
        let message = refusal(source, &with(format));
        assert!(message.contains("source[0].flow_log_format"), "{message}");
        assert!(message.contains("DescribeFlowLogs"), "{message}");
    }
    let message = refusal(
        "filter_pattern = \"ERROR\"",
        "flow_log_format = \"version\"",
    );
    assert!(message.contains("source[1].flow_log_format"), "{message}");
    assert!(message.contains("dataset any"), "{message}");
}

#[test]
fn how_log_groups_are_made_to_send_has_defaults_and_checked_values() {
    let config = Config::parse(GOOD).unwrap();
    assert_eq!(config.organization.mode, Mode::Filters);
    assert_eq!(config.organization.filters_per_log_group, 5);
    assert_eq!(config.sources[0].distribution, Distribution::ByLogStream);
    let include = "include = [\"ou-ab12-cdefgh34\", \"333333333333\"]";
    let two = GOOD.replace(
        include,
        "filters_per_log_group = 2\ndelivery_log_groups = [\"/es/*\"]",
    );
    let two = two.replace(
        "filter_pattern =",
        "distribution = \"random\"\nfilter_pattern =",
    );
    let config = Config::parse(&two).unwrap();
    assert_eq!(config.organization.filters_per_log_group, 2);
    assert_eq!(config.organization.delivery_log_groups[0].as_str(), "/es/*");
    assert_eq!(config.sources[1].distribution, Distribution::Random);
    let message = refusal(include, "filters_per_log_group = 3");
    assert!(
        message.contains("organization.filters_per_log_group is 3: write 5, or 2"),
        "{message}"
    );
    let message = refusal(include, "delivery_log_groups = [\"a b\"]");
    assert!(
        message.contains("organization.delivery_log_groups"),
        "{message}"
    );
}

#[test]
fn one_policy_for_an_account_wants_sources_that_say_so() {
    let mode = |text: &str| text.replace("[organization]", "[organization]\nmode = \"account\"");
    let same = mode(GOOD).replace("filter_pattern = \"ERROR\"", "");
    assert_eq!(
        Config::parse(&same).unwrap().organization.mode,
        Mode::Account
    );
    let refusal = |text: &str| Config::parse(text).unwrap_err().to_string();
    let message = refusal(&mode(GOOD));
    assert!(
        message.contains("source[1].filter_pattern is another than that of source[0]"),
        "{message}"
    );
    let message = refusal(&same.replace("[\"*\"]", "[\"*\"]\ndistribution = \"random\""));
    assert!(message.contains("source[1].distribution"), "{message}");
    let message = refusal(&same.replace("[\"*\"]", "[\"/app/*\"]"));
    assert!(
        message.contains("no source has the glob \"*\""),
        "{message}"
    );
}

#[test]
fn the_rate_of_calls_is_left_to_aws_unless_it_is_configured() {
    let config = Config::parse(GOOD).unwrap();
    assert_eq!(config.organization.calls_per_second, None);
    let include = "include = [\"ou-ab12-cdefgh34\", \"333333333333\"]";
    let config = Config::parse(&GOOD.replace(include, "calls_per_second = 2.5")).unwrap();
    assert_eq!(config.organization.calls_per_second, Some(2.5));
    let message = refusal(include, "calls_per_second = 0.0");
    assert!(
        message.contains("organization.calls_per_second is 0: write 0.1 to 1000"),
        "{message}"
    );
}
