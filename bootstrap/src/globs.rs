//! Globs over log group names: `*` any run of characters (slashes too), `?` one character. Nothing else
//! is special, so that a glob means the same to us and to an IAM policy's resource.

use globset::{GlobBuilder, GlobMatcher};

/// A checked glob.
#[derive(Debug, Clone)]
pub struct Glob {
    text: String,
    matcher: GlobMatcher,
}

impl Glob {
    /// Takes the glob's text. The error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        // The characters of a log group name (CreateLogGroup, logGroupName), and the two wildcards.
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "._-/#*?".contains(character);
        if let Some(bad) = text.chars().find(|&character| !allowed(character)) {
            return Err(format!("holds {bad:?}, which no log group name can hold"));
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(false)
            .backslash_escape(false)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            text: text.to_owned(),
            matcher: glob.compile_matcher(),
        })
    }

    /// Whether the log group's name matches as a whole.
    pub fn matches(&self, log_group: &str) -> bool {
        self.matcher.is_match(log_group)
    }

    /// The glob as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
