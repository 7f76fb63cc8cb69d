//! The search server of our own; what it does with documents is tested on the whole way.

use std::time::Duration;

use local::{http::Http, opensearch::OpenSearch};

#[test]
fn our_own_server_is_stopped_when_dropped() {
    let Some(server) = OpenSearch::start_or_skip("our own server is stopped when dropped") else {
        return;
    };
    if server.server().is_none() {
        return; // OPENSEARCH_URL names one that isn't ours.
    }
    let url = server.url().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"));
    drop(server);
    assert!(Http::new(Duration::from_secs(5)).get(&url).is_err());
}
