//! Filter patterns over unstructured text: every term must occur, one of the `?` terms must, no `-`
//! term may ("Filter pattern syntax" in the CloudWatch Logs guide).

/// A pattern that picks messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

/// A pattern of a kind that this stand-in doesn't read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the filter pattern {0:?} is a JSON, space-delimited or regular expression pattern, which this stand-in doesn't read: use terms, or an empty pattern"
)]
pub struct UnreadPattern(String);

impl Pattern {
    /// Reads a pattern; the empty one picks everything.
    ///
    /// # Errors
    /// For JSON (`{...}`), space-delimited (`[...]`) and regular expression (`%...%`) patterns.
    pub fn parse(text: &str) -> Result<Self, UnreadPattern> {
        let trimmed = text.trim();
        if trimmed.starts_with(['{', '[', '%']) {
            return Err(UnreadPattern(text.to_owned()));
        }
        let mut pattern = Self {
            all: Vec::new(),
            any: Vec::new(),
            none: Vec::new(),
        };
        let mut rest = trimmed;
        while !rest.is_empty() {
            let (list, body) = match rest.as_bytes()[0] {
                b'?' => (&mut pattern.any, &rest[1..]),
                b'-' => (&mut pattern.none, &rest[1..]),
                _ => (&mut pattern.all, rest),
            };
            let (term, after) = term(body);
            if !term.is_empty() {
                list.push(term.to_owned());
            }
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    /// Whether the pattern picks `message`.
    #[must_use]
    pub fn picks(&self, message: &str) -> bool {
        self.all.iter().all(|term| message.contains(term))
            && (self.any.is_empty() || self.any.iter().any(|term| message.contains(term)))
            && !self.none.iter().any(|term| message.contains(term))
    }
}

/// The term at the start of `text`, and what follows it.
fn term(text: &str) -> (&str, &str) {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"').unwrap_or((quoted, ""));
    }
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_pattern_picks_everything() {
        assert!(Pattern::parse("").unwrap().picks("anything"));
        assert!(Pattern::parse("  ").unwrap().picks(""));
    }

    #[test]
    fn terms_are_all_needed_and_minus_terms_forbidden() {
        let pattern = Pattern::parse(r#"ERROR "no route" -retry"#).unwrap();
        assert!(pattern.picks("ERROR: no route to host"));
        assert!(!pattern.picks("ERROR: route to host"));
        assert!(!pattern.picks("ERROR: no route to host, will retry"));
    }

    #[test]
    fn one_of_the_question_mark_terms_is_enough() {
        let pattern = Pattern::parse("?ERROR ?WARN").unwrap();
        assert!(pattern.picks("a WARN b") && pattern.picks("ERROR") && !pattern.picks("INFO"));
    }

    #[test]
    fn a_json_pattern_is_refused_rather_than_guessed() {
        assert!(Pattern::parse("{ $.a = 1 }").is_err());
        assert!(Pattern::parse("[a, b]").is_err());
    }
}
