//! What users see: data on standard output, everything else on standard error.

mod color;
mod plan;
mod progress;
mod report;
mod stretch;
mod table;

use std::io::Write;

use serde::Serialize;

pub use color::{Color, paint_error};
pub use plan::plan_text;
pub use progress::Progress;
pub use report::{report_text, what_is_left, what_next};
pub use table::table;

use crate::error::Error;

/// A number with its noun: `1 log group`, `2 log groups`.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What to do about refusals among these failures, if there are any.
fn advice<'a>(mut failures: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    failures.any(|failure| failure.contains("AccessDenied")).then_some(
        "Something was denied: `bootstrap policies` prints the policies that the caller and the access role need.",
    )
}

/// Standard output, in one of its two forms.
pub struct Printer {
    json: bool,
    colored: bool,
    out: Box<dyn Write + Send>,
}

impl Printer {
    /// Takes whether JSON is wanted, whether text is coloured, and where to write.
    pub fn new(json: bool, colored: bool, out: Box<dyn Write + Send>) -> Self {
        Self { json, colored, out }
    }

    /// Whether JSON is wanted.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Writes an answer in the form that is wanted.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn answer(
        &mut self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if self.json {
            serde_json::to_writer_pretty(&mut self.out, value)?;
            self.out.write_all(b"\n")?;
        } else {
            self.text(&text())?;
        }
        Ok(self.out.flush()?)
    }

    /// Writes text, unless JSON is wanted.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn text(&mut self, text: &str) -> Result<(), Error> {
        if !self.json {
            let painted = self.colored.then(|| color::paint(text));
            let text = painted.as_deref().unwrap_or(text);
            self.out.write_all(text.as_bytes())?;
        }
        Ok(self.out.flush()?)
    }
}

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing to do, or done.
    Success,
    /// It failed, wholly or for some accounts.
    Failure,
    /// `plan` or `verify` found differences.
    Differences,
}

impl ExitStatus {
    /// 0, 1 or 2.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Differences => 2,
        }
    }
}
