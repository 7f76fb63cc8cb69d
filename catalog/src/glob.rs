//! Globs over log group names: `*` is any run of characters (slashes too), `?` is one; nothing else is
//! special, so that a glob means the same in the configuration of `bootstrap`, in the settings of
//! `transform`, in the catalog and in an IAM policy's resource.

/// A checked glob.
#[derive(Debug, Clone)]
pub struct Glob(String);

/// A text that is no glob of log group names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// A character that can't be in a log group's name and is no wildcard.
    #[error(
        "it holds {0:?}, which no log group name holds: write * for any run of characters, ? for one"
    )]
    Character(char),
}

impl Glob {
    /// Takes the glob's text.
    ///
    /// # Errors
    /// [`GlobError`]
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        // The characters of a log group name (CreateLogGroup, logGroupName), and the two wildcards.
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "._-/#*?".contains(character);
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        match text.chars().find(|&character| !allowed(character)) {
            Some(character) => Err(GlobError::Character(character)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// Whether the log group's name matches as a whole.
    #[must_use]
    pub fn matches(&self, log_group: &str) -> bool {
        matches(self.0.as_bytes(), log_group.as_bytes())
    }

    /// The glob as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` is one that `glob` describes: `*` is any run of characters, `?` is one.
#[must_use]
pub fn matches(glob: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place) = (0, 0);
    // Where to go on after the last `*`, and how much of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match glob.get(at) {
            Some(b'*') => {
                star = Some((at + 1, place));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((after, taken)) = star else {
                    return false;
                };
                star = Some((after, taken + 1));
                (at, place) = (after, taken + 1);
            }
        }
    }
    glob[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_is_any_run_of_characters_or_one() {
        for (glob, text, wanted) in [
            ("/vpc/*", "/vpc/a/b", true),
            ("*flow*logs", "my-flow-x-flow-logs", true),
            ("*flow*logs", "my-flow-logs-2", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("exact", "exact", true),
            ("exact", "exactly", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a**b*", "axb", true),
        ] {
            assert_eq!(
                matches(glob.as_bytes(), text.as_bytes()),
                wanted,
                "{glob} {text}"
            );
        }
    }

    #[test]
    fn what_no_log_group_name_holds_is_refused() {
        assert_eq!(Glob::parse("").unwrap_err(), GlobError::Empty);
        for (text, wrong) in [("a[bc]", '['), ("{a,b}", '{'), ("a\\*", '\\'), ("a b", ' ')] {
            assert_eq!(Glob::parse(text).unwrap_err(), GlobError::Character(wrong));
        }
    }

    #[test]
    fn a_star_crosses_slashes_and_a_question_mark_is_one_character() {
        let glob = Glob::parse("/aws/*/fn-?").unwrap();
        assert!(glob.matches("/aws/lambda/deep/fn-1"));
        assert!(!glob.matches("/aws/lambda/fn-12"));
        assert!(!glob.matches("x/aws/lambda/fn-1"));
    }

    #[test]
    fn a_glob_without_wildcards_matches_only_itself() {
        let glob = Glob::parse("trail").unwrap();
        assert!(glob.matches("trail"));
        assert!(!glob.matches("trail-2"));
    }

    #[test]
    fn what_iam_would_read_otherwise_is_refused() {
        for text in ["", "a[bc]", "{a,b}", "a\\*", "a b", "ä"] {
            assert!(Glob::parse(text).is_err(), "{text:?}");
        }
    }
}
