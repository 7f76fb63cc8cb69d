//! What holds for the templates of the logging account whatever their parameters are.

use std::collections::BTreeSet;

use local::layout::project_root;
use serde_json::{Value, json};
use tests::template::{folder, of_kind, plain, template, templates};
use tests::template_forms::{conditions, refusals};

type Tested = anyhow::Result<()>;

/// Longest text of a template that `CreateStack` takes in the request, and out of a bucket ("AWS
/// `CloudFormation` quotas").
const LONGEST: u64 = 51_200;
const LONGEST_IN_A_BUCKET: u64 = 1_000_000;

#[test]
fn every_template_fits_into_a_request_but_the_one_that_goes_by_a_bucket() -> Tested {
    let page = std::fs::read_to_string(project_root().join("docs/deploy.md"))?;
    for name in templates()? {
        let bytes = std::fs::metadata(folder().join(&name))?.len();
        let by_a_bucket = format!("--template-file cloudformation/{name} \\\n  --s3-bucket");
        let longest = if page.contains(&by_a_bucket) {
            LONGEST_IN_A_BUCKET
        } else {
            LONGEST
        };
        assert!(
            bytes <= longest,
            "{name} has {bytes} bytes; longer ones have to be put into a bucket first (--s3-bucket in docs/deploy.md)"
        );
    }
    Ok(())
}

#[test]
fn what_holds_logs_stays_when_the_stack_goes() -> Tested {
    for (name, kept) in [
        (
            "central.yaml",
            // A bucket without its policy would take requests without TLS, and nothing from the trail.
            vec![
                "ArchiveBucket",
                "ArchiveBucketPolicy",
                "Domain",
                "Key",
                "RawStream",
                "TrailBucket",
                "TrailBucketPolicy",
            ],
        ),
        (
            "single.yaml",
            vec!["Bucket", "BucketPolicy", "Domain", "Stream"],
        ),
    ] {
        let template = template(name)?;
        let all = template["Resources"].as_object().into_iter().flatten();
        let retained = all.filter(|(_, one)| one["DeletionPolicy"] == "RetainExceptOnCreate");
        let mut retained: Vec<_> = retained
            .inspect(|(id, one)| assert_eq!(one["UpdateReplacePolicy"], "Retain", "{id}"))
            .map(|(id, _)| id.as_str())
            .collect();
        retained.sort_unstable();
        assert_eq!(retained, kept, "{name}");
    }
    Ok(())
}

#[test]
fn buckets_and_streams_are_encrypted() -> Tested {
    for (name, key) in [
        ("central.yaml", json!("${Key.Arn}")),
        ("single.yaml", json!("alias/aws/kinesis")),
    ] {
        let template = template(name)?;
        let streams = of_kind(&template, "AWS::Kinesis::Stream");
        assert!(!streams.is_empty());
        for (id, stream) in streams {
            let encryption = plain(&stream["Properties"]["StreamEncryption"]);
            assert_eq!(
                encryption,
                json!({"EncryptionType": "KMS", "KeyId": key}),
                "{name} {id}"
            );
        }
        for (id, bucket) in of_kind(&template, "AWS::S3::Bucket") {
            let rules =
                &bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"];
            let default = &rules[0]["ServerSideEncryptionByDefault"];
            let wanted = if name == "central.yaml" {
                "aws:kms"
            } else {
                "AES256"
            };
            assert_eq!(default["SSEAlgorithm"], wanted, "{name} {id}");
            if name == "central.yaml" {
                assert_eq!(plain(&default["KMSMasterKeyID"]), key, "{id}");
            }
        }
    }
    Ok(())
}

/// By the key of the logs, the alarm that this key can't be used any more would reach nobody.
#[test]
fn alarms_have_a_key_of_their_own_which_cloudwatch_may_use() -> Tested {
    let template = template("central.yaml")?;
    let topics = of_kind(&template, "AWS::SNS::Topic");
    assert_eq!(topics.len(), 1);
    let key = &topics[0].1["Properties"]["KmsMasterKeyId"];
    assert_eq!(plain(key), "${AlarmKey}");
    let everything = template["Resources"].to_string();
    assert_eq!(everything.matches(&key.to_string()).count(), 1);
    let policy = &template["Resources"]["AlarmKey"]["Properties"]["KeyPolicy"];
    assert!(policy.to_string().contains("cloudwatch.amazonaws.com"));
    Ok(())
}

#[test]
fn logs_get_colder_and_nothing_deletes_the_catalog() -> Tested {
    let template = template("central.yaml")?;
    for (id, bucket) in of_kind(&template, "AWS::S3::Bucket") {
        let rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"].clone();
        let rules = rules.as_array().cloned().unwrap_or_default();
        let colder: Vec<_> = rules
            .iter()
            .filter(|rule| rule.get("Transitions").is_some())
            .collect();
        assert_eq!(colder.len(), 1, "{id}");
        let classes = ["GLACIER_IR", "DEEP_ARCHIVE"];
        let moves = &colder[0]["Transitions"]["Fn::If"][1];
        let moves = moves.as_array().cloned().unwrap_or_default();
        assert_eq!(moves.len(), classes.len(), "{id}");
        for (transition, class) in moves.iter().zip(classes) {
            assert_eq!(transition["Fn::If"][1]["StorageClass"], class, "{id}");
        }
        for rule in rules
            .iter()
            .filter(|rule| rule.get("ExpirationInDays").is_some())
        {
            let prefix = rule["Prefix"].as_str().unwrap_or_default();
            assert!(
                !prefix.is_empty() && !"catalog.json".starts_with(prefix),
                "{id}: {rule}"
            );
        }
    }
    Ok(())
}

/// The allowed values of a parameter.
fn allowed(template: &Value, parameter: &str) -> Vec<i64> {
    let values = template["Parameters"][parameter]["AllowedValues"].as_array();
    let values = values.into_iter().flatten();
    values.filter_map(Value::as_i64).collect()
}

/// S3 takes no transition of an object that is gone by then, and bills each class for its least time:
/// 90 days of Glacier Instant Retrieval, 180 of Deep Archive ("Transitioning objects using Amazon S3
/// Lifecycle", "Amazon S3 pricing").
#[test]
fn the_days_that_the_rules_let_through_are_those_that_s3_takes_and_bills_in_full() -> Tested {
    let template = template("central.yaml")?;
    let (mut taken, mut refused) = (BTreeSet::new(), 0);
    for glacier in allowed(&template, "DaysUntilGlacier") {
        for deep in allowed(&template, "DaysUntilDeepArchive") {
            for kept in allowed(&template, "DaysKept") {
                let days = [glacier, deep, kept].map(|days| days.to_string());
                let parameters = [
                    ("DaysUntilGlacier", days[0].as_str()),
                    ("DaysUntilDeepArchive", days[1].as_str()),
                    ("DaysKept", days[2].as_str()),
                ];
                if !refusals(&template, &parameters)?.is_empty() {
                    refused += 1;
                    continue;
                }
                assert!(glacier == 0 || glacier + 90 <= kept, "{days:?}");
                assert!(deep == 0 || deep + 180 <= kept, "{days:?}");
                assert!(
                    glacier == 0 || deep == 0 || glacier + 90 <= deep,
                    "{days:?}"
                );
                let moves = conditions(&template, &parameters, "")?["Moves"];
                assert_eq!(moves, glacier + deep > 0, "{days:?}");
                taken.insert(kept);
            }
        }
    }
    // Each time can be had.
    assert_eq!(taken, allowed(&template, "DaysKept").into_iter().collect());
    assert!(refused > 50, "{refused}");
    Ok(())
}
