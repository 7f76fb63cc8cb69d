//! What holds for the templates of the logging account whatever their parameters are.

use std::process::Command;

use local::layout::{checking_program, project_root};
use serde_json::{Value, json};
use tests::template::{folder, of_kind, output, plain, template, templates};

type Tested = anyhow::Result<()>;

/// Longest text of a template that `CreateStack` takes in the request ("AWS `CloudFormation` quotas").
const LONGEST: u64 = 51_200;

#[test]
fn every_template_fits_into_a_request() -> Tested {
    for name in templates()? {
        let bytes = std::fs::metadata(folder().join(&name))?.len();
        assert!(
            bytes <= LONGEST,
            "{name} has {bytes} bytes; longer ones have to be put into a bucket first"
        );
    }
    Ok(())
}

#[test]
fn what_holds_logs_stays_when_the_stack_goes() -> Tested {
    for (name, kept) in [
        (
            "central.yaml",
            vec!["ArchiveBucket", "Domain", "Key", "RawStream", "TrailBucket"],
        ),
        ("single.yaml", vec!["Bucket", "Domain", "Stream"]),
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

#[test]
fn alarms_are_encrypted_by_the_key_that_cloudwatch_may_use() -> Tested {
    let topics = of_kind(&template("central.yaml")?, "AWS::SNS::Topic");
    assert_eq!(topics.len(), 1);
    assert_eq!(
        plain(&topics[0].1["Properties"]["KmsMasterKeyId"]),
        "${Key}"
    );
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
            .filter(|rule| rule["Transitions"].is_array())
            .collect();
        assert_eq!(colder.len(), 1, "{id}");
        let classes = ["GLACIER_IR", "DEEP_ARCHIVE"];
        for (transition, class) in colder[0]["Transitions"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(classes)
        {
            assert_eq!(transition["StorageClass"], class, "{id}");
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

/// Resources under a condition that the defaults don't fulfil are nothing to checkov.
#[test]
fn checkov_finds_nothing_in_the_forms_that_the_defaults_leave_out() -> Tested {
    let text = std::fs::read_to_string(folder().join("central.yaml"))?;
    for form in ["new-domain", "endpoint"] {
        let (before, after) = text.split_once("\n  Search:\n").unwrap_or_default();
        let after = after.replacen("Default: none", &format!("Default: {form}"), 1);
        let folder = tempfile::tempdir_in(project_root().join("target"))?;
        std::fs::write(
            folder.path().join("central.yaml"),
            format!("{before}\n  Search:\n{after}"),
        )?;
        let mut command = Command::new(checking_program("checkov")?);
        command.current_dir(folder.path());
        command.args(["--directory", ".", "--framework", "cloudformation"]);
        command.args(["--skip-download", "--compact", "--output", "json"]);
        let report: Value = serde_json::from_slice(&output(command)?)?;
        assert_eq!(report["summary"]["failed"], 0, "{form}: {report:#}");
        let checked = report.to_string();
        assert!(checked.contains("AWS::IAM::Role.SearchRole"), "{form}");
        assert_eq!(checked.contains("Domain.Domain"), form == "new-domain");
    }
    Ok(())
}
