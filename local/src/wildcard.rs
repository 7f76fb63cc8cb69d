//! Patterns as policies and index patterns have them.
//!
//! The product matches log groups by code of its own; what plays AWS for its tests must not repeat its mistakes.

/// Whether `text` matches `pattern`, where `*` stands for any characters and `?` for one.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                // The last * takes one character more.
                let Some((star_at, star_seen)) = star else {
                    return false;
                };
                star = Some((star_at, star_seen + 1));
                at = star_at + 1;
                seen = star_seen + 1;
            }
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_match_as_in_policies() {
        assert!(like(
            "arn:aws:logs:*:222222222222:*",
            "arn:aws:logs:eu-central-1:222222222222:x"
        ));
        assert!(like("a?c*", "abc"));
        assert!(!like("a?c", "ac"));
        assert!(!like("*b", "abc"));
    }
}
