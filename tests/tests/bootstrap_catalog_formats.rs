//! The formats of flow logs, from `DescribeFlowLogs` in every account to the documents.

use ::catalog::{Catalog, FlowLogFormat};
use local::fault_proxy::{Fault, Rule};
use tests::bootstrap::{REGION, Second};
use tests::transform::{Function, event, payload_of};

type Tested = anyhow::Result<()>;

const SOURCES: &str = r#"
[[source]]
dataset = "flow-logs"
log_groups = ["set_*"]
flow_log_format = "${srcaddr} ${dstaddr}"
[[source]]
dataset = "flow-logs"
log_groups = ["cwl_vpc_fl_*"]
"#;

const DEFAULT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} \
     ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

fn catalog(second: &Second) -> anyhow::Result<Catalog> {
    let file = second.bootstrap.config.with_file_name("catalog.json");
    Ok(Catalog::from_json(&std::fs::read(file)?)?)
}

fn tables(second: &Second, regions: &str) -> String {
    let file = second.bootstrap.config.with_file_name("catalog.json");
    format!(
        "regions = [{regions}]\n{SOURCES}\n[catalog]\nlocation = \"{}\"",
        file.display()
    )
}

fn entry(account: &str, region: Option<&str>, group: &str, format: &str) -> FlowLogFormat {
    FlowLogFormat {
        account: Some(account.to_owned()),
        region: region.map(str::to_owned),
        log_group: group.to_owned(),
        format: Some(format.to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_with_one_group_name_and_two_formats_have_documents_of_their_own() -> Tested {
    let second = Second::new("").await?;
    second.configure(&tables(&second, "\"eu-central-1\""))?;
    let [_, shop, payments] = &second.accounts[..] else {
        anyhow::bail!("three accounts")
    };
    let group = "cwl_vpc_fl_main";
    second
        .flow_log(shop, REGION, group, "${bytes} ${srcaddr} ${dstaddr}")
        .await?;
    second
        .flow_log(payments, REGION, group, "${srcaddr} ${dstaddr} ${bytes}")
        .await?;
    second
        .flow_log(payments, REGION, "cwl_vpc_fl_plain", DEFAULT)
        .await?;
    second
        .flow_log(payments, REGION, "set_here", "${bytes}")
        .await?;
    second
        .flow_log(shop, REGION, "nobody-wants-it", "${bytes}")
        .await?;
    // The stand-in takes no filter; the catalog is written all the same.
    second.bootstrap.ends(1, &["apply", "--yes"])?;
    let written = catalog(&second)?.flow_log_formats;
    let mut expected = vec![
        entry(shop, None, group, "${bytes} ${srcaddr} ${dstaddr}"),
        entry(payments, None, group, "${srcaddr} ${dstaddr} ${bytes}"),
    ];
    expected.sort_by(|one, other| one.account.cmp(&other.account));
    expected.push(FlowLogFormat {
        log_group: "set_*".into(),
        format: Some("${srcaddr} ${dstaddr}".into()),
        ..FlowLogFormat::default()
    });
    assert_eq!(
        written, expected,
        "defaults need no entry, what is set wins"
    );

    let file = second.bootstrap.config.with_file_name("catalog.json");
    let function = Function::start(&[
        ("OUTPUT", "ndjson"),
        ("CATALOG", &file.display().to_string()),
    ])?;
    for (account, line) in [
        (shop, "4242 10.0.0.1 10.0.0.2"),
        (payments, "10.0.0.1 10.0.0.2 4242"),
    ] {
        let payload = payload_of(account, group, &[line.to_owned()])?;
        let document = function.answer(&event(&[payload]))?.documents(0)?.remove(0);
        assert_eq!(document["source"]["bytes"], 4242, "{document}");
        assert_eq!(document["source"]["ip"], "10.0.0.1", "{document}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn regions_that_differ_have_entries_of_their_own_and_a_change_is_seen() -> Tested {
    let second = Second::new("").await?;
    second.configure(&tables(&second, "\"eu-central-1\", \"us-east-1\""))?;
    let shop = &second.accounts[1];
    let group = "cwl_vpc_fl_main";
    second.flow_log(shop, REGION, group, "${bytes}").await?;
    second
        .flow_log(shop, "us-east-1", group, "${packets}")
        .await?;
    second.bootstrap.ends(1, &["apply", "--yes"])?;
    let written = catalog(&second)?.flow_log_formats;
    assert_eq!(
        written[..2],
        [
            entry(shop, Some(REGION), group, "${bytes}"),
            entry(shop, Some("us-east-1"), group, "${packets}"),
        ]
    );
    second
        .flow_log(shop, REGION, "cwl_vpc_fl_new", "${bytes}")
        .await?;
    let verified = second.bootstrap.ends(2, &["verify"])?;
    assert!(
        verified.stdout.contains("other formats of flow logs"),
        "{verified:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn flow_logs_that_can_not_be_read_are_a_note_and_the_catalog_keeps_what_it_has() -> Tested {
    let second = Second::new("").await?;
    second.configure(&tables(&second, "\"eu-central-1\""))?;
    let shop = &second.accounts[1];
    second
        .flow_log(shop, REGION, "cwl_vpc_fl_main", "${bytes}")
        .await?;
    second.bootstrap.ends(1, &["apply", "--yes"])?;
    let before = catalog(&second)?;
    let denied = Fault::Answer {
        status: 403,
        code: "UnauthorizedOperation".into(),
    };
    second.proxy.add(Rule::every("DescribeFlowLogs", denied));
    let planned = second.bootstrap.ends(2, &["plan"])?;
    assert!(
        planned
            .stdout
            .contains("formats of flow logs can't be read in 4 accounts"),
        "{planned:#?}"
    );
    assert!(planned.stdout.contains("access-flow-logs"), "{planned:#?}");
    assert!(!planned.stdout.contains("catalog.json: "), "{planned:#?}");
    second.bootstrap.ends(1, &["apply", "--yes"])?;
    assert_eq!(catalog(&second)?.flow_log_formats, before.flow_log_formats);
    Ok(())
}
