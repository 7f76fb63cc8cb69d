//! The proxy makes chosen calls fail, and the stand-in behind it holds exactly what was passed on.

#![expect(clippy::unwrap_used, reason = "a step that fails fails the test")]

use std::time::{Duration, Instant};

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_sdk_firehose::{
    Client as Firehose,
    types::{Record, S3DestinationConfiguration},
};
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_kinesis::{
    Client as Kinesis,
    primitives::Blob,
    types::{PutRecordsRequestEntry, ShardIteratorType},
};
use local::{
    aws::Aws,
    fault_proxy::{Fault, FaultProxy, Limits, Rule},
    ministack::Ministack,
};

const STREAM: &str = "logs";
const THROUGHPUT: &str = "ProvisionedThroughputExceededException";

struct Way {
    _aws: Ministack,
    proxy: FaultProxy,
    /// Directly to the stand-in.
    direct: SdkConfig,
    /// Through the proxy, without the SDK's own retries.
    through: SdkConfig,
}

async fn way() -> Way {
    let aws = Ministack::start().unwrap();
    let proxy = FaultProxy::start(aws.endpoint()).unwrap();
    let direct = account(aws.endpoint()).await;
    let through = account(proxy.endpoint()).await.into_builder();
    let through = through.retry_config(RetryConfig::disabled()).build();
    Way {
        _aws: aws,
        proxy,
        direct,
        through,
    }
}

async fn account(endpoint: &str) -> SdkConfig {
    let aws = Aws::new(endpoint, "eu-central-1").await;
    aws.account("222222222222")
}

impl Way {
    async fn with_stream(self) -> Self {
        let kinesis = Kinesis::new(&self.direct);
        let created = kinesis.create_stream().stream_name(STREAM).shard_count(1);
        created.send().await.unwrap();
        loop {
            let stream = kinesis.describe_stream_summary().stream_name(STREAM);
            let stream = stream.send().await.unwrap();
            let summary = stream.stream_description_summary.unwrap();
            if summary.stream_status.as_str() == "ACTIVE" {
                return self;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What the stream holds.
    async fn in_stream(&self) -> Vec<String> {
        let kinesis = Kinesis::new(&self.direct);
        let iterator = kinesis
            .get_shard_iterator()
            .stream_name(STREAM)
            .shard_id("shardId-000000000000")
            .shard_iterator_type(ShardIteratorType::TrimHorizon);
        let iterator = iterator.send().await.unwrap().shard_iterator;
        let records = kinesis.get_records().set_shard_iterator(iterator);
        let records = records.send().await.unwrap().records;
        let text = |data: &Blob| String::from_utf8(data.as_ref().to_vec()).unwrap();
        records.iter().map(|record| text(&record.data)).collect()
    }

    fn put_records(
        &self,
        data: &[&str],
    ) -> aws_sdk_kinesis::operation::put_records::builders::PutRecordsFluentBuilder {
        let entry = |data: &&str| {
            let entry = PutRecordsRequestEntry::builder().data(Blob::new(*data));
            entry.partition_key("key").build().unwrap()
        };
        Kinesis::new(&self.through)
            .put_records()
            .stream_name(STREAM)
            .set_records(Some(data.iter().map(entry).collect()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_records_of_a_put_are_answered_at_their_places_and_not_in_the_stream() {
    let way = way().await.with_stream().await;
    let fault = Fault::refuse_records(THROUGHPUT, |place| place == 0 || place == 2);
    way.proxy.add(Rule::nth("PutRecords", 1, fault));

    let answer = way.put_records(&["a", "b", "c", "d"]).send().await.unwrap();
    assert_eq!(answer.failed_record_count, Some(2));
    let codes: Vec<Option<&str>> = answer
        .records
        .iter()
        .map(|record| record.error_code())
        .collect();
    assert_eq!(codes, [Some(THROUGHPUT), None, Some(THROUGHPUT), None]);
    assert!(answer.records[1].sequence_number.is_some());
    assert_eq!(way.in_stream().await, ["b", "d"]);

    let again = way.put_records(&["a", "c"]).send().await.unwrap();
    assert_eq!(again.failed_record_count, Some(0));
    assert_eq!(way.in_stream().await, ["b", "d", "a", "c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_whose_records_are_all_refused_leaves_nothing_in_the_stream() {
    let way = way().await.with_stream().await;
    let fault = Fault::refuse_records("InternalFailure", |_| true);
    way.proxy.add(Rule::every("PutRecords", fault));
    let answer = way.put_records(&["a", "b"]).send().await.unwrap();
    assert_eq!(answer.failed_record_count, Some(2));
    assert_eq!(answer.records.len(), 2);
    assert!(way.in_stream().await.is_empty());

    way.proxy.heal();
    way.put_records(&["a", "b"]).send().await.unwrap();
    assert_eq!(way.in_stream().await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_records_of_a_firehose_batch_are_answered_at_their_places() {
    let way = way().await;
    let destination = S3DestinationConfiguration::builder()
        .bucket_arn("arn:aws:s3:::archive")
        .role_arn("arn:aws:iam::222222222222:role/firehose");
    let created = Firehose::new(&way.direct)
        .create_delivery_stream()
        .delivery_stream_name("search");
    #[expect(deprecated, reason = "the shortest destination there is")]
    let created = created.s3_destination_configuration(destination.build().unwrap());
    Box::pin(created.send()).await.unwrap();

    let fault = Fault::refuse_records("ServiceUnavailableException", |place| place == 1);
    way.proxy.add(Rule::nth("PutRecordBatch", 1, fault));
    let record = |data: &str| Record::builder().data(Blob::new(data)).build().unwrap();
    let batch = Firehose::new(&way.through)
        .put_record_batch()
        .delivery_stream_name("search")
        .records(record("a"))
        .records(record("bc"));
    let answer = batch.send().await.unwrap();
    assert_eq!(answer.failed_put_count, 1);
    assert!(answer.request_responses[0].record_id.is_some());
    let code = answer.request_responses[1].error_code.as_deref();
    assert_eq!(code, Some("ServiceUnavailableException"));

    let seen = way.proxy.requests_of("PutRecordBatch").remove(0);
    assert_eq!(seen.record_bytes, [1, 2]);
    assert!(seen.faulted && seen.is_within(Limits::PUT_RECORD_BATCH));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_chosen_call_fails_and_without_effect() {
    let way = way().await.with_stream().await;
    way.proxy
        .add(Rule::nth("PutRecords", 2, Fault::answer(400, THROUGHPUT)));
    way.put_records(&["first"]).send().await.unwrap();
    let error = way.put_records(&["second"]).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(
        error.is_provisioned_throughput_exceeded_exception(),
        "{error:?}"
    );
    way.put_records(&["third"]).send().await.unwrap();
    assert_eq!(way.in_stream().await, ["first", "third"]);
    let faulted: Vec<bool> = way
        .proxy
        .requests_of("PutRecords")
        .iter()
        .map(|seen| seen.faulted)
        .collect();
    assert_eq!(faulted, [false, true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_dropped_after_its_effect_has_its_effect_and_no_answer() {
    let way = way().await.with_stream().await;
    way.proxy.add(Rule::nth("PutRecords", 1, Fault::DropAfter));
    let error = way.put_records(&["a"]).send().await.unwrap_err();
    assert!(error.as_service_error().is_none(), "{error:?}");
    assert_eq!(way.in_stream().await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_dropped_before_its_effect_has_none() {
    let way = way().await.with_stream().await;
    way.proxy.add(Rule::nth("PutRecords", 1, Fault::DropBefore));
    let error = way.put_records(&["a"]).send().await.unwrap_err();
    assert!(error.as_service_error().is_none(), "{error:?}");
    assert!(way.in_stream().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_call_is_passed_on_later() {
    let way = way().await.with_stream().await;
    let delay = Duration::from_millis(300);
    way.proxy
        .add(Rule::first("PutRecords", 1, Fault::Delay(delay)));
    let start = Instant::now();
    way.put_records(&["a"]).send().await.unwrap();
    assert!(start.elapsed() >= delay);
    assert_eq!(way.in_stream().await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_each_record_is_noted_as_the_service_counts_it() {
    let way = way().await.with_stream().await;
    let large = "x".repeat(1024 * 1024 - "key".len());
    way.put_records(&["a", &large]).send().await.unwrap();
    let seen = way.proxy.requests_of("PutRecords").remove(0);
    assert_eq!(seen.record_bytes, [4, 1024 * 1024]);
    assert!(seen.body_bytes > 4 * 1024 * 1024 / 3, "base64 in JSON");
    assert!(seen.is_within(Limits::PUT_RECORDS));
    assert!(!seen.is_within(Limits {
        records: 1,
        ..Limits::PUT_RECORDS
    }));
    let smaller = 1024 * 1024 - 1;
    assert!(!seen.is_within(Limits {
        record_bytes: smaller,
        ..Limits::PUT_RECORDS
    }));
    assert!(!seen.is_within(Limits {
        request_bytes: smaller,
        ..Limits::PUT_RECORDS
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_the_query_protocol_fails_with_the_code_that_was_asked_for() {
    let way = way().await;
    way.proxy.add(Rule::nth(
        "GetRole",
        1,
        Fault::answer(503, "ServiceUnavailable"),
    ));
    let iam = aws_sdk_iam::Client::new(&way.through);
    let injected = iam.get_role().role_name("sender").send().await.unwrap_err();
    assert_eq!(injected.code(), Some("ServiceUnavailable"));
    let own = iam.get_role().role_name("sender").send().await.unwrap_err();
    assert_eq!(own.code(), Some("NoSuchEntity"));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_pass_through_unchanged() {
    let way = way().await;
    let config = aws_sdk_s3::config::Builder::from(&way.through)
        // The only Region where a bucket needs no location.
        .region(aws_sdk_s3::config::Region::new("us-east-1"))
        .force_path_style(true);
    let s3 = aws_sdk_s3::Client::from_conf(config.build());
    s3.create_bucket().bucket("archive").send().await.unwrap();
    let body: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let put = s3
        .put_object()
        .bucket("archive")
        .key("a/b c.gz")
        .body(body.clone().into());
    put.send().await.unwrap();
    let head = s3
        .head_object()
        .bucket("archive")
        .key("a/b c.gz")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length, Some(100_000));
    let object = s3
        .get_object()
        .bucket("archive")
        .key("a/b c.gz")
        .send()
        .await
        .unwrap();
    assert_eq!(object.body.collect().await.unwrap().to_vec(), body);
}
