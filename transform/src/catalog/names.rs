//! The catalog's accounts as documents need them: each account's values as JSON text, made once.

use std::cell::Cell;

use catalog::{Account, Catalog};

use crate::json::write_quoted;

/// More than this is no name and no path.
const MOST_NAME_BYTES: usize = 4 << 10;
/// The tags of one account stand in each of its documents: more than this would be most of them.
const MOST_TAG_BYTES: usize = 8 << 10;

/// The accounts of a catalog, to be looked up by their twelve digits.
#[derive(Debug, Default)]
pub struct Names {
    /// By the number that the digits are.
    accounts: Vec<(u64, Named)>,
    /// Position of the account that was found last: most events are of the one of the event before.
    last: Cell<usize>,
}

/// What documents of one account say of it: JSON text each, empty where it isn't known.
#[derive(Debug, Default)]
pub struct Named {
    /// `cloud.account.name`
    pub name: Box<[u8]>,
    /// `organization.id`
    pub organization_id: Box<[u8]>,
    /// `organization.name`
    pub organization_name: Box<[u8]>,
    /// `aws.organization.path`: `"Root/Workloads/Production"`
    pub path: Box<[u8]>,
    /// `aws.organization.paths`: that path and each above it.
    pub paths: Box<[u8]>,
    /// `aws.account.tags`: one object.
    pub tags: Box<[u8]>,
}

impl Names {
    /// Prepares the accounts of `catalog`. Returns them, and what had to be left out.
    #[must_use]
    pub fn new(catalog: &Catalog) -> (Self, Vec<String>) {
        let mut problems = Vec::new();
        let mut accounts = Vec::with_capacity(catalog.accounts.len());
        for (id, account) in &catalog.accounts {
            match number(id.as_bytes()) {
                Some(number) => accounts.push((number, named(catalog, id, account, &mut problems))),
                None => problems.push(format!(
                    "{id:?} is no account: an account has twelve digits"
                )),
            }
        }
        accounts.sort_unstable_by_key(|(number, _)| *number);
        let names = Self {
            accounts,
            last: Cell::new(0),
        };
        (names, problems)
    }

    /// How many accounts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// What is known of the account with these twelve digits.
    #[must_use]
    pub fn find(&self, account: &[u8]) -> Option<&Named> {
        let number = number(account)?;
        let at = match self.accounts.get(self.last.get()) {
            Some((last, _)) if *last == number => self.last.get(),
            _ => self
                .accounts
                .binary_search_by_key(&number, |(id, _)| *id)
                .ok()?,
        };
        self.last.set(at);
        Some(&self.accounts[at].1)
    }
}

/// Twelve digits as a number.
fn number(digits: &[u8]) -> Option<u64> {
    let all = digits.len() == 12 && digits.iter().all(u8::is_ascii_digit);
    all.then(|| {
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
    })
}

fn named(catalog: &Catalog, id: &str, account: &Account, problems: &mut Vec<String>) -> Named {
    let mut short = |what: &str, json: Box<[u8]>, most: usize| {
        if json.len() > most {
            problems.push(format!(
                "the {what} of account {id}: more than {most} bytes"
            ));
            return Box::default();
        }
        json
    };
    let joined: Vec<String> = (1..=account.path.len())
        .map(|depth| account.path[..depth].join("/"))
        .collect();
    Named {
        name: short("name", text(&account.name), MOST_NAME_BYTES),
        organization_id: short(
            "organization",
            text(&catalog.organization.id),
            MOST_NAME_BYTES,
        ),
        organization_name: short(
            "organization",
            text(&catalog.organization.name),
            MOST_NAME_BYTES,
        ),
        path: short(
            "path",
            text(joined.last().map_or("", String::as_str)),
            MOST_NAME_BYTES,
        ),
        paths: short("path", array(&joined), 4 * MOST_NAME_BYTES),
        tags: short("tags", tags(account), MOST_TAG_BYTES),
    }
}

fn text(text: &str) -> Box<[u8]> {
    let mut json = Vec::new();
    if !text.is_empty() {
        write_quoted(&mut json, text.as_bytes());
    }
    json.into()
}

fn array(texts: &[String]) -> Box<[u8]> {
    let mut json = Vec::new();
    for text in texts {
        json.push(if json.is_empty() { b'[' } else { b',' });
        write_quoted(&mut json, text.as_bytes());
    }
    if !json.is_empty() {
        json.push(b']');
    }
    json.into()
}

/// Tags with a value: an index keeps no empty ones.
fn tags(account: &Account) -> Box<[u8]> {
    let mut json = Vec::new();
    let given = |(key, value): &(&String, &String)| !key.is_empty() && !value.is_empty();
    for (key, value) in account.tags.iter().filter(given) {
        json.push(if json.is_empty() { b'{' } else { b',' });
        write_quoted(&mut json, key.as_bytes());
        json.push(b':');
        write_quoted(&mut json, value.as_bytes());
    }
    if !json.is_empty() {
        json.push(b'}');
    }
    json.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn catalog() -> Catalog {
        let account = |name: &str, path: &[&str], tags: &[(&str, &str)]| Account {
            name: name.into(),
            path: path.iter().map(|&name| name.into()).collect(),
            tags: tags
                .iter()
                .map(|&(key, value)| (key.into(), value.into()))
                .collect(),
            ..Account::default()
        };
        Catalog {
            accounts: BTreeMap::from([
                (
                    "333333333333".into(),
                    account(
                        "sh\"op\n",
                        &["Root", "Work", "Prod"],
                        &[("a.b", "1"), ("e", "")],
                    ),
                ),
                ("000000000007".into(), account("", &[], &[])),
                ("other".into(), account("x", &[], &[])),
            ]),
            organization: catalog::Organization {
                id: "o-1".into(),
                name: String::new(),
            },
            ..Catalog::default()
        }
    }

    #[test]
    fn an_account_is_found_by_its_digits_and_each_value_is_json() {
        let (names, problems) = Names::new(&catalog());
        assert_eq!(
            problems,
            ["\"other\" is no account: an account has twelve digits"]
        );
        let shop = names.find(b"333333333333").unwrap();
        assert_eq!(&*shop.name, br#""sh\"op\n""#);
        assert_eq!(&*shop.path, br#""Root/Work/Prod""#);
        assert_eq!(&*shop.paths, br#"["Root","Root/Work","Root/Work/Prod"]"#);
        assert_eq!(&*shop.tags, br#"{"a.b":"1"}"#);
        assert_eq!(&*shop.organization_id, br#""o-1""#);
        assert!(shop.organization_name.is_empty());
        let seven = names.find(b"000000000007").unwrap();
        assert!(seven.name.is_empty() && seven.paths.is_empty() && seven.tags.is_empty());
        for stranger in [
            &b"444444444444"[..],
            b"",
            b"7",
            b"33333333333x",
            b"3333333333333",
        ] {
            assert!(names.find(stranger).is_none());
        }
        assert!(
            names.find(b"333333333333").is_some(),
            "also after one that isn't there"
        );
    }

    #[test]
    fn what_is_too_long_for_every_document_is_left_out_and_told() {
        let mut catalog = catalog();
        let shop = catalog.accounts.get_mut("333333333333").unwrap();
        shop.tags = (0..40)
            .map(|number| (format!("tag-{number}"), "x".repeat(256)))
            .collect();
        let (names, problems) = Names::new(&catalog);
        assert!(
            problems
                .iter()
                .any(|problem| problem.contains("tags of account 333333333333"))
        );
        let shop = names.find(b"333333333333").unwrap();
        assert!(shop.tags.is_empty() && !shop.name.is_empty());
    }
}
