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
        "make a new plan with `bootstrap plan --config",
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
    for (text, reason) in [
        ("{\"format\": 99}", "its format is 99"),
        ("{\"format\": 1, \"purpose\": \"apply\"}", "its format is 1"),
        ("{}", "it has no format"),
        ("[[source]]", "it is no JSON"),
    ] {
        std::fs::write(file(&scene), text)?;
        let refused = scene.bootstrap.ends(1, &["apply", &file(&scene)])?;
        for words in ["plan.json is no plan of this version", reason, "plan --out"] {
            assert!(refused.stderr.contains(words), "{words}: {refused:#?}");
        }
    }
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
    scene.configure("", SOURCES)?;
    let nowhere = scene.folder.path().join("none").join("plan.json");
    let nowhere = nowhere.display().to_string();
    let wrong = scene.bootstrap.ends(1, &["apply", &nowhere])?;
    let words = format!(
        "the plan {nowhere} can't be read: No such file or directory (os error 2); make one with `bootstrap plan --out \
         FILE`"
    );
    assert!(wrong.stderr.contains(&words), "{wrong:#?}");
    let wrong = scene.bootstrap.ends(1, &["plan", "--out", &nowhere])?;
    let words = format!("the plan can't be saved in {nowhere}: No such file");
    assert!(wrong.stderr.contains(&words), "{wrong:#?}");
    std::fs::remove_file(&scene.bootstrap.config)?;
    let wrong = scene.bootstrap.ends(1, &["plan"])?;
    let file = scene.bootstrap.config.display();
    let words = format!("the configuration {file} can't be read: No such file");
    assert!(wrong.stderr.contains(&words), "{wrong:#?}");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_another_configuration_is_refused_and_the_values_are_named() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(2, &["plan", "--out", &file(&scene)])?;
    // Comments and blanks say nothing.
    scene.configure("# a comment\n", SOURCES)?;
    let wider = format!("{SOURCES}\nfilter_pattern = \"ERROR\"\n");
    scene.configure("", &wider)?;
    let refused = scene.bootstrap.ends(1, &["apply", &file(&scene)])?;
    for words in [
        "configuration, source.filter_pattern: nothing in the plan, ERROR now",
        "nothing was changed",
    ] {
        assert!(refused.stderr.contains(words), "{words}: {refused:#?}");
    }
    scene.configure("# a comment\n", SOURCES)?;
    scene.bootstrap.ends(0, &["apply", &file(&scene)])?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_somebody_changed_is_shown_value_by_value_before_it_is_mended() -> Tested {
    let scene = Scene::new().await?;
    scene.bootstrap.ends(0, &["apply", "--yes"])?;
    let shop = &scene.organization.members[0].id;
    let role = "tributary-sender-tributary";
    let iam = aws_sdk_iam::Client::new(&scene.aws.account(shop));
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
    let update = iam.update_assume_role_policy().role_name(role);
    update.policy_document(trust).send().await?;
    let logs =
        aws_sdk_cloudwatchlogs::Client::new(&scene.aws.account(&scene.organization.logging.id));
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "999999999999"},
        "Action": "logs:PutSubscriptionFilter", "Resource": "*"}]}"#;
    let put = logs.put_destination_policy().destination_name("tributary");
    put.access_policy(policy).send().await?;
    let planned = scene.bootstrap.ends(2, &["plan"])?;
    let organization = &scene.organization.id;
    for line in [
        "trust policy, statement 1, Principal.Service: ec2.amazonaws.com -> logs.eu-central-1.amazonaws.com".to_owned(),
        format!("access policy, statement 1, Condition.StringEquals.aws:PrincipalOrgID:\n{:22}+ {organization}", ""),
        format!("access policy, statement 1, Principal.AWS:\n{:22}- 999999999999", ""),
        "Plan: 0 to add, 2 to change, 0 to remove".to_owned(),
    ] {
        assert!(planned.stdout.contains(&line), "{line}: {}", planned.stdout);
    }
    let answer = scene.bootstrap.ends(2, &["plan", "--json"])?.json()?;
    let place = &answer["central"]["steps"][0]["differences"][0]["place"];
    assert!(
        place
            .as_str()
            .is_some_and(|place| place.starts_with("access policy")),
        "{answer}"
    );
    // Accounts give way to the organization: AWS wants that by force.
    scene
        .bootstrap
        .ends(0, &["apply", "--yes", "--force-access-policy"])?;
    scene.bootstrap.ends(0, &["verify"])?;
    Ok(())
}
