//! Whose indices get what `bootstrap search-setup` puts: ours, and nobody else's.

use local::search_gate::Guard;
use serde_json::Value;
use tests::search_setup::Cluster;

type Tested = anyhow::Result<()>;

#[test]
fn indices_of_other_shippers_get_neither_the_pipeline_nor_fields() -> Tested {
    let Some(cluster) = Cluster::start("other shippers", Guard::Nobody)? else {
        return Ok(());
    };
    cluster.ends(0, &[])?;
    let pipeline = |index: &str| {
        let made = cluster.simulated(index)?;
        anyhow::Ok(made["settings"]["index"]["default_pipeline"].clone())
    };
    for ours in [
        "logs-aws.vpcflow-2024-02-03",
        "logs-aws.guardduty-2024-02",
        "logs-aws.cloudwatch_logs-other-days",
        "tributary",
    ] {
        assert_eq!(pipeline(ours)?, "tributary", "{ours}");
    }
    for theirs in [
        "logs-aws.alb-2024-05-01",
        "logs-aws.cloudtrail-default",
        "logs-aws.cloudtrail-prod-eu",
        "logs-aws.vpcflow_other-2024-05-01",
    ] {
        assert_eq!(
            cluster.simulated(theirs)?["mappings"]["properties"],
            Value::Null,
            "{theirs}"
        );
        assert_eq!(pipeline(theirs)?, Value::Null, "{theirs}");
    }
    let policy = cluster.gate.policy("tributary").expect("a policy");
    let patterns = policy["ism_template"][0]["index_patterns"]
        .as_array()
        .expect("a list of patterns");
    assert!(!patterns.is_empty());
    for pattern in patterns {
        let pattern = pattern.as_str().expect("a text");
        let datasets = [
            "aws.vpcflow-",
            "aws.cloudtrail-",
            "aws.guardduty-",
            "aws.cloudwatch_logs-",
            "tributary.failed-",
        ];
        let of_ours = datasets.map(|it| pattern.starts_with(&format!("logs-{it}")));
        assert!(of_ours.contains(&true), "{pattern}");
    }
    Ok(())
}
