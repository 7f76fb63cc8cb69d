//! The Firehose event, as AWS's samples show it and as it may go wrong.
#![allow(clippy::unwrap_used)]

use transform::event::{FirehoseEvent, Millis, Text};

fn text<'a>(text: &'a Text<'a>) -> &'a str {
    text.as_str().unwrap_or("(none)")
}

#[test]
fn the_event_of_a_direct_put_stream_is_read() {
    let body = br#"{"invocationId":"i-1","deliveryStreamArn":"arn:aws:firehose:us-east-1:111111111111:deliverystream/d",
        "region":"us-east-1","records":[{"recordId":"r-1","approximateArrivalTimestamp":1495072949453,"data":"SGVsbG8="}]}"#;
    let event = FirehoseEvent::parse(body).unwrap();
    assert_eq!(text(&event.invocation_id), "i-1");
    assert!(text(&event.delivery_stream_arn).ends_with("deliverystream/d"));
    assert_eq!(event.source_stream_arn, Text::Absent);
    assert_eq!(text(&event.records[0].0.id), "r-1");
    assert_eq!(text(&event.records[0].0.data), "SGVsbG8=");
    assert_eq!(event.records[0].0.arrival, Millis(Some(1_495_072_949_453)));
}

#[test]
fn a_time_of_arrival_that_is_none_is_left_out() {
    let of = |arrival: &str| {
        let body = format!(r#"{{"records":[{{"approximateArrivalTimestamp":{arrival}}}]}}"#);
        FirehoseEvent::parse(body.as_bytes()).unwrap().records[0]
            .0
            .arrival
    };
    for none in [
        "null",
        "\"1\"",
        "1.5",
        "{}",
        "[1]",
        "true",
        "18446744073709551615",
    ] {
        assert_eq!(of(none), Millis(None), "{none}");
    }
    assert_eq!(of("-1"), Millis(Some(-1)));
}

#[test]
fn the_event_of_a_kinesis_source_is_read_whatever_type_the_subsequence_number_has() {
    for number in [r#""123456""#, "123456", "\"\"", "null", "-1.5e3"] {
        let body = format!(
            r#"{{"invocationId":"i","sourceKinesisStreamArn":"s","deliveryStreamArn":"d","region":"r","records":[
                {{"data":"eA==","recordId":"r","approximateArrivalTimestamp":1,"kinesisRecordMetadata":{{
                "sequenceNumber":"49546986683135544286507457936321625675700192471156785154",
                "subsequenceNumber":{number},"partitionKey":"4d1ad2b9-24f8-4b9d-a088-76e9947c317a",
                "shardId":"shardId-000000000000","approximateArrivalTimestamp":1507217624302}}}}]}}"#
        );
        let event = FirehoseEvent::parse(body.as_bytes()).unwrap();
        let key = &event.records[0].0.kinesis.0.partition_key;
        assert_eq!(text(key), "4d1ad2b9-24f8-4b9d-a088-76e9947c317a");
    }
}

#[test]
fn the_misspelt_field_of_aws_s_own_sample_is_read() {
    let event = FirehoseEvent::parse(br#"{"deliverySteamArn":"d","records":[]}"#).unwrap();
    assert_eq!(text(&event.delivery_stream_arn), "d");
}

#[test]
fn everything_but_the_records_may_be_missing_and_anything_may_be_there_as_well() {
    let event = FirehoseEvent::parse(br#"{"records":[],"more":{"deep":[1,{"er":null}]}}"#).unwrap();
    assert!(event.records.is_empty());
    assert_eq!(event.invocation_id, Text::Absent);
}

#[test]
fn a_record_that_is_nonsense_spoils_nothing_but_itself() {
    let body = br#"{"records":[null,7,"text",[1,[2]],{},true,-1.5,
        {"recordId":9,"data":{"a":1},"kinesisRecordMetadata":"none"},
        {"recordId":"null","data":null,"kinesisRecordMetadata":null},
        {"recordId":"good","data":"eA==","kinesisRecordMetadata":{"partitionKey":["p"]},"later":{}}]}"#;
    let event = FirehoseEvent::parse(body).unwrap();
    let ids: Vec<&str> = event
        .records
        .iter()
        .map(|record| text(&record.0.id))
        .collect();
    let mut expected = vec!["(none)"; 8];
    expected.extend(["null", "good"]);
    assert_eq!(ids, expected);
    assert_eq!(event.records[7].0.data, Text::Other);
    assert_eq!(event.records[8].0.data, Text::Absent);
    assert_eq!(text(&event.records[9].0.data), "eA==");
}

#[test]
fn escaped_texts_are_unescaped() {
    let event =
        FirehoseEvent::parse(br#"{"records":[{"recordId":"a\"\u00e9","data":"a\/+="}]}"#).unwrap();
    assert_eq!(text(&event.records[0].0.id), "a\"\u{e9}");
    assert_eq!(text(&event.records[0].0.data), "a/+=");
}

#[test]
fn what_is_no_firehose_event_is_an_error_that_says_so() {
    for body in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"records":{}}"#,
        r#"{"records":[}"#,
        "{\"records\":[]} x",
    ] {
        let error = FirehoseEvent::parse(body.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains("not a Firehose event"), "{body}: {error}");
    }
}
