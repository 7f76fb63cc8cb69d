//! `docs/behaviour.md` names a test for each of its statements: every one of them exists.

use local::layout::project_root;
use std::fs;

/// The tests that the document names, as pairs of file and function.
fn named(document: &str) -> Vec<(String, String)> {
    let quoted = document.split('`').skip(1).step_by(2);
    let pairs = quoted.filter_map(|text| text.split_once(": "));
    let is_name = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    pairs
        .filter(|(file, test)| is_name(file) && is_name(test) && test.contains('_'))
        .map(|(file, test)| (file.to_owned(), test.to_owned()))
        .collect()
}

#[test]
fn every_test_that_the_behaviour_document_names_exists() {
    let root = project_root();
    let document = fs::read_to_string(root.join("docs/behaviour.md")).expect("the document");
    let named = named(&document);
    assert!(named.len() > 40, "only {} tests found", named.len());
    for (file, test) in named {
        let found = ["transform/tests", "transform/fuzz/tests", "tests/tests"]
            .iter()
            .any(|folder| {
                let source = fs::read_to_string(root.join(folder).join(format!("{file}.rs")));
                source.is_ok_and(|source| {
                    // The fuzzers' tests are made from a list.
                    source.contains(&format!("fn {test}("))
                        || source.contains(&format!("\n    {test}: \""))
                })
            });
        assert!(found, "{file}: {test}");
    }
}
