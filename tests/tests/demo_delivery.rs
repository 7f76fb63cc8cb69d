//! CloudWatch Logs' delivery: what no filter, destination and policy lead anywhere isn't sent.

use flate2::read::GzDecoder;
use local::cloudwatch::batch::BatchLimits;
use local::cloudwatch::event_id::EventIds;
use local::cloudwatch::routes::NotSent;
use local::cloudwatch::{CloudWatchLogs, LogEvent, LogStream, Sent};
use local::kpl;
use serde_json::Value;
use std::collections::HashSet;
use std::io::Read;
use tests::firehose::{ACCOUNT, Way};

const MEMBER: &str = "333333333333";
const ORGANIZATION: &str = "o-example";
const GROUP: &str = "cwl_vpc_fl_main";
const DESTINATION: &str = "arn:aws:logs:eu-central-1:222222222222:destination:tributary";
const BY_ORGANIZATION: &str =
    r#""*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}"#;
const SENDER_ROLE: &str = "arn:aws:iam::333333333333:role/sender";

struct Delivery {
    way: Way,
    logs: CloudWatchLogs,
}

impl Delivery {
    /// A member's log group beside a stream in the central account; nothing leads there yet.
    async fn new() -> Self {
        let way = Way::new().await.expect("the stand-in starts");
        let logs = CloudWatchLogs::new(way.aws.clone(), ORGANIZATION);
        let made = client(&way, MEMBER)
            .create_log_group()
            .log_group_name(GROUP)
            .send()
            .await;
        made.expect("a log group");
        Self { way, logs }
    }

    async fn destination(&self, principal: Option<&str>) {
        let client = client(&self.way, ACCOUNT);
        let made = client
            .put_destination()
            .destination_name("tributary")
            .role_arn("arn:aws:iam::222222222222:role/delivery")
            .target_arn(self.way.source.arn());
        made.send().await.expect("a destination");
        if let Some(principal) = principal {
            let policy = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"logs:PutSubscriptionFilter","Resource":"{DESTINATION}","Principal":{principal}}}]}}"#
            );
            let put = client
                .put_destination_policy()
                .destination_name("tributary")
                .access_policy(policy);
            put.send().await.expect("a policy");
        }
    }

    async fn filter(&self, pattern: &str, role: Option<&str>) {
        client(&self.way, MEMBER)
            .put_subscription_filter()
            .log_group_name(GROUP)
            .filter_name("tributary-flow-logs")
            .filter_pattern(pattern)
            .destination_arn(DESTINATION)
            .set_role_arn(role.map(ToOwned::to_owned))
            .send()
            .await
            .expect("a filter");
    }

    async fn send(&self, messages: &[String]) -> Sent {
        self.logs
            .send(&stream(), &events(messages))
            .await
            .expect("a delivery")
    }

    /// The payloads on the stream.
    async fn payloads(&self) -> Vec<Value> {
        let client = self.way.aws.kinesis(ACCOUNT);
        let shards = local::firehose::source::shards(&client, &self.way.source.name)
            .await
            .expect("shards");
        let mut payloads = Vec::new();
        for shard in shards {
            let start = client
                .get_shard_iterator()
                .stream_name(&self.way.source.name)
                .shard_id(shard)
                .shard_iterator_type(aws_sdk_kinesis::types::ShardIteratorType::TrimHorizon);
            let iterator = start
                .send()
                .await
                .expect("an iterator")
                .shard_iterator
                .unwrap_or_default();
            let records = client
                .get_records()
                .shard_iterator(iterator)
                .send()
                .await
                .expect("records")
                .records;
            payloads.extend(records.iter().map(|record| plain(record.data().as_ref())));
        }
        payloads
    }
}

fn plain(record: &[u8]) -> Value {
    assert!(
        kpl::user_records(record).is_none(),
        "the service aggregates nothing"
    );
    let mut text = String::new();
    GzDecoder::new(record)
        .read_to_string(&mut text)
        .expect("one gzip member");
    serde_json::from_str(&text).expect("one JSON object")
}

fn client(way: &Way, account: &str) -> aws_sdk_cloudwatchlogs::Client {
    aws_sdk_cloudwatchlogs::Client::new(&way.aws.account(account))
}

fn stream() -> LogStream {
    LogStream {
        account: MEMBER.to_owned(),
        group: GROUP.to_owned(),
        stream: "eni-1-all".to_owned(),
    }
}

fn events(messages: &[String]) -> Vec<LogEvent> {
    let ids = EventIds::at(1_700_000_000_000).next_batch(messages.len());
    let event = |(id, message): (String, &String)| LogEvent {
        id,
        timestamp: 1_700_000_000_000,
        message: message.clone(),
    };
    ids.into_iter().zip(messages).map(event).collect()
}

fn two() -> Vec<String> {
    vec!["ACCEPT OK".to_owned(), "REJECT OK".to_owned()]
}

#[tokio::test]
async fn without_a_filter_nothing_is_sent() {
    let delivery = Delivery::new().await;
    delivery
        .destination(Some(r#"{"AWS":"333333333333"}"#))
        .await;
    let sent = delivery.send(&two()).await;
    assert_eq!((sent.events, sent.not_sent), (0, vec![NotSent::NoFilter]));
    assert!(delivery.payloads().await.is_empty());
}

#[tokio::test]
async fn without_a_destination_nothing_is_sent() {
    let delivery = Delivery::new().await;
    delivery.filter("", None).await;
    let sent = delivery.send(&two()).await;
    assert_eq!(
        sent.not_sent,
        [NotSent::NoDestination(DESTINATION.to_owned())]
    );
    assert!(delivery.payloads().await.is_empty());
}

#[tokio::test]
async fn without_a_policy_that_admits_the_sender_nothing_is_sent() {
    let delivery = Delivery::new().await;
    delivery.filter("", Some(SENDER_ROLE)).await;
    delivery.destination(None).await;
    assert!(matches!(
        delivery.send(&two()).await.not_sent[..],
        [NotSent::NoPolicy(_)]
    ));
    delivery
        .destination(Some(r#"{"AWS":"444444444444"}"#))
        .await;
    assert!(matches!(
        delivery.send(&two()).await.not_sent[..],
        [NotSent::NotAdmitted(_)]
    ));
    delivery
        .destination(Some(&BY_ORGANIZATION.replace("o-example", "o-other")))
        .await;
    assert!(matches!(
        delivery.send(&two()).await.not_sent[..],
        [NotSent::NotAdmitted(_)]
    ));
    assert!(delivery.payloads().await.is_empty());
}

#[tokio::test]
async fn where_the_policy_names_the_organization_the_filter_needs_a_role() {
    let delivery = Delivery::new().await;
    delivery.destination(Some(BY_ORGANIZATION)).await;
    delivery.filter("", None).await;
    assert!(matches!(
        delivery.send(&two()).await.not_sent[..],
        [NotSent::NoSenderRole(_)]
    ));
    delivery.filter("", Some(SENDER_ROLE)).await;
    assert_eq!(delivery.send(&two()).await.events, 2);
}

#[tokio::test]
async fn an_admitted_account_s_events_arrive_once_in_the_service_s_envelope() {
    let delivery = Delivery::new().await;
    delivery
        .destination(Some(r#"{"AWS":["333333333333"]}"#))
        .await;
    delivery.filter("", None).await;
    assert_eq!(delivery.send(&two()).await.events, 2);
    let payloads = delivery.payloads().await;
    assert_eq!(payloads.len(), 1);
    let payload = &payloads[0];
    assert_eq!(payload["messageType"], "DATA_MESSAGE");
    assert_eq!(payload["owner"], MEMBER);
    assert_eq!(payload["logGroup"], GROUP);
    assert_eq!(payload["logStream"], "eni-1-all");
    assert_eq!(
        payload["subscriptionFilters"],
        serde_json::json!(["tributary-flow-logs"])
    );
    let messages: Vec<&str> = payload["logEvents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["message"].as_str().unwrap())
        .collect();
    assert_eq!(messages, ["ACCEPT OK", "REJECT OK"]);
}

#[tokio::test]
async fn the_filter_s_pattern_picks_the_events() {
    let delivery = Delivery::new().await;
    delivery
        .destination(Some(r#"{"AWS":"333333333333"}"#))
        .await;
    delivery.filter("REJECT", None).await;
    assert_eq!(delivery.send(&two()).await.events, 1);
}

#[tokio::test]
async fn many_events_are_cut_into_payloads_and_none_is_lost() {
    let mut delivery = Delivery::new().await;
    delivery
        .destination(Some(r#"{"AWS":"333333333333"}"#))
        .await;
    delivery.filter("", None).await;
    delivery.logs = delivery.logs.with_limits(BatchLimits {
        bytes: 3000,
        events: 40,
    });
    let messages: Vec<String> = (0..250)
        .map(|n| format!("event {n} {}", "x".repeat(n)))
        .collect();
    let sent = delivery.send(&messages).await;
    let payloads = delivery.payloads().await;
    assert_eq!((sent.events, sent.records), (250, payloads.len()));
    let ids: HashSet<String> = payloads
        .iter()
        .flat_map(|payload| payload["logEvents"].as_array().unwrap().clone())
        .map(|event| event["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 250);
}

#[tokio::test]
async fn a_destination_s_stream_is_checked_with_a_control_message() {
    let delivery = Delivery::new().await;
    assert!(
        !delivery.logs.check(DESTINATION, 5).await.unwrap(),
        "there is no destination yet"
    );
    delivery.destination(None).await;
    assert!(delivery.logs.check(DESTINATION, 5).await.unwrap());
    let payloads = delivery.payloads().await;
    assert_eq!(payloads.len(), 1);
    assert_eq!(payloads[0]["messageType"], "CONTROL_MESSAGE");
    assert_eq!(payloads[0]["owner"], "CloudwatchLogs");
}
