//! Which search server it is, and the one table of what differs between them.

use serde::Serialize;
use serde_json::Value;

use super::{Client, SearchError};

/// A search server's make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// `OpenSearch`, Amazon's service and its serverless collections among it.
    Opensearch,
    /// `Elasticsearch`.
    Elasticsearch,
}

/// What differs between the products in what is put, and in what it takes. Everything else that is put is the
/// same for both.
#[derive(Debug)]
pub struct Dialect {
    /// Whose.
    pub product: Product,
    /// As its makers write it.
    pub name: &'static str,
    /// The first version that has all of it, and the first major version that nobody has tried.
    pub versions: ((u64, u64), u64),
    /// The field type that takes an object of any shape as one field.
    pub free_form: &'static str,
    /// Where lifecycle policies are.
    pub lifecycle_path: &'static str,
    /// The policy, as it is put.
    pub lifecycle: &'static str,
    /// Where the policy stands in the answer to a GET; `{}` is its name.
    pub lifecycle_answer: &'static str,
    /// The setting by which an index has the policy, where the policy doesn't name its indices itself.
    pub lifecycle_setting: Option<&'static str>,
    /// The request that takes the policy off an index that has it; `INDEX` is the index.
    pub lifecycle_off: &'static str,
    /// What is missing where there are no lifecycle policies.
    pub lifecycle_part: &'static str,
    /// What somebody needs who puts all of it.
    pub permissions: &'static str,
}

impl Dialect {
    /// Whether a policy names its indices itself, and so takes new ones for as long as it stands there.
    #[must_use]
    pub const fn policy_names_indices(&self) -> bool {
        self.lifecycle_setting.is_none()
    }
}

/// The table. Before `OpenSearch` 2.17 `flat_object` loses the paths in and after arrays
/// (opensearch-project/OpenSearch#13351); `flattened` and composable templates are older than
/// `Elasticsearch` 8.
pub const DIALECTS: [Dialect; 2] = [
    Dialect {
        product: Product::Opensearch,
        name: "OpenSearch",
        versions: ((2, 17), 4),
        free_form: "flat_object",
        lifecycle_path: "_plugins/_ism/policies",
        lifecycle: include_str!("../../../dashboards/lifecycle/opensearch.json"),
        lifecycle_answer: "/policy",
        lifecycle_setting: None,
        lifecycle_off: "POST _plugins/_ism/remove/INDEX",
        lifecycle_part: "Index State Management (the plugin opensearch-index-management)",
        permissions: "the cluster permissions cluster_manage_index_templates, cluster_manage_pipelines, cluster_monitor \
                      and cluster:admin/opendistro/ism/policy/*; and, since a lifecycle acts with the rights of whoever \
                      put it, indices:admin/opensearch/ism/managedindex, indices:admin/settings/update, \
                      indices:admin/delete and indices:monitor/* on the indices of Tributary. docs/search.md has this \
                      as a role.",
    },
    Dialect {
        product: Product::Elasticsearch,
        name: "Elasticsearch",
        versions: ((8, 0), 10),
        free_form: "flattened",
        lifecycle_path: "_ilm/policy",
        lifecycle: include_str!("../../../dashboards/lifecycle/elasticsearch.json"),
        lifecycle_answer: "/{}/policy",
        lifecycle_setting: Some("lifecycle"),
        lifecycle_off: "POST INDEX/_ilm/remove",
        lifecycle_part: "index lifecycle management (serverless projects have data stream lifecycles only)",
        permissions: "the cluster privileges monitor, manage_index_templates, manage_ingest_pipelines and manage_ilm; \
                      and, since a lifecycle acts with the rights of whoever put it, manage on the indices of \
                      Tributary (docs/search.md names them).",
    },
];

impl Product {
    /// Its column of the table.
    pub fn dialect(self) -> &'static Dialect {
        let [opensearch, elasticsearch] = &DIALECTS;
        match self {
            Self::Opensearch => opensearch,
            Self::Elasticsearch => elasticsearch,
        }
    }
}

/// Asks a server what it is: its product, and its version as it writes it.
///
/// # Errors
/// When it gives no answer, or is nothing that this version knows.
pub async fn detect(client: &Client, serverless: bool) -> Result<(Product, String), SearchError> {
    let answer = client.get("").await?;
    if serverless && answer.status == 404 {
        // A serverless collection doesn't say what it is; it speaks the dialect of OpenSearch 2.
        return Ok((Product::Opensearch, "serverless".to_owned()));
    }
    if answer.status != 200 {
        return Err(client.unexpected("GET", "/", &answer));
    }
    identify(&answer.json()).map_err(|(what, remedy)| SearchError::Product {
        url: client.url().to_owned(),
        what,
        remedy,
    })
}

/// What the answer to GET / says; otherwise what it is, and what to do about it.
fn identify(answer: &Value) -> Result<(Product, String), (String, String)> {
    let version = answer["version"]["number"].as_str().unwrap_or_default();
    let product = if answer["version"]["distribution"] == "opensearch" {
        Product::Opensearch
    } else if answer["tagline"] == "You Know, for Search" {
        Product::Elasticsearch
    } else {
        return Err((
            "neither OpenSearch nor Elasticsearch".to_owned(),
            "Give the address of the cluster itself, not that of its Dashboards or of Kibana (they go into --dashboards)."
                .to_owned(),
        ));
    };
    let dialect = product.dialect();
    let known = numbers(version).is_some_and(|(major, minor)| {
        let (from, before) = dialect.versions;
        (major, minor) >= from && major < before
    });
    if known {
        return Ok((product, version.to_owned()));
    }
    let what = format!("{} {version}, which isn't known here", dialect.name);
    let ((major, minor), before) = dialect.versions;
    let last = before - 1;
    let remedy = if product == Product::Opensearch && version == "7.10.2" {
        "It hides its version: set compatibility.override_main_response_version to false in its cluster settings."
            .to_owned()
    } else {
        format!(
            "Known are {} {major}.{minor} to {last}: upgrade the cluster, or take a newer bootstrap.",
            dialect.name
        )
    };
    Err((what, remedy))
}

/// Major and minor number of a version.
fn numbers(version: &str) -> Option<(u64, u64)> {
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(distribution: &str, number: &str) -> Value {
        if distribution == "opensearch" {
            json!({"version": {"distribution": distribution, "number": number}, "tagline": "The OpenSearch Project: https://opensearch.org/"})
        } else {
            json!({"version": {"number": number, "build_flavor": "default"}, "tagline": "You Know, for Search"})
        }
    }

    #[test]
    fn known_versions_are_known_by_their_product() {
        for (distribution, number, product) in [
            ("opensearch", "2.17.0", Product::Opensearch),
            ("opensearch", "2.19.3", Product::Opensearch),
            ("opensearch", "3.4.0", Product::Opensearch),
            ("", "8.19.4", Product::Elasticsearch),
        ] {
            let known = identify(&answer(distribution, number)).unwrap();
            assert_eq!(known, (product, number.to_owned()));
        }
    }

    #[test]
    fn what_is_not_known_says_what_to_do() {
        for (answer, words) in [
            (answer("opensearch", "2.16.0"), "2.17 to 3"),
            (answer("opensearch", "4.0.0"), "newer bootstrap"),
            (
                answer("opensearch", "7.10.2"),
                "override_main_response_version",
            ),
            (answer("", "7.17.9"), "8.0 to 9"),
            (json!({"status": "green"}), "--dashboards"),
            (json!("<html>"), "--dashboards"),
        ] {
            let (_, remedy) = identify(&answer).unwrap_err();
            assert!(remedy.contains(words), "{answer}: {remedy}");
        }
    }
}
