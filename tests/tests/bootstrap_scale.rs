//! How many calls an account costs, exactly: one more in each of a thousand accounts is told here.

use std::collections::BTreeMap;

use local::cloud::{Seen, Settings, by_operation};
use tests::bootstrap::scale::{Measured, REGIONS, WANTED, account, measure, organization};
use tests::bootstrap::{CloudScene, SOURCES};

type Tested = anyhow::Result<()>;

const ACCOUNTS: usize = 40;
const REGION_COUNT: usize = REGIONS.len();

/// The calls in every account that sends; that they are the same in all is part of the test.
fn in_each(measured: &Measured) -> BTreeMap<String, usize> {
    let mut of: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for call in &measured.seen {
        of.entry(&call.account).or_default().push(call);
    }
    let all: Vec<_> = (0..ACCOUNTS)
        .map(|number| by_operation(of.remove(account(number).as_str()).unwrap_or_default()))
        .collect();
    assert!(all.iter().all(|calls| *calls == all[0]), "{all:#?}");
    all[0].clone()
}

fn calls<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected
        .map(|(operation, count)| (operation.to_owned(), count))
        .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_account_costs_exactly_these_calls_and_a_second_apply_only_reads() -> Tested {
    let settings = Settings::default();
    let scene = CloudScene::new(organization(ACCOUNTS, settings.clone()), SOURCES).await?;
    scene.configure(&format!("regions = {REGIONS:?}"), SOURCES)?;
    let run =
        |name, code, arguments: &[&str]| measure(&scene, name, code, arguments, &settings, 16);
    let first_look = [
        ("DescribeAccountPolicies", REGION_COUNT),
        ("DescribeLogGroups", REGION_COUNT),
        ("DescribeSubscriptionFilters", REGION_COUNT * 20),
        ("GetRole", 1),
    ];
    let plan = run("plan", 2, &["plan"])?;
    assert_eq!(in_each(&plan), calls(first_look));
    let apply = run("apply", 0, &["apply", "--yes"])?;
    let mut setting_up = calls(first_look);
    setting_up.extend(calls([
        ("CreateRole", 1),
        ("DescribeSubscriptionFilters", REGION_COUNT * (20 + WANTED)),
        ("PutRolePolicy", 1),
        ("PutSubscriptionFilter", REGION_COUNT * WANTED),
    ]));
    assert_eq!(in_each(&apply), setting_up);
    let later = [
        ("GetRolePolicy", 1),
        ("ListAttachedRolePolicies", 1),
        ("ListRolePolicies", 1),
    ];
    let mut looking = calls(first_look);
    looking.extend(calls(later));
    for (name, arguments) in [
        ("apply again", &["apply", "--yes"][..]),
        ("verify", &["verify"]),
    ] {
        let again = run(name, 0, arguments)?;
        assert_eq!(in_each(&again), looking, "{name}");
        let writes: Vec<_> = again.seen.iter().filter(|call| !call.reads()).collect();
        assert!(writes.is_empty(), "{name}: {writes:?}");
        let assumed = again.calls["AssumeRole"];
        assert_eq!(assumed, ACCOUNTS + 1, "each account is entered once");
    }
    assert_eq!(
        apply.calls["AssumeRole"],
        ACCOUNTS + 1,
        "also where it is written"
    );
    // 42 accounts, twenty on a page; the units tell their paths.
    assert_eq!(plan.calls["ListAccounts"], 3);
    assert_eq!(plan.calls.get("ListAccountsForParent"), None);
    Ok(())
}
