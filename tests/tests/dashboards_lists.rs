//! No panel hides what it has no room for without a word, and none asks for more than a server answers.

use local::dashboards::read::Aggregation;
use local::dashboards::{self, Panel};
use serde_json::Value;

/// Buckets that a search may have, by the default of `search.max_buckets`.
const BUCKETS: u64 = 65_535;
/// Steps of a time axis that Dashboards draws at most, by its default.
const STEPS: u64 = 100;
/// Room for all, as far as anybody scrolls.
const ROOM: u64 = 1000;
/// The most values that these fields have: lists that AWS or the function itself has.
const VALUES: [(&str, u64); 9] = [
    ("aws.guardduty.severity.value", 4),
    ("aws.vpcflow.log_status", 3),
    // The quota of a VPC.
    ("aws.vpcflow.subnet_id", 200),
    ("event.dataset", 4),
    ("event.kind", 3),
    ("event.outcome", 3),
    // One for each service.
    ("event.provider", 500),
    ("network.direction", 2),
    ("threat.tactic.name", 14),
];

#[test]
fn a_panel_says_in_its_title_how_many_it_shows_or_shows_all() {
    let mut silent = Vec::new();
    for panel in panels() {
        for (depth, bucket) in panel.buckets().enumerate() {
            // One is no list: it says what the bucket around it is called.
            let terms = bucket.kind == "terms" && (depth == 0 || size(bucket) > 1);
            let says = bucket.parameters["otherBucket"] == true || says(&panel.title, size(bucket));
            if terms && !says && size(bucket) < values(&panel, bucket) {
                let (field, size) = (bucket.text("field"), size(bucket));
                silent.push(format!("{}: only {size} of {field}", panel.title));
            }
        }
    }
    assert_eq!(silent, [""; 0]);
}

fn size(bucket: &Aggregation) -> u64 {
    bucket.parameters["size"].as_u64().unwrap_or_default()
}

/// Whether a number stands in a title.
fn says(title: &str, number: u64) -> bool {
    let mut words = title.split(|c: char| !c.is_ascii_digit());
    words.any(|word| word == number.to_string())
}

fn values(panel: &Panel, bucket: &Aggregation) -> u64 {
    let field = bucket.text("field");
    // A flow is accepted or rejected; the boards of all datasets have the actions of the others too.
    let flows = panel.looks_into("logs-aws.vpcflow-2024-02-03");
    if field == "event.action" && flows && !panel.looks_into("logs-aws.cloudtrail-2024-02-03") {
        return 2;
    }
    let values = VALUES.iter().find(|(name, _)| *name == field);
    values.map_or(ROOM, |(_, values)| *values)
}

#[test]
fn no_panel_asks_for_more_buckets_than_a_server_gives_by_default() {
    for panel in panels() {
        let mut buckets = 0;
        let mut level = 1;
        for bucket in panel.buckets() {
            level *= match bucket.kind.as_str() {
                "terms" => size(bucket),
                "filters" => bucket.parameters["filters"].as_array().map_or(0, Vec::len) as u64,
                _ => STEPS,
            };
            buckets += level;
        }
        assert!(buckets < BUCKETS, "{}: {buckets}", panel.title);
    }
}

/// The values that each shard is asked to name; without a number of its own, what the server takes.
fn shard_size(bucket: &Aggregation) -> u64 {
    let input: Value = serde_json::from_str(bucket.text("json")).unwrap_or_default();
    let default = size(bucket) * 3 / 2 + 10;
    input["shard_size"].as_u64().unwrap_or(default)
}

#[test]
fn a_short_list_is_put_together_from_long_ones_of_each_index() {
    for panel in panels() {
        let mut buckets = panel.buckets();
        let Some(bucket) = buckets.next().filter(|bucket| bucket.kind == "terms") else {
            continue;
        };
        let by_metric = bucket.text("orderBy") != "_key";
        if by_metric && size(bucket) <= 20 {
            assert!(shard_size(bucket) >= 500, "{}", panel.title);
        }
        if bucket.text("json").is_empty() {
            continue;
        }
        let inside = |bucket: &Aggregation| match bucket.kind.as_str() {
            "terms" => shard_size(bucket),
            _ => STEPS,
        };
        let of_a_shard = shard_size(bucket) * buckets.map(inside).product::<u64>();
        assert!(of_a_shard < BUCKETS, "{}: {of_a_shard}", panel.title);
    }
}

#[test]
fn only_the_outermost_bucket_has_room_for_others() {
    for panel in panels() {
        let inner = panel.buckets().skip(1);
        let other = inner.filter(|bucket| bucket.parameters["otherBucket"] == true);
        assert_eq!(other.count(), 0, "{}", panel.title);
    }
}

fn panels() -> Vec<Panel> {
    let boards = dashboards::boards().expect("the committed dashboards");
    boards.into_iter().flat_map(|board| board.panels).collect()
}
