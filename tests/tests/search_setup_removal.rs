//! `bootstrap search-setup --remove` on a real OpenSearch: what it takes away, and what it leaves.

use local::search_gate::Guard;
use serde_json::json;
use tests::search_setup::{Cluster, outcomes_but, somebody_s_template};

type Tested = anyhow::Result<()>;

#[test]
fn only_what_is_ours_is_taken_away_and_only_after_a_yes() -> Tested {
    let Some(cluster) = Cluster::start("taking away", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.put(
        "_index_template/somebody",
        &somebody_s_template("somebody-*"),
    )?;
    cluster.put("_ingest/pipeline/somebody", &json!({"processors": []}))?;
    cluster.ends(0, &[])?;
    let theirs = somebody_s_template("logs-other-*");
    cluster.put("_index_template/tributary-failed", &theirs)?;
    let unasked = cluster.ends(1, &["--remove"])?;
    assert!(unasked.stderr.contains("add --yes"), "{unasked:#?}");
    assert_eq!(cluster.names("_index_template")?.len(), 6);
    let answer = cluster.answers(0, &["--remove", "--yes"])?;
    let left = outcomes_but(&answer, "removed");
    assert_eq!(left, ["index-template tributary-failed left"]);
    let mut templates = cluster.names("_index_template")?;
    templates.sort();
    assert_eq!(templates, ["somebody", "tributary-failed"]);
    assert_eq!(cluster.names("_component_template")?, Vec::<String>::new());
    assert_eq!(cluster.names("_ingest/pipeline")?, ["somebody"]);
    assert_eq!(cluster.gate.policy("tributary"), None);
    // Indices have a copy of the policy: nobody is to believe that they stay now.
    let notes = answer["notes"].to_string();
    assert!(notes.contains("POST _plugins/_ism/remove/INDEX"), "{notes}");
    cluster.ends(0, &["--remove", "--yes"])?;
    Ok(())
}

#[test]
fn a_pipeline_that_indices_have_by_default_stays_when_the_rest_goes() -> Tested {
    let Some(cluster) = Cluster::start("a pipeline in use", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &[])?;
    // In the words of Elasticsearch: OpenSearch takes it away all the same.
    cluster.gate.refuse_saying(
        "DELETE /_ingest/pipeline/tributary",
        400,
        "pipeline [tributary] cannot be deleted because it is the default pipeline for 2 index(es) including \
         [logs-aws.vpcflow-2024-02-03,logs-aws.vpcflow-2024-02-04]",
    );
    let answer = cluster.answers(0, &["--remove", "--yes"])?;
    let left = outcomes_but(&answer, "removed");
    assert_eq!(left, ["ingest-pipeline tributary left"]);
    Ok(())
}

#[test]
fn what_the_user_changed_or_uses_elsewhere_stays_when_the_rest_goes() -> Tested {
    let Some(cluster) = Cluster::start("what is used stays", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &[])?;
    let mut custom = cluster.get("_component_template/tributary-custom")?["component_templates"][0]
        ["component_template"]
        .clone();
    custom["template"] = json!({"settings": {"index.number_of_replicas": 2}});
    cluster.put("_component_template/tributary-custom", &custom)?;
    let uses =
        json!({"index_patterns": ["app-*"], "priority": 1, "composed_of": ["tributary-ecs"]});
    cluster.put("_index_template/somebody-uses-it", &uses)?;
    let answer = cluster.answers(0, &["--remove", "--yes"])?;
    let left = outcomes_but(&answer, "removed");
    assert_eq!(
        left,
        [
            "component-template tributary-custom left",
            "component-template tributary-ecs left"
        ]
    );
    Ok(())
}
