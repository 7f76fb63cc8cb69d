//! A lifecycle policy in which somebody changed more than its ages, as a snapshot before the end: it stays.

use local::search_gate::Guard;
use serde_json::json;
use tests::search_setup::{Cluster, policy_ages as ages, policy_outcome as outcome};

type Tested = anyhow::Result<()>;

const POLICY: &str = "tributary";

#[test]
fn a_policy_that_somebody_changed_stays_and_force_replaces_it_with_its_ages() -> Tested {
    let Some(cluster) = Cluster::start("a changed policy", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &["--delete-after", "400"])?;
    let mut policy = cluster.gate.policy(POLICY).expect("a policy");
    policy["states"][1]["actions"][0] = json!({"snapshot": {"repository": "r", "snapshot": "s"}});
    cluster.gate.put_policy(POLICY, &policy);
    let answer = cluster.answers(0, &[])?;
    assert_eq!(outcome(&answer), "lifecycle-policy tributary left");
    let snapshot = |cluster: &Cluster| {
        cluster.gate.policy(POLICY).expect("a policy")["states"][1]["actions"][0]
            .get("snapshot")
            .is_some()
    };
    assert!(snapshot(&cluster));
    let put = cluster.changes();
    let ran = cluster.ends(1, &["--delete-after", "500"])?;
    assert!(ran.stdout.contains("more in it than its ages"), "{ran:#?}");
    assert_eq!(cluster.changes(), put, "nothing is put beside it");
    assert!(snapshot(&cluster));
    let answer = cluster.answers(0, &["--delete-after", "400"])?;
    assert_eq!(
        outcome(&answer),
        "lifecycle-policy tributary left",
        "these are its ages"
    );
    cluster.ends(0, &["--force"])?;
    assert!(!snapshot(&cluster));
    assert_eq!(ages(&cluster), ["7d", "400d"]);
    Ok(())
}

#[test]
fn a_policy_of_an_older_version_is_replaced_and_one_that_somebody_changed_stays() -> Tested {
    let Some(cluster) = Cluster::start("an older policy", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &["--delete-after", "400"])?;
    let mut policy = cluster.gate.policy(POLICY).expect("a policy");
    policy["description"] = json!("Tributary, version 1: as it was");
    policy["states"][1]["actions"][0]["index_priority"]["priority"] = json!(1);
    cluster.gate.put_policy(POLICY, &policy);
    let answer = cluster.answers(0, &[])?;
    assert_eq!(outcome(&answer), "lifecycle-policy tributary replaced");
    assert_eq!(ages(&cluster), ["7d", "400d"]);
    let snapshot = json!({"snapshot": {"repository": "r", "snapshot": "s"}});
    let actions = policy["states"][1]["actions"].as_array_mut();
    actions.expect("actions").push(snapshot);
    cluster.gate.put_policy(POLICY, &policy);
    let standing = cluster.gate.policy(POLICY);
    let answer = cluster.answers(0, &[])?;
    assert_eq!(outcome(&answer), "lifecycle-policy tributary left");
    assert_eq!(cluster.gate.policy(POLICY), standing);
    Ok(())
}

#[test]
fn force_keeps_the_ages_of_a_policy_whose_mark_is_gone_and_makes_none_up() -> Tested {
    let Some(cluster) = Cluster::start("a mark that is gone", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &["--delete-after", "400"])?;
    let mut policy = cluster.gate.policy(POLICY).expect("a policy");
    policy["description"] = json!("ours, for the auditors");
    cluster.gate.put_policy(POLICY, &policy);
    let answer = cluster.answers(1, &[])?;
    assert_eq!(outcome(&answer), "lifecycle-policy tributary refused");
    cluster.ends(0, &["--force"])?;
    assert_eq!(ages(&cluster), ["7d", "400d"]);
    policy["states"][1]["transitions"][0]["conditions"] = json!({"min_size": "50gb"});
    cluster.gate.put_policy(POLICY, &policy);
    let standing = cluster.gate.policy(POLICY);
    let ran = cluster.ends(1, &["--force"])?;
    assert!(ran.stderr.contains("--delete-after never"), "{ran:#?}");
    assert_eq!(cluster.gate.policy(POLICY), standing);
    cluster.ends(0, &["--force", "--delete-after", "500"])?;
    assert_eq!(ages(&cluster), ["7d", "500d"]);
    Ok(())
}

#[test]
fn a_policy_whose_ages_can_not_be_read_is_told_without_any() -> Tested {
    let Some(cluster) = Cluster::start("unreadable ages", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &[])?;
    let mut policy = cluster.gate.policy(POLICY).expect("a policy");
    policy["states"][1]["transitions"][0]["conditions"] = json!({"min_size": "50gb"});
    cluster.gate.put_policy(POLICY, &policy);
    for arguments in [&["--no-lifecycle"][..], &[]] {
        let ran = cluster.ends(0, arguments)?;
        assert!(
            ran.stdout.contains("what somebody has made of the policy")
                && !ran.stdout.contains("days after it is made"),
            "{ran:#?}"
        );
    }
    Ok(())
}
