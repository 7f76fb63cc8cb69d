//! `bootstrap search-setup` while somebody else works on the same cluster: what changed after it was
//! looked at is left.

use std::thread;

use local::search_gate::Guard;
use serde_json::{Value, json};
use tests::search_setup::{Cluster, outcomes, somebody_s_template};

type Tested = anyhow::Result<()>;

/// Runs it while somebody puts `theirs` under `path` once the GET of it was answered `answers` times:
/// that object fails, with the remedy, and theirs is there afterwards.
fn theirs_stays(cluster: &Cluster, path: &str, answers: usize, theirs: &Value) -> Tested {
    let get = format!("GET /{path}");
    cluster
        .gate
        .meanwhile(&get, answers, &format!("/{path}"), theirs.clone());
    let answer = cluster.answers(1, &[])?;
    let failed = outcomes(&answer);
    let failed: Vec<_> = failed.iter().filter(|it| it.ends_with("failed")).collect();
    assert_eq!(failed.len(), 1, "{answer:#}");
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
    let path = "_index_template/tributary-failed";
    theirs_stays(&cluster, path, 1, &template)?;
    let found = cluster.get(path)?;
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
    let path = "_index_template/tributary-failed";
    theirs_stays(&cluster, path, 2, &somebody_s_template("x-*"))?;
    let part = json!({"template": {"settings": {"index.number_of_shards": 2}}});
    let Some(cluster) = again(cluster, "a part at the last moment")? else {
        return Ok(());
    };
    let path = "_component_template/tributary-ecs";
    theirs_stays(&cluster, path, 2, &part)?;
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
    let other = thread::scope(|scope| {
        let other = scope.spawn(|| cluster.answers(0, &[]).map_err(|error| error.to_string()));
        cluster.answers(0, &[])?;
        Ok::<_, anyhow::Error>(other.join())
    })?;
    other.expect("no panic").map_err(anyhow::Error::msg)?;
    cluster.ends(0, &["--dry-run"])?;
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
    theirs_stays(&cluster, path, 1, &changed)?;
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
