//! Saved plans, confirmations, exit statuses, and what goes where.

use local::organization::CLOUDTRAIL;
use tests::bootstrap::{SOURCES, Scene};

type Tested = anyhow::Result<()>;

fn file(scene: &Scene) -> String {
    scene.folder.path().join("plan.json").display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_plan_is_applied_exactly_and_without_a_question() -> Tested {
    let scene = Scene::new().await?;
    let planned = scene
        .bootstrap
        .ends(2, &["plan", "--json", "--out", &file(&scene)])?
        .json()?;
    let saved: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file(&scene))?)?;
    assert_eq!(saved, planned);
    assert_eq!(planned["summary"]["add"], 4 + 3 * 5);
    scene.bootstrap.ends(0, &["apply", &file(&scene)])?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_plan_is_refused_once_the_world_is_another_and_nothing_is_changed() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(2, &["plan", "--out", &file(&scene)])?;
    let shop = &scene.organization.members[0].id;
    scene
        .logs(shop)
        .delete_log_group()
        .log_group_name(CLOUDTRAIL)
        .send()
        .await?;
    scene
        .logs(shop)
        .create_log_group()
        .log_group_name("cwl_vpc_fl_new")
        .send()
        .await?;
    let (before, calls) = (scene.world().await?, scene.proxy.requests().len());
    let refused = scene
        .bootstrap
        .ends(1, &["apply", &file(&scene), "--yes"])?;
    for words in [
        "no longer as planned",
        CLOUDTRAIL,
        "not in the plan",
        "cwl_vpc_fl_new",
        "plan --out",
    ] {
        assert!(refused.stderr.contains(words), "{words}: {refused:#?}");
    }
    assert_eq!(scene.writes_since(calls), Vec::<String>::new());
    assert_eq!(scene.world().await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_plan_is_refused_by_name() -> Tested {
    let scene = Scene::new().await?;
    std::fs::write(file(&scene), "{\"format\": 99}")?;
    let refused = scene.bootstrap.ends(1, &["apply", &file(&scene)])?;
    assert!(
        refused
            .stderr
            .contains("plan.json is no plan of this version"),
        "{refused:#?}"
    );
    let refused = scene.bootstrap.ends(1, &["apply", "nowhere.json"])?;
    assert!(refused.stderr.contains("nowhere.json"), "{refused:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_nothing_is_changed_unless_yes_is_said() -> Tested {
    let scene = Scene::new().await?;
    let before = scene.world().await?;
    let refused = scene.bootstrap.ends(1, &["apply"])?;
    assert!(refused.stderr.contains("--yes"), "{refused:#?}");
    assert!(
        refused.stdout.contains("+ eu-central-1"),
        "the plan is shown all the same: {refused:#?}"
    );
    assert_eq!(scene.world().await?, before);
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let applied = scene.world().await?;
    let refused = scene.bootstrap.ends(1, &["destroy"])?;
    assert!(refused.stderr.contains("--yes"), "{refused:#?}");
    assert_eq!(scene.world().await?, applied);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_output_is_json_alone_where_json_is_asked_for() -> Tested {
    let scene = Scene::new().await?;
    let (add, nothing) = (4 + 3 * 5, 0);
    let accounts = scene.bootstrap.ends(0, &["accounts", "--json"])?.json()?;
    assert_eq!(accounts["accounts"].as_array().map(Vec::len), Some(6));
    let applied = scene
        .bootstrap
        .ends(0, &["apply", "--yes", "--json"])?
        .json()?;
    assert_eq!(applied["plan"]["summary"]["add"], add);
    let steps = applied["report"]["members"]
        .as_array()
        .expect("members")
        .iter();
    let steps: Vec<_> = steps
        .flat_map(|part| part["steps"].as_array().cloned().unwrap_or_default())
        .collect();
    assert_eq!(steps.len(), 3 * 5);
    assert!(
        steps.iter().all(|step| step["result"] == "done"),
        "{steps:#?}"
    );
    let plan = scene.bootstrap.ends(0, &["plan", "--json"])?.json()?;
    assert_eq!(plan["summary"]["add"], nothing);
    assert_eq!(
        scene.bootstrap.ends(0, &["verify", "--json"])?.json()?["as_it_should_be"],
        true
    );
    let destroyed = scene
        .bootstrap
        .ends(0, &["destroy", "--yes", "--json"])?
        .json()?;
    assert_eq!(destroyed["plan"]["summary"]["remove"], 3 + 3 * 5);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_shows_who_sends_who_does_not_and_why() -> Tested {
    let scene = Scene::new().await?;
    let playground = &scene.organization.members[2];
    scene.configure(&format!("exclude = [\"{}\"]", playground.id), SOURCES)?;
    let shown = scene.bootstrap.ends(0, &["accounts"])?.stdout;
    let line = |account: &str| {
        shown
            .lines()
            .find(|line| line.starts_with(account))
            .unwrap_or_default()
    };
    assert!(
        line(&playground.id).contains("excluded by organization.exclude"),
        "{shown}"
    );
    assert!(
        line(&scene.organization.suspended.id).contains("no: suspended"),
        "{shown}"
    );
    assert!(
        line(&scene.organization.logging.id).contains("central"),
        "{shown}"
    );
    assert!(
        line(&scene.organization.members[0].id).contains("Root/Workloads"),
        "{shown}"
    );
    assert!(line("111111111111").contains("own credentials"), "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizational_unit_selects_the_accounts_under_it() -> Tested {
    let scene = Scene::new().await?;
    let client = aws_sdk_organizations::Client::new(&scene.aws.account("111111111111"));
    let root = client
        .list_roots()
        .send()
        .await?
        .roots
        .and_then(|roots| roots[0].id.clone())
        .expect("a root");
    let units = client
        .list_organizational_units_for_parent()
        .parent_id(root)
        .send()
        .await?;
    let unit = units
        .organizational_units()
        .iter()
        .find(|unit| unit.name() == Some("Workloads"));
    let unit = unit.and_then(|unit| unit.id()).expect("a unit");
    scene.configure(&format!("include = [\"{unit}\"]"), SOURCES)?;
    let accounts = scene.bootstrap.ends(0, &["accounts", "--json"])?.json()?;
    let selected = accounts["accounts"].as_array().expect("accounts").iter();
    let selected = selected
        .filter(|account| account["decision"] == "selected")
        .map(|account| &account["name"]);
    let mut names: Vec<_> = selected.filter_map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["payments", "shop"]);
    scene.configure("include = [\"ou-none-00000000\"]", SOURCES)?;
    let refused = scene.bootstrap.ends(1, &["plan"])?;
    assert!(
        refused
            .stderr
            .contains("organization.include names ou-none-00000000"),
        "{refused:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_use_and_wrong_configurations_end_with_1_and_the_remedy() -> Tested {
    let scene = Scene::new().await?;
    let wrong = scene.bootstrap.ends(1, &["aply"])?;
    assert!(wrong.stderr.contains("apply"), "{wrong:#?}");
    scene.configure("trust = \"everybody\"", SOURCES)?;
    let wrong = scene.bootstrap.ends(1, &["plan"])?;
    assert!(
        wrong.stderr.contains("everybody") && wrong.stderr.contains("accounts"),
        "{wrong:#?}"
    );
    std::fs::remove_file(&scene.bootstrap.config)?;
    let wrong = scene.bootstrap.ends(1, &["plan"])?;
    assert!(wrong.stderr.contains("--config"), "{wrong:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_says_so_where_no_source_matches_any_log_group() -> Tested {
    let scene = Scene::new().await?;
    let sources = "[[source]]\ndataset = \"any\"\nlog_groups = [\"/typo/*\"]\n";
    scene.configure("", sources)?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let verified = scene.bootstrap.ends(0, &["verify"])?;
    assert!(verified.stdout.contains("nothing is sent"), "{verified:#?}");
    Ok(())
}
