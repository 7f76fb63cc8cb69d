//! What there is in our own stand-in, compared.

use std::collections::BTreeMap;

/// Everything that there is, by a name that says where it is.
pub type State = BTreeMap<String, String>;

/// What is in one and not in the other, a line for each; empty where they are the same.
#[must_use]
pub fn difference(is: &State, should: &State) -> String {
    let lines = |one: &State, other: &State, sign: char| {
        let only = one
            .iter()
            .filter(|(key, value)| other.get(*key) != Some(*value));
        let lines: Vec<_> = only
            .map(|(key, value)| format!("\n{sign} {key} {value}"))
            .collect();
        lines.concat()
    };
    format!("{}{}", lines(should, is, '-'), lines(is, should, '+'))
}
