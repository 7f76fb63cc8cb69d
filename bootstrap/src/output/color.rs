//! Colour: what is added is green, changed yellow, removed and wrong red. It is put on lines that are
//! laid out already, by the sign that they begin with, so that layout and colour know nothing of each other.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

/// When there is colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set (<https://no-color.org>) or the terminal is dumb
    Auto,
    /// Also in pipes and files
    Always,
    /// Nowhere
    Never,
}

impl Color {
    /// Whether there is colour on something that is a terminal, or isn't.
    pub fn is_on(self, terminal: bool) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        match self {
            Self::Auto => terminal && !set("NO_COLOR") && !dumb(),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// The same text with colour on what its lines begin with.
pub fn paint(text: &str) -> String {
    let mut painted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line
            .strip_suffix('\n')
            .map_or((line, ""), |line| (line, "\n"));
        paint_line(line, &mut painted);
        painted.push_str(end);
    }
    painted
}

/// A text all in red, but for the lines after the first, which say what to do.
pub fn paint_error(text: &str) -> String {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let red = color_of('!').unwrap_or_default();
    let mut painted = format!("{red}{first}{red:#}");
    if !rest.is_empty() {
        let _ = write!(painted, "\n{}", paint(rest));
    }
    painted
}

fn paint_line(line: &str, painted: &mut String) {
    let at = sign_of(line);
    let Some((at, style)) = at.and_then(|at| Some((at, color_of(line[at..].chars().next()?)?)))
    else {
        painted.push_str(line);
        return;
    };
    let (before, from) = line.split_at(at);
    // A summary stays as readable as it was; what is wrong stands out as a whole.
    let length = if from.starts_with('!') { from.len() } else { 1 };
    let (marked, after) = from.split_at(length);
    let _ = write!(painted, "{before}{style}{marked}{style:#}{after}");
}

/// Where the sign of a line stands: at its beginning, or behind `ACCOUNT REGION:`.
fn sign_of(line: &str) -> Option<usize> {
    let is_sign = |at: usize| {
        let mut rest = line[at..].chars();
        matches!(rest.next(), Some('+' | '~' | '-' | '!')) && matches!(rest.next(), Some(' '))
    };
    let start = line.len() - line.trim_start().len();
    if is_sign(start) {
        return Some(start);
    }
    let account = line.get(..12)?;
    if !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let behind = line.find(": ")? + 2;
    is_sign(behind).then_some(behind)
}

fn color_of(sign: char) -> Option<Style> {
    let color = match sign {
        '+' => AnsiColor::Green,
        '~' => AnsiColor::Yellow,
        '-' | '!' => AnsiColor::Red,
        _ => return None,
    };
    Some(color.on_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sign_is_painted_and_nothing_else_of_the_text_changes() {
        let text = "head - no sign\n  + one\n  ~ two -> 2\n  -  three\n333333333333 eu-central-1: - gone\n";
        let painted = paint(text);
        assert_eq!(
            painted,
            "head - no sign\n  \u{1b}[32m+\u{1b}[0m one\n  \u{1b}[33m~\u{1b}[0m two -> 2\n  \u{1b}[31m-\u{1b}[0m  three\n\
             333333333333 eu-central-1: \u{1b}[31m-\u{1b}[0m gone\n"
        );
    }

    #[test]
    fn what_is_wrong_is_red_to_the_end_of_its_line() {
        assert_eq!(paint("  ! no\n"), "  \u{1b}[31m! no\u{1b}[0m\n");
        assert_eq!(paint_error("no\ndo that"), "\u{1b}[31mno\u{1b}[0m\ndo that");
    }
}
