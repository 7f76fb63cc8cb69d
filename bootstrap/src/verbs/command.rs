//! Commands that a user is told to run. What restricts this run restricts them too: taken literally, none of them
//! does more than was asked for.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use crate::cli::CONFIG_FILE;
use crate::context::Context;
use crate::names::AccountId;

/// A command of this program, as a shell takes it. It asks before it changes anything, also where this run
/// didn't.
pub(super) struct Command(String);

impl Command {
    /// A verb, with the configuration of this run.
    pub(super) fn new(context: &Context, verb: &str) -> Self {
        let command = Self(format!("bootstrap {verb}"));
        let file = &context.config_file;
        if file == Path::new(CONFIG_FILE) {
            return command;
        }
        command.with("--config").file(file)
    }

    /// Only in these accounts; everywhere if there are none.
    pub(super) fn accounts(self, accounts: &[AccountId]) -> Self {
        if accounts.is_empty() {
            return self;
        }
        let accounts: Vec<_> = accounts.iter().map(AccountId::as_str).collect();
        self.with("--accounts").with(&accounts.join(","))
    }

    /// With that word where it `is_set`.
    pub(super) fn flag(self, word: &str, is_set: bool) -> Self {
        if is_set { self.with(word) } else { self }
    }

    /// With a file's name.
    pub(super) fn file(self, path: &Path) -> Self {
        let path = path.display().to_string();
        let plain = |c: char| c.is_alphanumeric() || "/._-+:@%,=~".contains(c);
        if !path.is_empty() && path.chars().all(plain) {
            return self.with(&path);
        }
        self.with(&format!("'{}'", path.replace('\'', r"'\''")))
    }

    fn with(mut self, word: &str) -> Self {
        self.0.push(' ');
        self.0.push_str(word);
        self
    }
}

impl Display for Command {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_shell_would_take_apart_is_quoted() {
        let command = |path: &str| {
            let apply = Command("bootstrap apply".to_owned());
            apply.file(Path::new(path)).to_string()
        };
        assert_eq!(
            command("plans/one.json"),
            "`bootstrap apply plans/one.json`"
        );
        assert_eq!(
            command("ann's plan.json"),
            r"`bootstrap apply 'ann'\''s plan.json'`"
        );
    }
}
