//! Documents with times of all kinds on a real OpenSearch with the project's own pipeline: which index
//! each comes to, how many there are, and that nothing is lost.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::search::{DAYS_BACK, MONTHS_BACK, Search, event, ids, reshaped, today};

#[test]
fn dates_before_1970_and_after_2262_share_one_index_and_are_found_by_their_time() {
    let Some(search) = Search::start("odd dates").expect("a server") else {
        return;
    };
    let times = [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "1600-02-29T12:00:00Z",
        "2262-04-11T23:47:17Z",
        "2300-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ];
    let messages: Vec<String> = times
        .iter()
        .map(|time| event(&format!("dated {time}"), time, r#""eventName":"X""#))
        .collect();
    let documents = reshaped(&[], 0, &messages).expect("documents");
    let indexed = search.index_all(&documents);
    for (time, at) in times.iter().zip(&indexed) {
        assert_eq!(at.index, "logs-aws.cloudtrail-other-days");
        let query = json!({"bool": {"filter": [
            {"range": {"@timestamp": {"gte": time, "lte": time}}},
            {"ids": {"values": [at.id]}},
        ]}});
        assert_eq!(search.count(&query).expect("a count"), 1, "{time}");
    }
}

/// A day so many days before this one, or after.
fn days_ago(days: i64) -> String {
    let day = today().checked_sub(jiff::Span::new().days(days));
    day.expect("a day").to_string()
}

#[test]
fn the_last_days_have_an_index_each_and_older_ones_that_of_their_month() {
    let Some(search) = Search::start("the last days").expect("a server") else {
        return;
    };
    // Not the very first and last days of a range: the test may run over midnight.
    let daily = [-1, 0, 1, 2, 31, 90, DAYS_BACK - 1];
    let monthly = [DAYS_BACK + 1, DAYS_BACK + 32, 1000];
    let days: Vec<String> = daily
        .iter()
        .chain(&monthly)
        .map(|days| days_ago(*days))
        .collect();
    let messages: Vec<String> = days
        .iter()
        .map(|day| {
            event(
                &format!("of {day}"),
                &format!("{day}T12:00:00Z"),
                r#""eventName":"X""#,
            )
        })
        .collect();
    let documents = reshaped(&[], 0, &messages).expect("documents");
    let indexed = search.index_all(&documents);
    for (number, (day, at)) in days.iter().zip(&indexed).enumerate() {
        let part = if number < daily.len() { day } else { &day[..7] };
        assert_eq!(at.index, format!("logs-aws.cloudtrail-{part}"));
    }
}

#[test]
fn two_thousand_invented_days_make_few_indices_and_each_event_is_found_once() {
    let Some(search) = Search::start("invented days").expect("a server") else {
        return;
    };
    let back = (DAYS_BACK + 1..DAYS_BACK + 1_500).map(days_ago);
    let ahead = (4..400).map(|days| days_ago(-days));
    let years = (0..=9_999)
        .step_by(50)
        .map(|year| format!("{year:04}-06-15"));
    let messages: Vec<String> = back
        .chain(ahead)
        .chain(years)
        .map(|day| {
            event(
                &format!("invented {day}"),
                &format!("{day}T00:00:00Z"),
                r#""eventName":"X""#,
            )
        })
        .collect();
    assert!(messages.len() > 2_000);
    let documents = reshaped(&[], 0, &messages).expect("documents");
    let indexed = search.index_all(&documents);
    let indices: BTreeSet<_> = indexed.iter().map(|at| &at.index).collect();
    let most = usize::try_from(MONTHS_BACK).expect("a number") + 2;
    assert!(indices.len() <= most, "{indices:?}");
    let query = json!({"ids": {"values": ids(&documents).expect("ids")}});
    let count = || search.count(&query).expect("a count");
    assert_eq!(count(), messages.len() as u64);
    let again = search.index_all(&documents);
    assert!(
        again.iter().all(|at| at.version == 2),
        "each took its first place"
    );
    assert_eq!(count(), messages.len() as u64);
}

#[test]
fn events_whose_time_is_none_are_taken_with_the_time_of_their_log_event() {
    let Some(search) = Search::start("times that are none").expect("a server") else {
        return;
    };
    let times = [
        "",
        "yesterday",
        "10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "2024-02-30T00:00:00Z",
        "2024-01-01T25:00:00Z",
        "99999999999999999999",
        "+292278994-08-17T07:12:55Z",
        "2024-06-30T23:59:60Z",
    ];
    let messages: Vec<String> = times
        .iter()
        .map(|time| event(&format!("undated {time}"), time, r#""eventName":"X""#))
        .collect();
    let documents = reshaped(&[], 0, &messages).expect("documents");
    let indexed = search.index_all(&documents);
    assert!(
        indexed.iter().all(|at| at.version == 1),
        "each is one of its own"
    );
    for document in &documents {
        let document: Value = serde_json::from_str(document).expect("a document");
        let time = document["@timestamp"].as_str().expect("a time");
        assert!(
            ["2023-11-14", "2024-06-30", "2024-07-01"].contains(&&time[..10]),
            "{time}"
        );
    }
}
