//! The file format: what is written is read, what later versions add is passed over, and what is no
//! catalog is refused with the remedy.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use catalog::{Account, Catalog, FlowLogFormat, MAX_BYTES, Organization};

fn account(number: usize) -> (String, Account) {
    let account = Account {
        name: format!("account \"{number}\" ü"),
        path: vec!["Root".into(), "Work/loads".into()],
        path_ids: vec!["r-a1b2".into(), "ou-a1b2-11111111".into()],
        tags: BTreeMap::from([
            ("owner".into(), "team \\ a".into()),
            ("e".into(), String::new()),
        ]),
    };
    (format!("{number:012}"), account)
}

fn full() -> Catalog {
    Catalog {
        created_by: "tributary".into(),
        generated_at: Some("2026-03-01T12:00:00Z".into()),
        organization: Organization {
            id: "o-exampleorg1".into(),
            name: String::new(),
        },
        accounts: (1..4).map(account).collect(),
        flow_log_formats: vec![
            FlowLogFormat {
                account: Some("333333333333".into()),
                region: Some("eu-central-1".into()),
                log_group: "/vpc/a".into(),
                format: None,
            },
            FlowLogFormat {
                log_group: "/vpc/*".into(),
                format: Some("${version} ${srcaddr}".into()),
                ..FlowLogFormat::default()
            },
        ],
    }
}

#[test]
fn what_is_written_is_read_again() {
    for catalog in [full(), Catalog::default()] {
        let text = catalog.to_json().unwrap();
        assert_eq!(Catalog::from_json(text.as_bytes()).unwrap(), catalog);
        assert_eq!(catalog.to_json().unwrap(), text, "the same text each time");
    }
}

#[test]
fn members_that_a_later_release_adds_are_passed_over() {
    let text = full().to_json().unwrap();
    let later = text
        .replace(
            "\"accounts\": {",
            "\"later\": {\"x\": [1]}, \"accounts\": {",
        )
        .replace("\"tags\": {", "\"email\": null, \"tags\": {")
        .replace("\"log_group\":", "\"vpc\": \"vpc-1\", \"log_group\":");
    assert_ne!(later, text);
    assert_eq!(Catalog::from_json(later.as_bytes()).unwrap(), full());
}

#[test]
fn the_first_written_form_stays_readable() {
    let text = r#"{"kind":"tributary-catalog","version":1,"accounts":{"333333333333":{"name":"shop","path":"Root/Workloads"},"444444444444":{}}}"#;
    let catalog = Catalog::from_json(text.as_bytes()).unwrap();
    assert_eq!(catalog.accounts["333333333333"].path, ["Root", "Workloads"]);
    assert_eq!(catalog.accounts["444444444444"], Account::default());
}

#[test]
fn another_version_is_refused_by_its_number() {
    let text = full()
        .to_json()
        .unwrap()
        .replace("\"version\": 1", "\"version\": 2");
    let message = Catalog::from_json(text.as_bytes()).unwrap_err().to_string();
    assert!(
        message.contains("version 2") && message.contains("version 1"),
        "{message}"
    );
    assert!(message.contains("the same release"), "{message}");
}

#[test]
fn what_is_no_catalog_is_refused_as_such_and_a_damaged_one_as_damaged() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"kind":"other","version":1}"#,
        "\u{1f8b}",
        r#"{"version":1,"accounts":{}}"#,
    ] {
        let message = Catalog::from_json(text.as_bytes()).unwrap_err().to_string();
        assert!(
            message.contains("no catalog of Tributary"),
            "{text}: {message}"
        );
    }
    let damaged =
        r#"{"kind":"tributary-catalog","version":1,"accounts":{"333333333333":{"name":7}}}"#;
    let message = Catalog::from_json(damaged.as_bytes())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("damaged") && message.contains("column"),
        "{message}"
    );
}

#[test]
fn a_change_counts_and_the_time_of_writing_does_not() {
    let later = Catalog {
        generated_at: Some("2026-03-02T12:00:00Z".into()),
        ..full()
    };
    assert!(full().says_the_same(&later));
    let mut renamed = full();
    renamed.accounts.get_mut("000000000001").unwrap().name = "other".into();
    assert!(!full().says_the_same(&renamed));
}

#[test]
fn ten_thousand_accounts_fit_and_a_catalog_of_any_size_does_not() {
    let tags = |number: usize| {
        (0..6)
            .map(|tag| (format!("tag-{tag}"), format!("value {tag} of {number}")))
            .collect()
    };
    let accounts = (0..10_000).map(|number| {
        let (id, account) = account(number);
        (
            id,
            Account {
                tags: tags(number),
                ..account
            },
        )
    });
    let catalog = Catalog {
        accounts: accounts.collect(),
        ..full()
    };
    let text = catalog.to_json().unwrap();
    assert!(text.len() < MAX_BYTES / 2, "{} bytes", text.len());
    assert_eq!(Catalog::from_json(text.as_bytes()).unwrap(), catalog);
    let huge = Catalog {
        created_by: "x".repeat(MAX_BYTES),
        ..full()
    };
    assert!(
        huge.to_json()
            .unwrap_err()
            .to_string()
            .contains("catalog.tags")
    );
    assert!(Catalog::from_json(&vec![b' '; MAX_BYTES + 1]).is_err());
}
