//! The same program against a second stand-in, which pages the organization's lists, tells `State`, makes
//! the access role with each account, and takes no subscription filter that leads to a destination.

use ::catalog::Catalog;
use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_kinesis::types::{StreamMode, StreamModeDetails};
use aws_sdk_organizations::Client as Organizations;
use local::aws::Aws;
use tests::bootstrap::{REGION, SECOND_MANAGEMENT, SOURCES, Second, summary_of};

type Tested = anyhow::Result<()>;

/// An organization of 45 accounts: the management account, the central one, and 43 in units of 22 and 21,
/// the last of which is closed.
async fn stage() -> anyhow::Result<Second> {
    let tables = format!("regions = [\"{REGION}\", \"us-east-1\"]\n{SOURCES}");
    Second::with(organization, &tables).await
}

/// Makes the organization; the accounts, the central one first.
async fn organization(aws: &Aws) -> anyhow::Result<Vec<String>> {
    let client = Organizations::new(&aws.account(SECOND_MANAGEMENT));
    client.create_organization().send().await?;
    let root = client.list_roots().send().await?.roots()[0]
        .id
        .clone()
        .expect("a root");
    let mut units = Vec::new();
    for name in ["Even", "Odd"] {
        let made = client
            .create_organizational_unit()
            .parent_id(&root)
            .name(name)
            .send()
            .await?;
        units.push(
            made.organizational_unit
                .and_then(|unit| unit.id)
                .expect("a unit"),
        );
    }
    let mut accounts = Vec::new();
    for number in 0..44 {
        let made = client
            .create_account()
            .account_name(format!("account-{number:02}"));
        let made = made
            .email(format!("account-{number}@example.com"))
            .send()
            .await?;
        let id = made
            .create_account_status
            .and_then(|status| status.account_id)
            .expect("an account");
        if number > 0 {
            let moved = client
                .move_account()
                .account_id(&id)
                .source_parent_id(&root);
            moved
                .destination_parent_id(&units[number % 2])
                .send()
                .await?;
        }
        accounts.push(id);
    }
    client
        .close_account()
        .account_id(&accounts[43])
        .send()
        .await?;
    Ok(accounts)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_is_found_across_pages_and_the_closed_one_is_skipped() -> Tested {
    let stage = stage().await?;
    let shown = stage.bootstrap.ends(0, &["accounts", "--json"])?.json()?;
    let accounts = shown["accounts"].as_array().expect("accounts");
    assert_eq!(accounts.len(), 45);
    assert!(
        stage.proxy.requests_of("ListAccounts").len() >= 3,
        "20 accounts a page"
    );
    assert!(
        stage.proxy.requests_of("ListAccountsForParent").len() > 2 + 2,
        "20 accounts a page"
    );
    let of = |id: &str| {
        accounts
            .iter()
            .find(|account| account["account"] == id)
            .expect("the account")
    };
    assert_eq!(of(&stage.accounts[43])["decision"], "skipped");
    assert_eq!(of(&stage.accounts[43])["reason"], "suspended");
    assert_eq!(of(&stage.accounts[42])["path"], "Root/Even");
    assert_eq!(of(&stage.accounts[41])["access"]["way"], "assumed-role");
    assert_eq!(of(SECOND_MANAGEMENT)["access"]["way"], "own-credentials");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_central_account_is_set_up_once_verified_and_taken_back() -> Tested {
    let stage = stage().await?;
    let planned = stage.bootstrap.ends(2, &["plan"])?.stdout;
    assert!(
        planned.contains("stream tributary-logs: on demand"),
        "{planned}"
    );
    assert!(
        planned.contains("+ us-east-1     destination tributary"),
        "{planned}"
    );
    stage.bootstrap.ends(0, &["apply", "--yes"])?;
    let again = stage.bootstrap.ends(0, &["apply"])?;
    assert!(again.stdout.contains("Nothing to do"), "{again:#?}");
    stage.bootstrap.ends(0, &["verify"])?;
    let destroyed = stage.bootstrap.ends(0, &["destroy", "--yes"])?;
    assert!(
        destroyed
            .stdout
            .contains("- eu-central-1  stream tributary-logs"),
        "{destroyed:#?}"
    );
    let again = stage.bootstrap.ends(0, &["destroy"])?;
    assert!(
        again.stdout.contains("nothing of ours is there"),
        "{again:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_whose_filters_are_refused_is_told_and_the_others_are_done() -> Tested {
    let stage = stage().await?;
    let member = &stage.accounts[30];
    Logs::new(&stage.account(member).await?)
        .create_log_group()
        .log_group_name("cwl_vpc_fl_main")
        .send()
        .await?;
    let applied = stage.bootstrap.ends(1, &["apply", "--yes", "--json"])?;
    let report = &applied.json()?["report"];
    let central = report["central"]["steps"].as_array().expect("steps");
    assert!(
        central.iter().all(|step| step["result"] == "done"),
        "{central:#?}"
    );
    let part = report["members"]
        .as_array()
        .expect("members")
        .iter()
        .find(|part| part["account"] == member.as_str());
    let steps = part
        .and_then(|part| part["steps"].as_array())
        .expect("steps");
    let results: Vec<_> = steps.iter().map(|step| &step["result"]).collect();
    // This stand-in says that the log group is missing, which it isn't: that must not pass for done.
    assert_eq!(results, ["done", "failed"], "{steps:#?}");
    assert!(
        steps[1]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains(member)),
        "{steps:#?}"
    );
    let verified = stage.bootstrap.ends(2, &["verify"])?;
    assert!(verified.stdout.contains("0/1"), "{verified:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_names_every_account_across_pages_with_its_unit_and_tags() -> Tested {
    let stage = stage().await?;
    let client = Organizations::new(&stage.aws.account(SECOND_MANAGEMENT));
    let tag = aws_sdk_organizations::types::Tag::builder();
    let tag = tag.key("owner").value("team-7").build()?;
    let request = client.tag_resource().resource_id(&stage.accounts[7]);
    request.tags(tag).send().await?;
    let path = stage.folder.path().join("catalog.json");
    let config = std::fs::read_to_string(&stage.bootstrap.config)?;
    let config = format!(
        "{config}\n[catalog]\nlocation = {:?}\n",
        path.to_string_lossy()
    );
    std::fs::write(&stage.bootstrap.config, config)?;
    // This stand-in takes no filters to a destination, so the run as a whole fails.
    stage.bootstrap.run(["apply", "--yes"])?;
    let catalog = Catalog::from_json(&std::fs::read(&path)?)?;
    assert_eq!(
        catalog.accounts.len(),
        45,
        "the closed one too: its old events have a name"
    );
    let seventh = &catalog.accounts[&stage.accounts[7]];
    assert_eq!(
        (seventh.name.as_str(), seventh.path.join("/").as_str()),
        ("account-07", "Root/Odd")
    );
    assert_eq!(seventh.path_ids.len(), 2);
    assert_eq!(seventh.tags["owner"], "team-7");
    let asked = stage.proxy.requests_of("ListTagsForResource").len();
    assert_eq!(asked, 45, "once each");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn our_stream_changes_between_on_demand_and_provisioned() -> Tested {
    let stage = stage().await?;
    stage.bootstrap.ends(0, &["apply", "--yes"])?;
    let on_demand = std::fs::read_to_string(&stage.bootstrap.config)?;
    let provisioned = on_demand.replace("on_demand = true", "shards = 6");
    let kinesis = aws_sdk_kinesis::Client::new(&stage.account(&stage.accounts[0]).await?);
    for (config, mode) in [
        (&provisioned, StreamMode::Provisioned),
        (&on_demand, StreamMode::OnDemand),
    ] {
        std::fs::write(&stage.bootstrap.config, config)?;
        stage.bootstrap.ends(2, &["verify"])?;
        stage.bootstrap.ends(0, &["apply", "--yes"])?;
        stage.bootstrap.ends(0, &["verify"])?;
        let found = summary_of(&kinesis).await?;
        let details = found.stream_mode_details();
        assert_eq!(details.map(StreamModeDetails::stream_mode), Some(&mode));
        assert_eq!(found.open_shard_count(), 6);
    }
    Ok(())
}
