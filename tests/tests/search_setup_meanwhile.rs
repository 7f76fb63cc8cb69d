//! `bootstrap search-setup` while somebody else works on the same cluster: what changed after it was
//! looked at is left.

use local::search_gate::Guard;
use serde_json::{Value, json};
use tests::search_setup::{Cluster, all_are, outcomes, somebody_s_template};

type Tested = anyhow::Result<()>;

/// An object, and where it is.
type At<'a> = (&'a str, &'a str);

const FAILED: At<'_> = (
    "index-template tributary-failed",
    "_index_template/tributary-failed",
);

/// Runs it while somebody puts `theirs` in an object's place once the GET of it was answered `answers` times:
/// that object fails, with the remedy, and theirs is there afterwards.
fn theirs_stays(cluster: &Cluster, at: At<'_>, answers: usize, theirs: &Value) -> Tested {
    let (object, path) = at;
    let get = format!("GET /{path}");
    cluster
        .gate
        .meanwhile(&get, answers, &format!("/{path}"), theirs.clone());
    let answer = cluster.answers(1, &[])?;
    let failed = outcomes(&answer);
    let failed: Vec<_> = failed.iter().filter(|it| it.ends_with("failed")).collect();
    assert_eq!(failed, [&format!("{object} failed")], "{answer:#}");
    let rows = answer["objects"].as_array().into_iter().flatten();
    let reasons: Vec<_> = rows.filter_map(|row| row["reason"].as_str()).collect();
    assert!(
        reasons.iter().any(|it| it.contains("run it again")),
        "{reasons:?}"
    );
    Ok(())
}

#[test]
fn what_somebody_put_after_the_look_is_left_and_told() -> Tested {
    let Some(cluster) = Cluster::start("put meanwhile", Guard::Nobody)? else {
        return Ok(());
    };
    let template = somebody_s_template("x-*");
    theirs_stays(&cluster, FAILED, 1, &template)?;
    let found = cluster.get(FAILED.1)?;
    assert_eq!(
        found["index_templates"][0]["index_template"]["index_patterns"],
        json!(["x-*"])
    );
    // The next run looks anew, and says whose it is before it puts anything.
    let ran = cluster.ends(1, &[])?;
    assert!(ran.stdout.contains("it isn't ours"), "{ran:#?}");
    Ok(())
}

#[test]
fn a_template_that_comes_between_the_last_look_and_the_put_is_refused_by_the_server() -> Tested {
    let Some(cluster) = Cluster::start("put at the last moment", Guard::Nobody)? else {
        return Ok(());
    };
    theirs_stays(&cluster, FAILED, 2, &somebody_s_template("x-*"))?;
    let part = json!({"template": {"settings": {"index.number_of_shards": 2}}});
    let Some(cluster) = again(cluster, "a part at the last moment")? else {
        return Ok(());
    };
    let path = "_component_template/tributary-ecs";
    theirs_stays(
        &cluster,
        ("component-template tributary-ecs", path),
        2,
        &part,
    )?;
    let found = cluster.get(path)?;
    let found = &found["component_templates"][0]["component_template"];
    assert_eq!(found.get("_meta"), None, "theirs: {found}");
    Ok(())
}

#[test]
fn two_at_once_put_the_same_and_both_succeed() -> Tested {
    let Some(cluster) = Cluster::start("two at once", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &[])?;
    let (_, path) = FAILED;
    let found = cluster.get(path)?["index_templates"][0]["index_template"].clone();
    let mut ours = json!({});
    for name in ["index_patterns", "priority", "version", "_meta", "template"] {
        ours[name] = found[name].clone();
    }
    // After the first look the other one's is seen at the second; after that, only by what the server answers.
    for (answers, refused) in [(1, Vec::new()), (2, vec![400_u16])] {
        cluster.ends(0, &["--remove", "--yes"])?;
        let before = cluster.gate.seen().len();
        let get = format!("GET /{path}");
        cluster
            .gate
            .meanwhile(&get, answers, &format!("/{path}"), ours.clone());
        all_are(&cluster.answers(0, &[])?, "created")?;
        let put = format!("PUT /{path}");
        let seen = cluster.gate.seen().split_off(before);
        let puts = seen.iter().filter(|seen| seen.operation == put);
        assert_eq!(puts.map(|seen| seen.status).collect::<Vec<_>>(), refused);
    }
    cluster.ends(0, &["--dry-run"])?;
    Ok(())
}

#[test]
fn what_somebody_took_away_after_the_look_is_gone_as_it_was_to_be() -> Tested {
    let Some(cluster) = Cluster::start("gone meanwhile", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &[])?;
    let (_, path) = FAILED;
    cluster
        .gate
        .meanwhile_gone(&format!("GET /{path}"), 1, &format!("/{path}"));
    all_are(&cluster.answers(0, &["--remove", "--yes"])?, "removed")?;
    let delete = format!("DELETE /{path}");
    let seen = cluster.gate.seen();
    assert!(
        seen.iter().all(|seen| seen.operation != delete),
        "it was gone"
    );
    Ok(())
}

#[test]
fn a_pipeline_that_was_changed_after_the_look_is_neither_replaced_nor_taken_away() -> Tested {
    let Some(cluster) = Cluster::start("changed meanwhile", Guard::Nobody)? else {
        return Ok(());
    };
    let path = "_ingest/pipeline/tributary";
    let older = json!({"description": "Tributary, version 0: as it was", "processors": []});
    let changed =
        json!({"description": "Tributary, version 0: as somebody wants it", "processors": []});
    cluster.put(path, &older)?;
    theirs_stays(&cluster, ("ingest-pipeline tributary", path), 1, &changed)?;
    assert_eq!(cluster.get(path)?["tributary"], changed);
    cluster.ends(0, &[])?;
    let get = format!("GET /{path}");
    cluster
        .gate
        .meanwhile(&get, 1, &format!("/{path}"), changed.clone());
    cluster.answers(1, &["--remove", "--yes"])?;
    assert_eq!(cluster.get(path)?["tributary"], changed);
    Ok(())
}

/// A wiped server, and a new gate in front of it.
fn again(cluster: Cluster, test: &str) -> anyhow::Result<Option<Cluster>> {
    drop(cluster);
    Cluster::start(test, Guard::Nobody)
}
