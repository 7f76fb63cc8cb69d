//! The lifecycle of indices: how old they get is never changed by the way.
//!
//! The server of these machines has no Index State Management, which a stand-in plays: that a policy makes
//! indices warm and deletes them, only a server with the plugin shows.

use local::search_gate::Guard;
use serde_json::{Value, json};
use tests::search_setup::{
    Cluster, ends, outcomes, policy_ages as ages, policy_outcome as outcome,
};

type Tested = anyhow::Result<()>;

const POLICY: &str = "tributary";

/// Days back that have an index each.
fn days_back(cluster: &Cluster) -> anyhow::Result<Value> {
    let pipeline = cluster.get("_ingest/pipeline/tributary")?;
    Ok(pipeline["tributary"]["processors"][2]["script"]["params"]["days_back"].clone())
}

#[test]
fn ages_that_were_asked_for_once_stay_until_others_are_asked_for() -> Tested {
    let Some(cluster) = Cluster::start("ages", Guard::Nobody)? else {
        return Ok(());
    };
    let ran = cluster.ends(0, &[])?;
    assert!(
        ran.stdout
            .contains("warm 7 days after it is made and deleted 90 days after it is made"),
        "{ran:#?}"
    );
    assert_eq!(ages(&cluster), ["7d", "90d"]);
    let answer = cluster.answers(0, &["--delete-after", "400"])?;
    assert_eq!(outcome(&answer), "lifecycle-policy tributary replaced");
    assert_eq!(ages(&cluster), ["7d", "400d"]);
    let answer = cluster.answers(0, &[])?;
    assert_eq!(outcome(&answer), "lifecycle-policy tributary unchanged");
    cluster.ends(0, &["--warm-after", "3"])?;
    assert_eq!(ages(&cluster), ["3d", "400d"]);
    cluster.ends(0, &["--delete-after", "never"])?;
    assert_eq!(ages(&cluster), [json!("3d"), Value::Null]);
    cluster.ends(0, &[])?;
    assert_eq!(ages(&cluster), [json!("3d"), Value::Null]);
    Ok(())
}

#[test]
fn an_end_before_warm_is_obeyed_and_warm_is_left_out() -> Tested {
    let Some(cluster) = Cluster::start("an early end", Guard::Nobody)? else {
        return Ok(());
    };
    let ran = cluster.ends(0, &["--delete-after", "3"])?;
    assert!(
        ran.stdout
            .contains("never warm and deleted 3 days after it is made"),
        "{ran:#?}"
    );
    let policy = cluster.gate.policy(POLICY).expect("a policy");
    let names: Vec<_> = policy["states"]
        .as_array()
        .expect("states")
        .iter()
        .collect();
    let names: Vec<_> = names.iter().map(|state| &state["name"]).collect();
    assert_eq!(names, ["hot", "delete"]);
    let leads = &policy["states"][0]["transitions"][0];
    assert_eq!(
        (&leads["state_name"], &leads["conditions"]["min_index_age"]),
        (&json!("delete"), &json!("3d"))
    );
    assert_eq!(days_back(&cluster)?, 3, "as many days as an index lives");
    let answer = cluster.answers(0, &[])?;
    assert_eq!(outcome(&answer), "lifecycle-policy tributary unchanged");
    Ok(())
}

#[test]
fn warm_that_is_asked_for_and_would_never_come_is_refused() -> Tested {
    let Some(cluster) = Cluster::start("never warm", Guard::Nobody)? else {
        return Ok(());
    };
    let refused = |arguments: &[&str]| {
        let ran = cluster.ends(1, arguments)?;
        assert!(
            ran.stderr.contains("--warm-after") && ran.stderr.contains("--delete-after"),
            "{ran:#?}"
        );
        anyhow::Ok(())
    };
    refused(&["--warm-after", "30", "--delete-after", "30"])?;
    // Of the end that stands there, or would by default.
    refused(&["--warm-after", "90"])?;
    assert_eq!(cluster.changes(), Vec::<String>::new());
    cluster.ends(0, &["--delete-after", "400"])?;
    cluster.ends(0, &["--warm-after", "90"])?;
    assert_eq!(ages(&cluster), ["90d", "400d"]);
    Ok(())
}

#[test]
fn a_policy_that_stands_goes_on_without_a_lifecycle_and_is_told_with_its_ages() -> Tested {
    let Some(cluster) = Cluster::start("a policy that stands", Guard::Nobody)? else {
        return Ok(());
    };
    let stay = "until somebody deletes them";
    cluster.ends(0, &["--delete-after", "30"])?;
    let standing = cluster.gate.policy(POLICY);
    let ran = cluster.ends(0, &["--no-lifecycle"])?;
    for words in [
        "left: --no-lifecycle; it goes on",
        "deleted 30 days after it is made",
        "DELETE _plugins/_ism/policies/tributary",
        "POST _plugins/_ism/remove/INDEX",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {ran:#?}");
    }
    assert!(!ran.stdout.contains(stay), "{ran:#?}");
    assert_eq!(cluster.gate.policy(POLICY), standing);
    assert_eq!(days_back(&cluster)?, 30, "as many days as an index lives");
    let answer = cluster.answers(0, &["--no-lifecycle"])?;
    assert_eq!(outcome(&answer), "lifecycle-policy tributary left");
    // Whoever may not look at policies can't be told of one.
    let get = "GET /_plugins/_ism/policies/tributary";
    cluster.gate.refuse(get, 403);
    let ran = cluster.ends(0, &["--no-lifecycle"])?;
    assert!(ran.stdout.contains("the server answers 403"), "{ran:#?}");
    cluster.gate.heal();
    cluster.ends(0, &["--remove", "--yes"])?;
    let ran = cluster.ends(0, &["--no-lifecycle"])?;
    assert!(ran.stdout.contains(stay), "{ran:#?}");
    assert_eq!(days_back(&cluster)?, 400);
    Ok(())
}

#[test]
fn a_policy_for_the_same_indices_is_in_the_way_only_with_the_same_priority() -> Tested {
    let Some(cluster) = Cluster::start("another policy", Guard::Nobody)? else {
        return Ok(());
    };
    let of_priority = |priority: u32, pattern: &str| {
        let states = json!([{"name": "a", "actions": [], "transitions": []}]);
        let template = json!([{"index_patterns": [pattern], "priority": priority}]);
        json!({"description": "theirs", "default_state": "a", "states": states, "ism_template": template})
    };
    let gate = &cluster.gate;
    gate.put_policy("theirs", &of_priority(310, "logs-aws.*"));
    let ran = cluster.ends(1, &[])?;
    for words in [
        "matching existing policy templates",
        "with the priority 310, as ours does",
        "GET _plugins/_ism/policies",
        "--no-lifecycle",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {ran:#?}");
    }
    assert_eq!(gate.policy(POLICY), None);
    gate.put_policy("theirs", &of_priority(310, "app-*"));
    gate.put_policy("also-theirs", &of_priority(100, "*"));
    cluster.ends(0, &[])?;
    assert!(gate.policy(POLICY).is_some());
    Ok(())
}

#[test]
fn a_policy_of_somebody_else_under_our_name_is_in_the_way() -> Tested {
    let Some(cluster) = Cluster::start("somebody's policy", Guard::Nobody)? else {
        return Ok(());
    };
    let theirs = json!({"description": "keeps it all", "default_state": "a", "states": [{"name": "a", "actions": [], "transitions": []}]});
    cluster.gate.put_policy(POLICY, &theirs);
    let answer = cluster.answers(1, &[])?;
    assert_eq!(outcome(&answer), "lifecycle-policy tributary refused");
    assert_eq!(cluster.changes(), Vec::<String>::new());
    // Without a lifecycle of ours it is in nobody's way.
    let answer = cluster.answers(0, &["--no-lifecycle"])?;
    assert_eq!(outcomes(&answer).len(), 12);
    assert_eq!(
        cluster.gate.policy(POLICY).expect("a policy")["description"],
        "keeps it all"
    );
    cluster.ends(0, &["--remove", "--yes"])?;
    assert!(cluster.gate.policy(POLICY).is_some());
    Ok(())
}

#[test]
fn a_server_without_the_plugin_is_told_before_anything_is_put() -> Tested {
    let Some(cluster) = Cluster::start("no plugin", Guard::Nobody)? else {
        return Ok(());
    };
    let before = cluster.everything()?;
    let ran = ends(cluster.url(), 1, &[], &[])?;
    assert!(
        ran.stderr.contains("opensearch-index-management") && ran.stderr.contains("--no-lifecycle"),
        "{ran:#?}"
    );
    assert_eq!(cluster.everything()?, before);
    ends(cluster.url(), 0, &["--no-lifecycle"], &[])?;
    ends(cluster.url(), 0, &["--remove", "--yes"], &[])?;
    assert_eq!(cluster.everything()?, before);
    Ok(())
}
