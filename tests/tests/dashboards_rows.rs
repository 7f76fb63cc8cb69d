//! What stands in the rows of panels, over events that are made for it: who went quiet stands first,
//! nothing is left out, and the rest is `Other`.

use jiff::ToSpan;
use local::dashboards::{self, Answer, Panel};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::search::{Search, today};
use tests::with;

/// Two accounts that send all the time, and one that stopped.
const LIVE: [&str; 2] = ["555500000001", "555500000002"];
const STOPPED: &str = "555500000003";
/// Senders of the other tests.
const WATCHED: &str = "555500000004";
const BUSY: &str = "555500000005";
const STEADY: &str = "555500000006";
const TRANSIT: &str = "555500000007";
const REMOTE: &str = "555500000008";
const DAYS: std::ops::Range<u32> = 10..17;
const GROUP_THAT_STOPPED: &str = "/vpc/that-stopped";

#[test]
fn a_log_group_that_stopped_stands_first_though_its_account_is_live() {
    let Some(search) = Search::start("quiet log groups").unwrap() else {
        return;
    };
    let mut events = Vec::new();
    for day in DAYS {
        for account in LIVE {
            events.push(line(account, "/app/live", day));
        }
        if day < 14 {
            events.push(line(STOPPED, "/app/of-the-stopped", day));
        }
        if day < 12 {
            events.push(line(LIVE[0], GROUP_THAT_STOPPED, day));
        }
    }
    search.index(&events).unwrap();
    let senders = [LIVE[0], LIVE[1], STOPPED];
    for (board, title) in [
        (
            "overview",
            "60 log groups of each sender, the quietest first",
        ),
        (
            "aws.cloudwatch_logs",
            "60 log groups of each account, the quietest first",
        ),
        ("account", "Log groups, the quietest first"),
    ] {
        let rows = rows(&search, &senders, board, title);
        let groups: Vec<&str> = rows.iter().filter_map(|row| row[1].as_str()).collect();
        assert_eq!(
            groups[..2],
            [GROUP_THAT_STOPPED, "/app/of-the-stopped"],
            "{title}: {rows:?}"
        );
        assert_eq!(rows[0][2], "2001-02-11T12:00:00.000Z", "{title}");
        if board == "aws.cloudwatch_logs" {
            assert_eq!(rows[0][4], "the old name", "of its latest event");
            assert_eq!(rows[2][4], "the new name");
        }
    }
    let accounts = rows(
        &search,
        &senders,
        "overview",
        "Accounts, the quietest first",
    );
    assert_eq!(
        accounts[0],
        [STOPPED, "the new name", "2001-02-13T12:00:00.000Z"]
    );
    assert_eq!(accounts.len(), 3);
}

/// A line of a log. The name of its account changes on the way.
fn line(account: &str, group: &str, day: u32) -> String {
    let name = if day < 12 {
        "the old name"
    } else {
        "the new name"
    };
    json!({
        "@timestamp": format!("2001-02-{day}T12:00:00.000Z"),
        "tributary": {"document_id": format!("{account}{group}{day}")},
        "event": {"dataset": "aws.cloudwatch_logs"},
        "aws": {"cloudwatch": {"owner": account, "log_group": group}},
        "cloud": {"account": {"id": account, "name": name}, "region": format!("region-{day}")},
    })
    .to_string()
}

#[test]
fn every_finding_of_high_severity_is_in_the_list() {
    let Some(search) = Search::start("findings").unwrap() else {
        return;
    };
    let instances: Vec<String> = (1..=9).map(|number| format!("i-{number}")).collect();
    let findings: Vec<String> = instances.iter().map(|instance| finding(instance)).collect();
    search.index(&findings).unwrap();
    let title = "High and critical findings, the latest first";
    let answer = answer(&search, &[WATCHED], "aws.guardduty", title);
    let shown: BTreeSet<&str> = column(&answer, "cloud.instance.id").collect();
    assert_eq!(shown, instances.iter().map(String::as_str).collect());
}

/// A finding whose rule and account are those of all.
fn finding(instance: &str) -> String {
    json!({
        "@timestamp": "2001-03-01T12:00:00.000Z",
        "tributary": {"document_id": instance},
        "event": {"dataset": "aws.guardduty", "id": instance},
        "aws": {
            "cloudwatch": {"owner": WATCHED, "log_group": "/findings"},
            "guardduty": {"severity": {"value": "High"}, "title": format!("{instance} is used to attack.")},
        },
        "rule": {"name": "UnauthorizedAccess:EC2/SSHBruteForce"},
        "cloud": {"account": {"id": WATCHED}, "instance": {"id": instance}},
    })
    .to_string()
}

#[test]
fn what_a_chart_has_no_room_for_is_other() {
    let Some(search) = Search::start("other").unwrap() else {
        return;
    };
    let flow = |number: u32| {
        json!({
            "@timestamp": format!("2001-04-01T12:00:{number}.000Z"),
            "tributary": {"document_id": format!("flow-{number}")},
            "event": {"dataset": "aws.vpcflow"},
            "aws": {"cloudwatch": {"owner": BUSY, "log_group": "/flows"}},
            "cloud": {"account": {"id": format!("{number}{}", BUSY)}},
            "network": {"bytes": number, "iana_number": "6", "transport": format!("protocol-{number}")},
        })
    };
    // Of a protocol that has no name among the fields, as OSPF.
    let unnamed = |number: u32| {
        let mut flow = flow(number);
        flow["network"] = json!({"iana_number": "89"});
        flow.to_string()
    };
    let flows = (10..25).map(|number| flow(number).to_string());
    let flows: Vec<String> = flows.chain((30..50).map(unnamed)).collect();
    search.index(&flows).unwrap();

    let protocols = rows(&search, &[BUSY], "aws.vpcflow", "Flows by protocol");
    assert_eq!(protocols.len(), 11);
    assert_eq!(protocols[0], [json!("another protocol"), json!(20)]);
    assert_eq!(protocols[10], [json!("Other"), json!(6)]);

    let bytes = rows(
        &search,
        &[BUSY],
        "aws.vpcflow",
        "Bytes over time, by account",
    );
    let other: Vec<&Vec<Value>> = bytes.iter().filter(|row| row[0] == "Other").collect();
    let sum = |rows: &[&Vec<Value>]| rows.iter().filter_map(|row| row[2].as_f64()).sum::<f64>();
    // The ten largest have their own colours.
    assert!((sum(&other) - f64::from(10 + 11 + 12 + 13 + 14)).abs() < 0.1);
}

#[test]
fn a_talker_that_is_never_among_a_day_s_first_stands_first_in_the_sum_of_the_days() {
    let Some(search) = Search::start("sums over days").unwrap() else {
        return;
    };
    let flow = |day: i64, source: &str, bytes: u32| {
        let day = today().saturating_sub(day.days());
        json!({
            "@timestamp": format!("{day}T12:00:00.000Z"),
            "tributary": {"document_id": format!("{day}-{source}")},
            "event": {"dataset": "aws.vpcflow"},
            "aws": {"cloudwatch": {"owner": STEADY, "log_group": "/flows"}},
            "source": {"ip": source},
            "network": {"bytes": bytes},
        })
        .to_string()
    };
    let mut flows = Vec::new();
    for day in 10..13 {
        // More than a shard names for a list of ten, if nobody asks for more.
        let louder = (0..40).map(|number| flow(day, &format!("10.0.{day}.{number}"), 100));
        flows.extend(louder);
        flows.push(flow(day, "10.9.9.9", 90));
    }
    search.index(&flows).unwrap();
    let title = "Top 10 sources by bytes";
    let sources = rows(&search, &[STEADY], "aws.vpcflow", title);
    assert_eq!(sources.len(), 10);
    assert_eq!(sources[0][0], "10.9.9.9");
    assert_eq!(sources[0][1].as_f64(), Some(270.0));
}

#[test]
fn a_flow_of_a_transit_gateway_is_in_the_list_and_a_record_without_data_is_no_flow() {
    let Some(search) = Search::start("flows without an action").unwrap() else {
        return;
    };
    let record = |id: &str, status: &str, members: Value| {
        let record = json!({
            "@timestamp": "2001-05-01T12:00:00.000Z",
            "tributary": {"document_id": id},
            "event": {"dataset": "aws.vpcflow"},
            "aws": {
                "cloudwatch": {"owner": TRANSIT, "log_group": "/flows"},
                "vpcflow": {"log_status": status},
            },
        });
        with(record, &members).to_string()
    };
    let flow = json!({
        "source": {"address": "10.0.0.1", "ip": "10.0.0.1"},
        "destination": {"address": "10.1.0.1", "ip": "10.1.0.1", "port": 443},
        "network": {"bytes": 180},
    });
    let records = [
        record("transit", "OK", flow),
        record("no-data", "NODATA", json!({})),
        record("skipped", "SKIPDATA", json!({})),
    ];
    search.index(&records).unwrap();
    let list = answer(&search, &[TRANSIT], "aws.vpcflow", "Events");
    let sources: Vec<&str> = column(&list, "source.ip").collect();
    assert_eq!((list.rows.len(), sources), (1, vec!["10.0.0.1"]));
    let all = rows(&search, &[TRANSIT], "aws.vpcflow", "In all");
    assert_eq!(all[0][0], 1);
    let ports = rows(
        &search,
        &[TRANSIT],
        "aws.vpcflow",
        "Top 100 ports asked for",
    );
    assert_eq!(
        ports,
        [[json!(443), json!("no action"), json!(1), json!(1)]]
    );
}

#[test]
fn a_remote_address_of_no_known_country_is_in_the_table_of_its_direction() {
    let Some(search) = Search::start("remote addresses").unwrap() else {
        return;
    };
    let parties = |direction: &str, source: &str, destination: &str| {
        let mut finding: Value = serde_json::from_str(&finding(direction)).unwrap();
        finding["aws"]["cloudwatch"]["owner"] = json!(REMOTE);
        finding["network"] = json!({"direction": direction});
        finding["source"] = json!({"address": source});
        finding["destination"] = json!({"address": destination});
        finding.to_string()
    };
    let findings = [
        parties("inbound", "198.51.100.1", "10.0.0.1"),
        parties("outbound", "10.0.0.1", "198.51.100.2"),
    ];
    search.index(&findings).unwrap();
    for (title, address) in [
        (
            "Remote addresses that called, top 20 rules of each",
            "198.51.100.1",
        ),
        (
            "Remote addresses that were called, top 20 rules of each",
            "198.51.100.2",
        ),
    ] {
        let rows = rows(&search, &[REMOTE], "aws.guardduty", title);
        assert_eq!(rows.len(), 1, "{title}: {rows:?}");
        assert_eq!(rows[0][..2], [address, "unknown"], "{title}");
    }
    let events = answer(&search, &[REMOTE], "aws.guardduty", "Events");
    let called: Vec<&str> = column(&events, "destination.address").collect();
    assert!(called.contains(&"198.51.100.2"), "{called:?}");
}

/// The rows of a panel over the events of some senders: the server has others.
fn rows(search: &Search, senders: &[&str], board: &str, title: &str) -> Vec<Vec<Value>> {
    answer(search, senders, board, title).rows
}

/// The texts in the column of that name.
fn column<'a>(answer: &'a Answer, name: &str) -> impl Iterator<Item = &'a str> {
    let mut columns = answer.columns.iter();
    let column = columns.position(|column| column.label == name);
    let column = column.expect("a column of that name");
    answer
        .rows
        .iter()
        .filter_map(move |row| row[column].as_str())
}

fn answer(search: &Search, senders: &[&str], board: &str, title: &str) -> Answer {
    let id = format!("tributary-{board}");
    let boards = dashboards::boards().expect("the committed dashboards");
    let mut boards = boards.into_iter();
    let board = boards.find(|board| board.id == id).expect("the dashboard");
    let mut panels = board.panels.into_iter();
    let panel = panels.find(|panel| panel.title == title).expect(title);
    let ours = json!({"terms": {"aws.cloudwatch.owner": senders}});
    let panel = Panel {
        filters: vec![json!({ "query": ours })],
        ..panel
    };
    let answer = Answer::of(&panel, search.server()).expect("the server answers");
    answer.expect("a panel with rows")
}
