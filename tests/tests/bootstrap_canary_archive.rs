//! `verify --canary --archive`: events that stand in the archive in the end, by way of Firehose and the
//! function `transform`.

use std::sync::Arc;
use std::time::Duration;

use local::cloud::{MANAGEMENT, Settings};
use local::cloudwatch::routes::StreamAddress;
use local::firehose::{Bucket, Destination, Firehose, Processor, Settings as Delivery};
use local::ministack::Ministack;
use tests::bootstrap::canary::{PAYMENTS, SHOP, results, scene};
use tests::bootstrap::{CloudScene, LOGGING, REGION, Ran};
use tests::firehose::LAMBDA;
use tests::transform::Function;

type Tested = anyhow::Result<()>;

const BUCKET: &str = "archive";
const ARCHIVE: &str = "s3://archive/logs/";

/// An organization that is set up, and an empty bucket. The central account is the management account, whose
/// credentials are the same in both stand-ins.
struct Stage {
    scene: CloudScene,
    objects: Ministack,
}

impl Stage {
    async fn new() -> anyhow::Result<Self> {
        let scene = scene("", Settings::default()).await?;
        let config = std::fs::read_to_string(&scene.bootstrap.config)?;
        std::fs::write(&scene.bootstrap.config, config.replace(LOGGING, MANAGEMENT))?;
        scene.bootstrap.ends(0, &["apply", "--yes"])?;
        let objects = Ministack::start()?;
        let stage = Self { scene, objects };
        let aws = stage.aws();
        aws.create_bucket(MANAGEMENT, BUCKET).await?;
        // Folders of other accounts and regions come after the one that the objects go to.
        for folder in [
            "dataset=some",
            "dataset=all/account=888888888888/region=eu-central-1/date=2026-01-01",
            "dataset=all/account=999999999999/region=eu-central-1/date=2026-01-01",
            "dataset=all/account=222222222222/region=eu-central-2/date=2026-01-01",
            "dataset=all/account=222222222222/region=eu-central-3/date=2026-01-01",
            "dataset=all/account=222222222222/region=eu-central-1/date=1999-01-01",
        ] {
            let put = aws.s3(MANAGEMENT).put_object().bucket(BUCKET);
            let put = put.key(format!("logs/{folder}/theirs"));
            put.body(b"no document\n".to_vec().into()).send().await?;
        }
        Ok(stage)
    }

    fn aws(&self) -> local::aws::Aws {
        let aws = self.scene.aws.clone();
        aws.with_objects_at(self.objects.endpoint())
    }

    /// Delivers what comes out of the stream, through the function with that output.
    async fn deliver(&self, output: &str) -> anyhow::Result<Firehose> {
        let function = Arc::new(Function::start(&[("OUTPUT", output)])?);
        let bucket = Bucket {
            prefix: "logs/dataset=all/account=222222222222/region=eu-central-1/date=!{timestamp:yyyy-MM-dd}/"
                .to_owned(),
            extension: ".ndjson".to_owned(),
            buffer_interval: Duration::from_secs(1),
            ..Bucket::new(BUCKET)
        };
        let firehose = Firehose::start(Delivery {
            aws: self.aws(),
            name: "archive".to_owned(),
            source: StreamAddress {
                account: MANAGEMENT.to_owned(),
                region: REGION.to_owned(),
                name: "tributary-logs".to_owned(),
            },
            processor: Some(Processor {
                buffer_interval: Duration::from_millis(300),
                ..Processor::new(function, LAMBDA)
            }),
            destination: Destination::S3(bucket),
        });
        Ok(firehose.await?)
    }

    fn verify(&self, archive: &str, more: &[&str]) -> anyhow::Result<Ran> {
        let mut command = self.scene.bootstrap.command()?;
        let command = command.args(["verify", "--canary", "--archive", archive]);
        let command = command.args(more);
        Ran::of(command.env("AWS_ENDPOINT_URL_S3", self.objects.endpoint()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_every_account_stands_in_the_archive_by_way_of_the_function() -> Tested {
    let stage = Stage::new().await?;
    let before = stage.scene.cloud.dump();
    for output in ["ndjson-gzip", "ndjson"] {
        let firehose = stage.deliver(output).await?;
        let ran =
            tokio::task::block_in_place(|| stage.verify(ARCHIVE, &["--timeout", "60", "--json"]))?;
        firehose.stop().await;
        assert_eq!(ran.code, 0, "{output}: {ran:#?}");
        let answer = ran.json()?;
        let arrived = |account: &str| format!("{account} {REGION} arrived");
        assert_eq!(results(&answer), [arrived(SHOP), arrived(PAYMENTS)]);
        let run = &answer["canary"][0];
        assert_eq!(run["at"], "archive", "{answer:#}");
        let seconds = run["seconds"].as_f64();
        assert!(seconds.is_some_and(|took| (0.5..60.0).contains(&took)));
        assert_eq!(stage.scene.cloud.dump(), before);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_firehose_an_event_comes_out_of_the_stream_and_is_missed_in_the_archive() -> Tested
{
    let stage = Stage::new().await?;
    stage.scene.bootstrap.ends(0, &["verify", "--canary"])?;
    let missing = stage.verify(ARCHIVE, &["--timeout", "3"])?;
    assert_eq!(missing.code, 2, "{missing:#?}");
    let told = format!("none of 1 events came into an object under {ARCHIVE} within 3 s");
    assert!(missing.stdout.contains(&told), "{missing:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_can_not_be_read_is_told_at_once_and_everything_is_cleared_away() -> Tested
{
    let stage = Stage::new().await?;
    let before = stage.scene.cloud.dump();
    let refused = stage.verify("s3://somebody-elses/", &[])?;
    assert_eq!(refused.code, 2, "{refused:#?}");
    let told = "the archive s3://somebody-elses/ can't be read: ListObjectsV2";
    assert!(refused.stdout.contains(told), "{refused:#?}");
    assert_eq!(stage.scene.cloud.dump(), before);
    let wrong = stage.verify("/var/log", &[])?;
    assert!(wrong.stderr.contains("s3://BUCKET/PREFIX"), "{wrong:#?}");
    Ok(())
}
