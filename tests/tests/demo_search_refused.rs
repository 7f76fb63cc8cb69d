//! The search side: what becomes of documents that OpenSearch refuses, or that it can't take now.

use local::fault_proxy::{Fault, Rule};
use serde_json::json;
use tests::index::{Index, document};

const BULK: &str = "POST /_bulk";

#[tokio::test]
async fn what_opensearch_refuses_is_kept_under_the_error_prefix_beside_good_neighbours() {
    let day = "2024-02-03T00:00:00Z";
    let good = document("good", day, &json!({}));
    let two = format!("{good}\n{good}");
    let conflict = document("conflict", day, &json!({"source": "no object"}));
    let Some(index) = Index::of("refusals", &[&good, &two, "no JSON", &conflict]).await else {
        return;
    };
    let failures = index.arrived.failures();
    let refused: Vec<&str> = failures.iter().map(|(_, raw)| raw.as_str()).collect();
    assert_eq!(refused.len(), 3, "{failures:?}");
    assert!(
        [two.as_str(), "no JSON", &conflict]
            .iter()
            .all(|record| refused.contains(record))
    );
    assert!(
        index
            .arrived
            .errors
            .iter()
            .all(|error| error.error_code == "400" && error.es_index_name.is_some())
    );
    assert!(
        index
            .arrived
            .keys
            .iter()
            .all(|key| key.starts_with("errors/AmazonOpenSearchService_failed/"))
    );
    assert_eq!(
        (
            index.arrived.counts.delivered,
            index.arrived.counts.failures()
        ),
        (1, 3)
    );
    assert_eq!(index.documents("good").await.len(), 1);
}

#[tokio::test]
async fn a_busy_cluster_is_asked_again_and_nothing_is_lost_or_doubled() {
    let busy = document("busy", "2024-02-03T00:00:00Z", &json!({}));
    let faults = vec![
        Rule::nth(BULK, 1, Fault::answer(429, "rejected_execution_exception")),
        Rule::nth(BULK, 2, Fault::DropAfter),
    ];
    let Some(index) = Index::with_faults("a busy cluster", &[&busy], faults).await else {
        return;
    };
    assert_eq!(
        (
            index.arrived.counts.delivered,
            index.arrived.failures().len()
        ),
        (1, 0)
    );
    let found = index.documents("busy").await;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].1["_version"].as_u64() >= Some(2),
        "the request without answer had its effect"
    );
}

#[tokio::test]
async fn what_a_cluster_never_takes_is_kept_under_the_error_prefix() {
    let never = document("never", "2024-02-03T00:00:00Z", &json!({}));
    let faults = vec![Rule::every(BULK, Fault::answer(503, "unavailable"))];
    let Some(index) = Index::with_faults("a lost cluster", &[&never], faults).await else {
        return;
    };
    assert_eq!(index.arrived.failures(), [("503".to_owned(), never)]);
    assert!(index.arrived.errors[0].attempts_made > 1);
    assert_eq!(
        (
            index.arrived.counts.delivered,
            index.arrived.counts.failures()
        ),
        (0, 1)
    );
}
