//! What is accepted of the three tables, and what is refused.

use crate::config::{Config, Traffic};

const START: &str = "[central]\naccount = \"222222222222\"\nregion = \"eu-central-1\"\nstream = \"s\"\n\
    shards = 1\ndestination = \"d\"\n[organization]\nregions = [\"eu-central-1\", \"us-east-1\"]\n\
    [[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"cwl_vpc_fl_*\"]\n\
    [[source]]\ndataset = \"flow-logs\"\nlog_groups = [\"set_*\"]\nflow_log_format = \"${version} ${srcaddr}\"\n\
    [[source]]\ndataset = \"guardduty\"\nlog_groups = [\"/aws/events/*\"]\n\
    [[source]]\ndataset = \"cloudtrail\"\nlog_groups = [\"aws-cloudtrail-logs-*\"]\n";

fn parsed(tables: &str) -> Config {
    Config::parse(&format!("{START}{tables}")).unwrap()
}

fn refused(tables: &str) -> String {
    Config::parse(&format!("{START}{tables}"))
        .unwrap_err()
        .to_string()
}

#[test]
fn flow_logs_have_a_log_group_for_each_vpc_or_one_for_all() {
    let settings = parsed("[flow_logs]\ncreate = true").flow_logs.unwrap();
    assert_eq!(settings.log_group("vpc-1"), "cwl_vpc_fl_vpc-1");
    assert_eq!(settings.log_groups(), "cwl_vpc_fl_vpc-*");
    assert_eq!(
        (
            settings.traffic,
            settings.interval_seconds,
            settings.retention_days
        ),
        (Traffic::All, 600, 30)
    );
    let one = "[flow_logs]\ncreate = true\nlog_group = \"set_all\"\ntraffic = \"reject\"";
    let settings = parsed(one).flow_logs.unwrap();
    assert_eq!(settings.log_group("vpc-1"), "set_all");
    assert_eq!(
        settings.format.as_deref(),
        Some("${version} ${srcaddr}"),
        "the source's"
    );
}

#[test]
fn a_log_group_that_no_source_of_the_dataset_takes_is_refused() {
    let message = refused("[flow_logs]\nlog_group = \"other\"");
    assert!(message.contains("which no source takes"), "{message}");
    let message = refused("[flow_logs]\nlog_group = \"/aws/events/x\"");
    assert!(message.contains("dataset guardduty"), "{message}");
    let message = refused("[cloudtrail]\nlog_group = \"/aws/events/x\"");
    assert!(message.contains("cloudtrail.log_group"), "{message}");
    let message = refused("[flow_logs]\nlog_group = \"cwl_vpc_fl_*\"");
    assert!(message.contains("write a name"), "{message}");
}

#[test]
fn values_that_aws_does_not_know_are_refused_with_those_that_it_does() {
    for (tables, wanted) in [
        ("[flow_logs]\ninterval_seconds = 30", "write 60 or 600"),
        ("[flow_logs]\nretention_days = 31", "14, 30, 60"),
        (
            "[flow_logs]\nformat = \"${srcaddr}, ${dstaddr}\"",
            "flow_logs.format holds",
        ),
        (
            "[flow_logs]\nlog_group = \"set_x\"\nformat = \"${srcaddr}\"",
            "one of the two",
        ),
        ("[guardduty]\nrule = true", "guardduty.account is missing"),
        ("[guardduty]\naccount = \"33\"", "delegated administrator"),
        (
            "[guardduty]\naccount = \"333333333333\"\nregions = [\"eu-west-1\"]",
            "none of organization.regions",
        ),
    ] {
        let message = refused(tables);
        assert!(message.contains(wanted), "{tables}: {message}");
    }
}

#[test]
fn findings_come_from_every_onboarded_region_where_none_is_named() {
    let settings = parsed("[guardduty]\nrule = true\naccount = \"333333333333\"");
    let settings = settings.guardduty.unwrap();
    assert_eq!(settings.regions, ["eu-central-1", "us-east-1"]);
    assert_eq!(settings.log_group.name, "/aws/events/guardduty");
}
