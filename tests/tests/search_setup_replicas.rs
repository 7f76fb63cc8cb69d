//! Replicas: how many copies an index has, on a cluster whose zones have to hold the same number of them.

use local::search_gate::Guard;
use serde_json::{Value, json};
use tests::search_setup::{Cluster, all_are, outcomes, outcomes_but};

type Tested = anyhow::Result<()>;

/// A cluster of one node that believes in three zones, as a domain with Multi-AZ and standby has them.
struct Zones<'a>(&'a Cluster);

const AWARENESS: &str = "cluster.routing.allocation.awareness";

impl<'a> Zones<'a> {
    fn of(cluster: &'a Cluster) -> anyhow::Result<Self> {
        let zones = Self(cluster);
        zones.settings(&json!("zone"), &json!("a,b,c"), &json!(true))?;
        Ok(zones)
    }

    fn settings(&self, attributes: &Value, zones: &Value, balance: &Value) -> anyhow::Result<()> {
        let settings = json!({"transient": {
            format!("{AWARENESS}.attributes"): attributes,
            format!("{AWARENESS}.force.zone.values"): zones,
            format!("{AWARENESS}.balance"): balance,
        }});
        self.0.put("_cluster/settings", &settings)
    }
}

impl Drop for Zones<'_> {
    fn drop(&mut self) {
        // Other tests use the same server.
        let _ = self.settings(&Value::Null, &Value::Null, &Value::Null);
    }
}

fn index_settings(cluster: &Cluster, index: &str) -> anyhow::Result<Value> {
    Ok(cluster.simulated(index)?["settings"]["index"].clone())
}

#[test]
fn a_cluster_with_balanced_zones_refuses_the_default_with_the_option_to_give_and_takes_that()
-> Tested {
    let Some(cluster) = Cluster::start("three zones", Guard::Nobody)? else {
        return Ok(());
    };
    let _zones = Zones::of(&cluster)?;
    let ran = cluster.ends(1, &[])?;
    assert!(
        ran.stdout.contains("awareness attributes [3]") && ran.stdout.contains("--replicas 2"),
        "{ran:#?}"
    );
    let odd = cluster.ends(1, &["--replicas", "1"])?;
    assert!(odd.stdout.contains("--replicas 2"), "{odd:#?}");
    cluster.ends(0, &["--replicas", "2"])?;
    for index in [
        "logs-aws.cloudtrail-2024-02-03",
        "logs-tributary.failed-2024-02-03",
    ] {
        let settings = index_settings(&cluster, index)?;
        assert_eq!(settings["number_of_replicas"], "2", "{index}");
        assert_eq!(settings.get("auto_expand_replicas"), None, "{index}");
    }
    Ok(())
}

#[test]
fn a_number_of_replicas_stays_until_another_one_is_asked_for() -> Tested {
    let Some(cluster) = Cluster::start("replicas stay", Guard::Nobody)? else {
        return Ok(());
    };
    let index = "logs-aws.vpcflow-2024-02-03";
    cluster.ends(0, &[])?;
    assert_eq!(
        index_settings(&cluster, index)?["auto_expand_replicas"],
        "0-1"
    );
    cluster.ends(0, &["--replicas", "2"])?;
    let settings = index_settings(&cluster, index)?;
    assert_eq!(settings["number_of_replicas"], "2");
    assert_eq!(settings.get("auto_expand_replicas"), None);
    let changed = outcomes_but(&cluster.answers(0, &["--delete-after", "90"])?, "unchanged");
    assert_eq!(changed, ["component-template tributary-custom left"]);
    cluster.ends(0, &["--replicas", "auto"])?;
    assert_eq!(
        index_settings(&cluster, index)?["auto_expand_replicas"],
        "0-1"
    );
    cluster.ends(0, &["--replicas", "2"])?;
    let removed = cluster.answers(0, &["--remove", "--yes"])?;
    all_are(&removed, "removed")?;
    Ok(())
}

#[test]
fn the_user_s_own_template_follows_the_number_and_goes_unless_somebody_changed_it() -> Tested {
    let Some(cluster) = Cluster::start("replicas follow", Guard::Nobody)? else {
        return Ok(());
    };
    let path = "_component_template/tributary-custom";
    let custom = || {
        Ok::<_, anyhow::Error>(
            cluster.get(path)?["component_templates"][0]["component_template"].clone(),
        )
    };
    let replicas =
        |custom: &Value| custom["template"]["settings"]["index"]["number_of_replicas"].clone();
    cluster.ends(0, &["--replicas", "2"])?;
    assert_eq!(replicas(&custom()?), "2");
    let answer = cluster.answers(0, &["--replicas", "3"])?;
    let replaced = "component-template tributary-custom replaced".to_owned();
    assert!(outcomes(&answer).contains(&replaced), "{answer:#}");
    assert_eq!(replicas(&custom()?), "3");
    let changed = outcomes_but(&cluster.answers(0, &[])?, "unchanged");
    assert_eq!(changed, ["component-template tributary-custom left"]);
    all_are(&cluster.answers(0, &["--remove", "--yes"])?, "removed")?;
    // Once somebody has written a number there, it is theirs.
    cluster.ends(0, &["--replicas", "2"])?;
    let mut theirs = custom()?;
    theirs["template"]["settings"]["index"]["number_of_replicas"] = json!(5);
    cluster.put(path, &theirs)?;
    cluster.ends(0, &["--replicas", "3"])?;
    assert_eq!(replicas(&custom()?), "5");
    let left = outcomes_but(&cluster.answers(0, &["--remove", "--yes"])?, "removed");
    assert_eq!(left, ["component-template tributary-custom left"]);
    Ok(())
}

#[test]
fn replicas_of_the_user_s_own_template_count_where_no_number_is_asked_for() -> Tested {
    let Some(cluster) = Cluster::start("own replicas", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &[])?;
    let custom = json!({"template": {"settings": {"index.number_of_replicas": 3, "index.auto_expand_replicas": false}}});
    cluster.put("_component_template/tributary-custom", &custom)?;
    cluster.ends(0, &[])?;
    let settings = index_settings(&cluster, "logs-aws.vpcflow-2024-02-03")?;
    assert_eq!(settings["number_of_replicas"], "3");
    assert_eq!(settings["auto_expand_replicas"], "false");
    Ok(())
}
