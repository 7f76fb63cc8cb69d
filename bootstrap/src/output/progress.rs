//! What is going on, on standard error: a bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Says what is going on. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Progress(Arc<Kind>);

enum Kind {
    Bar(ProgressBar),
    Lines {
        done: AtomicUsize,
        total: AtomicUsize,
    },
    #[cfg(test)]
    Silent,
}

impl Progress {
    /// A bar if standard error is a terminal and `plain` isn't asked for.
    pub fn on_stderr(plain: bool) -> Self {
        if plain || !std::io::stderr().is_terminal() {
            return Self(Arc::new(Kind::Lines {
                done: AtomicUsize::new(0),
                total: AtomicUsize::new(0),
            }));
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) =
            ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {wide_msg}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        Self(Arc::new(Kind::Bar(bar)))
    }

    /// Says nothing.
    #[cfg(test)]
    pub fn silent() -> Self {
        Self(Arc::new(Kind::Silent))
    }

    /// Begins a stretch of `total` ticks.
    pub fn start(&self, title: &str, total: usize) {
        match &*self.0 {
            Kind::Bar(bar) => {
                bar.set_message("");
                bar.set_prefix(title.to_owned());
                bar.set_length(total as u64);
                bar.reset();
                bar.enable_steady_tick(std::time::Duration::from_millis(200));
            }
            Kind::Lines { done, total: all } => {
                done.store(0, Ordering::Relaxed);
                all.store(total, Ordering::Relaxed);
                say(&format!("{title} ({total})"));
            }
            #[cfg(test)]
            Kind::Silent => {}
        }
    }

    /// One more is done.
    pub fn tick(&self, what: &str) {
        match &*self.0 {
            Kind::Bar(bar) => {
                bar.set_message(what.to_owned());
                bar.inc(1);
            }
            Kind::Lines { done, total } => {
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                say(&format!(
                    "  {done}/{} {what}",
                    total.load(Ordering::Relaxed)
                ));
            }
            #[cfg(test)]
            Kind::Silent => {}
        }
    }

    /// A line of its own.
    pub fn line(&self, text: &str) {
        match &*self.0 {
            // Before the first stretch there is no bar to draw again.
            Kind::Bar(bar) if bar.length().is_none() => say(text),
            Kind::Bar(bar) => bar.suspend(|| say(text)),
            Kind::Lines { .. } => say(text),
            #[cfg(test)]
            Kind::Silent => {}
        }
    }

    /// The stretch is over.
    pub fn finish(&self) {
        if let Kind::Bar(bar) = &*self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Nothing sensible can be done when standard error is gone.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
