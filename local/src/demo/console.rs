//! What the demo says: results on standard output, waiting on standard error.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How often a wait says something where no line can be rewritten.
const SPARSELY: Duration = Duration::from_secs(5);

/// Where the demo speaks, or that it doesn't.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    speaks: bool,
}

impl Console {
    /// Speaks on standard output and standard error.
    #[must_use]
    pub const fn new() -> Self {
        Self { speaks: true }
    }

    /// Says nothing.
    #[must_use]
    pub const fn quiet() -> Self {
        Self { speaks: false }
    }

    /// A line, or several, on standard output.
    pub fn say(self, text: impl AsRef<str>) {
        if self.speaks {
            let _ = writeln!(io::stdout(), "{}", text.as_ref());
        }
    }

    /// A heading on standard output.
    pub fn heading(self, text: &str) {
        self.say(format!("\n== {text}"));
    }

    /// Where a program's own output goes.
    #[must_use]
    pub fn for_programs(self) -> (Stdio, Stdio) {
        if self.speaks {
            (Stdio::inherit(), Stdio::inherit())
        } else {
            (Stdio::null(), Stdio::null())
        }
    }

    /// Begins to wait for something.
    #[must_use]
    pub fn wait(self, what: &str) -> Wait {
        let terminal = self.speaks && io::stderr().is_terminal();
        let bar = terminal.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar.set_prefix(what.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let wait = Wait {
            console: self,
            what: what.to_owned(),
            start: Instant::now(),
            spoke: Instant::now(),
            bar,
        };
        wait.plain("...");
        wait
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

/// A wait that shows how far it is.
#[derive(Debug)]
pub struct Wait {
    console: Console,
    what: String,
    start: Instant,
    spoke: Instant,
    bar: Option<ProgressBar>,
}

impl Wait {
    /// How far it is.
    pub fn at(&mut self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.to_owned());
        } else if self.spoke.elapsed() >= SPARSELY {
            self.spoke = Instant::now();
            self.plain(&format!(
                "{:.0} s {text}",
                self.start.elapsed().as_secs_f64()
            ));
        }
    }

    /// It is over.
    pub fn done(self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.console.speaks {
            let _ = writeln!(
                io::stderr(),
                "{}: {text} ({:.1} s)",
                self.what,
                self.start.elapsed().as_secs_f64()
            );
        }
    }

    fn plain(&self, text: &str) {
        if self.console.speaks && self.bar.is_none() {
            let _ = writeln!(io::stderr(), "{} {text}", self.what);
        }
    }
}
