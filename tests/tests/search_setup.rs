//! `bootstrap search-setup` on a real OpenSearch: what it puts, what it leaves, what it takes away.

use std::path::Path;

use local::dashboards_server::DashboardsServer;
use local::search_gate::Guard;
use serde_json::{Value, json};
use tests::search_setup::{Cluster, all_are, outcomes, outcomes_but, somebody_s_template};

type Tested = anyhow::Result<()>;

/// Objects of the set: twelve, and the lifecycle policy.
const OBJECTS: usize = 13;

#[test]
fn a_fresh_cluster_gets_everything_and_a_second_run_changes_nothing() -> Tested {
    let Some(cluster) = Cluster::start("a fresh cluster", Guard::Nobody)? else {
        return Ok(());
    };
    let ran = cluster.ends(0, &[])?;
    assert!(
        ran.stdout.starts_with("OpenSearch ") && ran.stdout.contains("created"),
        "{ran:#?}"
    );
    assert!(
        ran.stdout
            .contains("Next: let Firehose deliver to the index tributary"),
        "{ran:#?}"
    );
    let daily = cluster.simulated("logs-aws.cloudtrail-2024-02-03")?;
    assert_eq!(daily["settings"]["index"]["default_pipeline"], "tributary");
    let fields = &daily["mappings"]["properties"];
    assert_eq!(
        fields["source"]["properties"]["ip"],
        json!({"type": "ip", "ignore_malformed": true})
    );
    let flattened =
        &fields["aws"]["properties"]["cloudtrail"]["properties"]["flattened"]["properties"];
    assert_eq!(flattened["request_parameters"]["type"], "flat_object");
    assert_eq!(
        fields["aws"]["properties"].get("guardduty"),
        None,
        "fields of another dataset"
    );
    let changes = cluster.changes().len();
    assert_eq!(changes, OBJECTS);
    let again = cluster.answers(0, &[])?;
    let left = outcomes_but(&again, "unchanged");
    assert_eq!(left, ["component-template tributary-custom left"]);
    assert_eq!(cluster.changes().len(), changes, "nothing was put");
    Ok(())
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() -> Tested {
    let Some(cluster) = Cluster::start("a dry run", Guard::Nobody)? else {
        return Ok(());
    };
    let before = cluster.everything()?;
    let answer = cluster.answers(2, &["--dry-run"])?;
    assert_eq!(all_are(&answer, "would-create")?, OBJECTS);
    assert_eq!(cluster.everything()?, before);
    assert_eq!(cluster.changes(), Vec::<String>::new());
    cluster.ends(0, &[])?;
    cluster.ends(0, &["--dry-run"])?;
    let standing = cluster.everything()?;
    let answer = cluster.answers(2, &["--dry-run", "--remove"])?;
    assert_eq!(all_are(&answer, "would-remove")?, OBJECTS);
    assert_eq!(cluster.everything()?, standing);
    Ok(())
}

#[test]
fn what_is_not_ours_stops_everything_until_force() -> Tested {
    let Some(cluster) = Cluster::start("not ours", Guard::Nobody)? else {
        return Ok(());
    };
    let theirs = json!({"description": "somebody's", "processors": []});
    cluster.put("_ingest/pipeline/tributary", &theirs)?;
    cluster.put(
        "_index_template/tributary-failed",
        &somebody_s_template("x-*"),
    )?;
    let before = cluster.everything()?;
    let ran = cluster.ends(1, &[])?;
    assert!(
        ran.stdout
            .contains("! ingest pipeline tributary: it isn't ours: --force replaces it"),
        "{ran:#?}"
    );
    assert!(
        ran.stdout.contains("! index template tributary-failed"),
        "{ran:#?}"
    );
    assert!(!ran.stdout.contains("Next:"), "{ran:#?}");
    assert_eq!(cluster.everything()?, before, "all or nothing");
    let answer = cluster.answers(0, &["--force"])?;
    let replaced = outcomes(&answer)
        .into_iter()
        .filter(|one| one.ends_with(" replaced"));
    assert_eq!(
        replaced.collect::<Vec<_>>(),
        [
            "ingest-pipeline tributary replaced",
            "index-template tributary-failed replaced"
        ]
    );
    Ok(())
}

#[test]
fn a_newer_version_is_told_and_not_replaced() -> Tested {
    let Some(cluster) = Cluster::start("a newer version", Guard::Nobody)? else {
        return Ok(());
    };
    let newer =
        json!({"version": 99, "_meta": {"managed_by": "tributary"}, "template": {"mappings": {}}});
    cluster.put("_component_template/tributary-ecs", &newer)?;
    let answer = cluster.answers(0, &[])?;
    assert_eq!(all_are(&answer, "left")?, OBJECTS);
    let rows = answer["objects"].as_array().expect("rows");
    let ecs = rows
        .iter()
        .find(|row| row["name"] == "tributary-ecs")
        .expect("a row");
    assert_eq!(
        ecs["standing"],
        json!({"state": "ours", "version": 99, "same": false})
    );
    assert_eq!(ecs["version"], 1);
    assert!(
        answer["notes"][0]
            .as_str()
            .is_some_and(|note| note.contains("newer bootstrap")),
        "{answer:#}"
    );
    assert_eq!(answer["next"], Value::Null);
    assert_eq!(cluster.changes(), Vec::<String>::new());
    cluster.ends(0, &["--force"])?;
    assert_eq!(
        cluster.get("_component_template/tributary-ecs")?["component_templates"][0]["component_template"]
            ["version"],
        1
    );
    Ok(())
}

#[test]
fn an_older_or_changed_object_is_replaced_and_the_user_s_own_one_is_not() -> Tested {
    let Some(cluster) = Cluster::start("changed objects", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &[])?;
    let custom = json!({"template": {"settings": {"index.number_of_shards": 3}, "mappings": {"properties": {"cost": {"type": "double"}}}}});
    cluster.put("_component_template/tributary-custom", &custom)?;
    let changed = json!({"version": 1, "_meta": {"managed_by": "tributary"}, "template": {"mappings": {"properties": {"x": {"type": "ip"}}}}});
    cluster.put("_component_template/tributary-aws.vpcflow", &changed)?;
    let answer = cluster.answers(0, &[])?;
    let done = outcomes_but(&answer, "unchanged");
    assert_eq!(
        done,
        [
            "component-template tributary-aws.vpcflow replaced",
            "component-template tributary-custom left"
        ]
    );
    let daily = cluster.simulated("logs-aws.vpcflow-2024-02-03")?;
    assert_eq!(daily["settings"]["index"]["number_of_shards"], "3");
    let fields = &daily["mappings"]["properties"];
    assert_eq!(
        (&fields["cost"]["type"], fields.get("x")),
        (&json!("double"), None)
    );
    assert_eq!(
        fields["aws"]["properties"]["vpcflow"]["properties"]["tcp_flags"]["type"],
        "long"
    );
    Ok(())
}

#[test]
fn after_a_refusal_the_rest_is_not_tried_and_the_next_run_finishes() -> Tested {
    let Some(cluster) = Cluster::start("a refusal", Guard::Nobody)? else {
        return Ok(());
    };
    cluster
        .gate
        .refuse("PUT /_index_template/tributary-aws.cloudtrail", 500);
    let answer = cluster.answers(1, &[])?;
    let bad = outcomes_but(&answer, "created");
    assert_eq!(
        bad,
        [
            "index-template tributary-aws.cloudtrail failed",
            "index-template tributary-aws.guardduty not-tried",
            "index-template tributary-aws.vpcflow not-tried",
            "index-template tributary-failed not-tried",
            "index-template tributary not-tried",
        ]
    );
    assert_eq!(answer["next"], Value::Null);
    cluster.gate.heal();
    let answer = cluster.answers(0, &[])?;
    let created = outcomes(&answer)
        .into_iter()
        .filter(|one| one.ends_with(" created"));
    assert_eq!(created.count(), 5);
    Ok(())
}

#[test]
fn a_busy_cluster_is_asked_again() -> Tested {
    let Some(cluster) = Cluster::start("a busy cluster", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.gate.refuse("PUT /_ingest/pipeline/tributary", 429);
    let answer = cluster.answers(1, &[])?;
    assert!(
        outcomes(&answer).contains(&"ingest-pipeline tributary failed".to_owned()),
        "{answer:#}"
    );
    let seen = cluster.gate.seen();
    let tries = seen
        .iter()
        .filter(|seen| seen.operation == "PUT /_ingest/pipeline/tributary");
    assert_eq!(tries.count(), 4);
    let reason = answer.to_string();
    assert!(reason.contains("run it again later"), "{answer:#}");
    Ok(())
}

#[test]
fn a_cluster_that_writes_nothing_is_no_matter_of_permissions() -> Tested {
    let Some(cluster) = Cluster::start("a block", Guard::Nobody)? else {
        return Ok(());
    };
    let block = |on: &Value| {
        let setting = json!({"persistent": {"cluster.blocks.read_only_allow_delete": on}});
        cluster.put("_cluster/settings", &setting)
    };
    block(&json!(true))?;
    let ran = cluster.ends(1, &[]);
    block(&Value::Null)?;
    let ran = ran?;
    assert!(
        ran.stdout.contains("_cat/allocation") && !ran.stdout.contains("permissions"),
        "{ran:#?}"
    );
    cluster.ends(0, &[]).map(drop)
}

#[test]
fn an_address_that_sends_elsewhere_is_told() -> Tested {
    let Some(cluster) = Cluster::start("a redirect", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.gate.refuse("GET /", 301);
    let ran = cluster.ends(1, &[])?;
    assert!(ran.stderr.contains("It sends elsewhere"), "{ran:#?}");
    Ok(())
}

#[test]
fn its_json_is_what_the_schema_says() -> Tested {
    let Some(cluster) = Cluster::start("the schema", Guard::Nobody)? else {
        return Ok(());
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema/search-setup.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let schema = jsonschema::draft202012::new(&schema)?;
    let dashboards = DashboardsServer::start()?;
    let with_dashboards = ["--dashboards", dashboards.endpoint()];
    for (code, arguments) in [
        (2, &["--dry-run"][..]),
        (0, &[]),
        (0, &with_dashboards[..]),
        (0, &["--remove", "--yes"]),
    ] {
        let answer = cluster.answers(code, arguments)?;
        let has_dashboards = answer["dashboards"].is_object();
        assert_eq!(has_dashboards, arguments.contains(&"--dashboards"));
        let errors: Vec<_> = schema
            .iter_errors(&answer)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{arguments:?}");
        let mut more = answer.clone();
        more["objects"][0]["unheard_of"] = json!(1);
        assert!(!schema.is_valid(&more), "it allows anything");
        if has_dashboards {
            let mut more = answer.clone();
            more["dashboards"]["unheard_of"] = json!(1);
            assert!(!schema.is_valid(&more), "it allows anything");
        }
    }
    Ok(())
}
