//! Log groups that vanish: while they are read, and between the plan and what it does.

use local::cloud::{Builder, Settings};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::{CloudScene, REGION, SOURCES};

type Tested = anyhow::Result<()>;

const SHOP: &str = "333333333333";

/// One account with one log group, so that every call about filters is about it.
async fn scene() -> anyhow::Result<CloudScene> {
    let mut builder = Builder::new(Settings::default());
    let root = builder.root().to_owned();
    builder.account(SHOP, "shop", &root);
    builder.log_group(SHOP, REGION, "/app/checkout");
    CloudScene::new(builder, SOURCES).await
}

fn vanished() -> Fault {
    Fault::answer(400, "ResourceNotFoundException")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_that_vanishes_while_it_is_read_is_skipped_and_told() -> Tested {
    let scene = scene().await?;
    let rule = Rule::every("DescribeSubscriptionFilters", vanished());
    scene.cloud.add(rule);
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    let told = format!(". {REGION} skips /app/checkout: it vanished while it was read");
    assert!(planned.stdout.contains(&told), "{planned:#?}");
    let skipped = scene.bootstrap.ends(2, &["plan", "--json"])?.json()?;
    assert_eq!(skipped["summary"]["skipped"], 1, "{skipped:#}");
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_group_that_vanishes_after_the_plan_is_told_to_be_gone_and_not_counted_as_done()
-> Tested {
    for json in [false, true] {
        let scene = scene().await?;
        // The first one is the plan's.
        for nth in [2, 3] {
            let rule = Rule::nth("DescribeSubscriptionFilters", nth, vanished());
            scene.cloud.add(rule);
        }
        let arguments = ["apply", "--yes", "--json"];
        let arguments = &arguments[..if json { 3 } else { 2 }];
        let applied = scene.bootstrap.ends(0, arguments)?;
        if json {
            let report = &applied.json()?["report"];
            let totals = &report["totals"];
            assert_eq!(totals["gone"], 1, "{report:#}");
            let member = report["members"].as_array().and_then(|all| {
                let mut all = all.iter();
                all.find(|part| part["account"] == SHOP)
            });
            let steps = member.and_then(|part| part["steps"].as_array());
            let steps = steps.cloned().unwrap_or_default();
            let gone: Vec<_> = steps
                .iter()
                .filter(|step| step["result"] == "gone")
                .collect();
            assert_eq!(gone.len(), 1, "{steps:#?}");
            let planned = applied.json()?["plan"]["summary"]["add"].as_u64();
            assert_eq!(totals["done"].as_u64(), planned.map(|all| all - 1));
            continue;
        }
        for words in [
            "on /app/checkout\n    gone meanwhile",
            " done, 1 gone meanwhile, 0 failed, 0 left;",
        ] {
            assert!(applied.stdout.contains(words), "{words}: {applied:#?}");
        }
    }
    Ok(())
}
