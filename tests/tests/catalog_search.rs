//! Names, units and tags out of a catalog, on a real OpenSearch: found by all of them, and whatever
//! tags an organization has, they stay one field.

use std::collections::BTreeMap;

use ::catalog::{Account, Catalog, Organization};
use serde_json::json;
use tests::search::{Search, reshaped};

/// Keys of tags that AWS takes (letters, digits, spaces and `+ - = . _ : / @`), and that meet one another.
const KEYS: [&str; 16] = [
    "owner",
    "a",
    "a.b",
    "a.b.c",
    ".",
    "..",
    "a..b",
    ".a",
    "a.",
    " ",
    "app.kubernetes.io/name",
    "x=y",
    "a:b@c",
    "Kosten stelle",
    "größe",
    "_source",
];

fn account(number: usize) -> (String, Account) {
    let tags = KEYS
        .iter()
        .map(|key| ((*key).to_owned(), format!("value {key}")));
    let own = (format!("own-key-{number}"), "1".to_owned());
    let account = Account {
        name: format!("account {number}"),
        path: [
            "Root",
            "Workloads",
            if number.is_multiple_of(2) {
                "Even"
            } else {
                "Odd"
            },
        ]
        .map(str::to_owned)
        .to_vec(),
        path_ids: Vec::new(),
        tags: tags.chain([own]).collect::<BTreeMap<_, _>>(),
    };
    (format!("{number:012}"), account)
}

#[test]
fn documents_are_found_by_name_unit_and_tag_and_no_tag_is_a_field() -> anyhow::Result<()> {
    let Some(search) =
        Search::start("documents_are_found_by_name_unit_and_tag_and_no_tag_is_a_field")?
    else {
        return Ok(());
    };
    let catalog = Catalog {
        organization: Organization {
            id: "o-exampleorg1".to_owned(),
            name: String::new(),
        },
        accounts: (0..1200).map(account).collect(),
        ..Catalog::default()
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("catalog.json");
    std::fs::write(&file, catalog.to_json()?)?;
    let trails: Vec<String> = (0..1200)
        .map(|number| {
            format!(
                r#"{{"eventVersion":"1.08","eventTime":"2026-02-01T00:00:00Z","eventID":"catalog-{number}","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"{number:012}"}}"#
            )
        })
        .collect();
    let documents = reshaped(&["--catalog", &file.to_string_lossy()], 0, &trails)?;
    let indexed = search.index(&documents)?;
    let index = &indexed[0].index;
    assert!(index.starts_with("logs-aws.cloudtrail-"), "{index}");
    let fields = search.fields()?[index];
    assert!(fields < 1000, "{fields} fields in {index}");
    for (query, found) in [
        (json!({"cloud.account.name": "account 7"}), 1),
        (json!({"aws.organization.path": "Root/Workloads/Odd"}), 600),
        (json!({"aws.organization.paths": "Root/Workloads"}), 1200),
        (json!({"aws.account.tags.own-key-7": "1"}), 1),
        (json!({"aws.account.tags.owner": "value owner"}), 1200),
        (
            json!({"aws.account.tags.app.kubernetes.io/name": "value app.kubernetes.io/name"}),
            1200,
        ),
        (json!({"organization.id": "o-exampleorg1"}), 1200),
    ] {
        assert_eq!(search.count(&json!({"term": query}))?, found, "{query}");
    }
    Ok(())
}
