//! What is going on, on standard error: a bar on a terminal, plain lines elsewhere. The lines are for
//! logs: one a second at most, however many accounts there are, and each failure at once.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::color::paint;
use super::stretch::Stretch;

/// Least time between two plain lines.
const BETWEEN_LINES: Duration = Duration::from_secs(1);

/// Says what is going on. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Progress(Arc<Inner>);

struct Inner {
    /// What is drawn on a terminal.
    bar: Option<ProgressBar>,
    colored: bool,
    silent: bool,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    stretch: Option<Stretch>,
    /// When the last plain line was written.
    told: Option<Instant>,
}

impl Progress {
    /// A bar if standard error is a terminal and `plain` isn't asked for; signs and errors in colour if
    /// `colored`.
    pub fn on_stderr(plain: bool, colored: bool) -> Self {
        let bar = (!plain && std::io::stderr().is_terminal()).then(bar);
        Self::new(bar, colored, false)
    }

    /// Says nothing.
    #[cfg(test)]
    pub fn silent() -> Self {
        Self::new(None, false, true)
    }

    fn new(bar: Option<ProgressBar>, colored: bool, silent: bool) -> Self {
        Self(Arc::new(Inner {
            bar,
            colored,
            silent,
            now: Mutex::default(),
        }))
    }

    /// Begins a stretch in which `accounts` are gone through.
    pub fn start(&self, title: &str, accounts: usize) {
        self.begin(Stretch::new(title, accounts, None));
    }

    /// Begins a stretch in which `actions` are done in `accounts`.
    pub fn start_actions(&self, title: &str, accounts: usize, actions: usize) {
        self.begin(Stretch::new(title, accounts, Some(actions)));
    }

    /// One account more is done.
    pub fn tick(&self) {
        self.update(Stretch::account_done);
    }

    /// One action more is over.
    pub fn action(&self) {
        self.update(Stretch::action_done);
    }

    /// Something failed, which the answer tells.
    pub fn failed(&self) {
        self.update(Stretch::failed);
    }

    /// Something failed: a line of its own, at once.
    pub fn failure(&self, text: &str) {
        self.failed();
        self.line(&format!("! {text}"));
    }

    /// A line of its own.
    pub fn line(&self, text: &str) {
        if self.0.silent {
            return;
        }
        let text = if self.0.colored {
            paint(text)
        } else {
            text.to_owned()
        };
        match &self.0.bar {
            // Before the first stretch there is no bar to draw again.
            Some(bar) if bar.length().is_some() => bar.suspend(|| say(&text)),
            _ => say(&text),
        }
    }

    /// The program ends in the midst of it: what is drawn goes.
    pub fn abandon(&self) {
        if let Some(bar) = &self.0.bar {
            bar.finish_and_clear();
        }
    }

    /// The stretch is over.
    pub fn finish(&self) {
        let stretch = self.now().stretch.take();
        match (&self.0.bar, stretch) {
            (Some(bar), _) => bar.finish_and_clear(),
            (None, Some(stretch)) => self.line(&stretch.summary()),
            (None, None) => {}
        }
    }

    fn begin(&self, stretch: Stretch) {
        if let Some(bar) = &self.0.bar {
            bar.set_length(stretch.total());
            bar.reset();
            bar.set_message(stretch.status());
            bar.enable_steady_tick(Duration::from_millis(200));
        } else {
            self.line(&stretch.heading());
        }
        *self.now() = Now {
            stretch: Some(stretch),
            told: Some(Instant::now()),
        };
    }

    fn update(&self, change: impl Fn(&mut Stretch)) {
        let mut now = self.now();
        let Some(stretch) = &mut now.stretch else {
            return;
        };
        change(stretch);
        let (status, position) = (stretch.status(), stretch.position());
        if let Some(bar) = &self.0.bar {
            bar.set_position(position);
            bar.set_message(status);
        } else if now.told.is_none_or(|told| told.elapsed() >= BETWEEN_LINES) {
            now.told = Some(Instant::now());
            drop(now);
            self.line(&status);
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("[{bar:20}] {wide_msg}") {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

/// Nothing sensible can be done when standard error is gone.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
