//! How far a stretch of work has got, in words.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::counted;

/// Before this long an estimate says nothing.
const FIRST_ESTIMATE: Duration = Duration::from_secs(2);

/// Work on some accounts, with the actions in them where there are any.
pub struct Stretch {
    title: String,
    started: Instant,
    accounts: Count,
    actions: Option<Count>,
    failures: usize,
}

#[derive(Clone, Copy)]
struct Count {
    done: usize,
    total: usize,
}

impl Stretch {
    /// Takes what is done, the number of accounts, and that of actions.
    pub fn new(title: &str, accounts: usize, actions: Option<usize>) -> Self {
        let of = |total| Count { done: 0, total };
        Self {
            title: title.to_owned(),
            started: Instant::now(),
            accounts: of(accounts),
            actions: actions.map(of),
            failures: 0,
        }
    }

    /// One account more.
    pub fn account_done(&mut self) {
        self.accounts.done += 1;
    }

    /// One action more, however it ended.
    pub fn action_done(&mut self) {
        if let Some(actions) = &mut self.actions {
            actions.done += 1;
        }
    }

    /// One failure more.
    pub fn failed(&mut self) {
        self.failures += 1;
    }

    /// What the time left is reckoned by: actions where there are any, accounts otherwise.
    fn pace(&self) -> &Count {
        self.actions.as_ref().unwrap_or(&self.accounts)
    }

    /// How much there is to do.
    pub fn total(&self) -> u64 {
        self.pace().total as u64
    }

    /// How much of it is over.
    pub fn position(&self) -> u64 {
        self.pace().done as u64
    }

    /// At its beginning: `setting up: 3 accounts, 12 actions`.
    pub fn heading(&self) -> String {
        let accounts = counted(self.accounts.total, "account");
        match &self.actions {
            Some(actions) => format!(
                "{}: {accounts}, {}",
                self.title,
                counted(actions.total, "action")
            ),
            None => format!("{}: {accounts}", self.title),
        }
    }

    /// In its midst: `setting up: 1/3 accounts, 5/12 actions, 1 failed, 20 s left`.
    pub fn status(&self) -> String {
        self.after(self.started.elapsed())
    }

    /// At its end: the same with the seconds that it took.
    pub fn summary(&self) -> String {
        let seconds = self.started.elapsed().as_secs_f64();
        format!("{}; {seconds:.1} s", self.counts())
    }

    fn after(&self, elapsed: Duration) -> String {
        let Count { done, total } = *self.pace();
        if elapsed < FIRST_ESTIMATE || done == 0 || done >= total {
            return self.counts();
        }
        let left = elapsed.as_secs() * (total - done) as u64 / done as u64;
        format!("{}, {} left", self.counts(), rough(left))
    }

    fn counts(&self) -> String {
        let Count { done, total } = self.accounts;
        let mut text = format!("{}: {done}/{total} accounts", self.title);
        if let Some(Count { done, total }) = self.actions {
            let _ = write!(text, ", {done}/{total} actions");
        }
        if self.failures > 0 {
            let _ = write!(text, ", {} failed", self.failures);
        }
        text
    }
}

/// A time that nobody takes for exact: `45 s`, `12 min`, `1 h 20 min`.
fn rough(seconds: u64) -> String {
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_reckoned_by_the_actions_that_are_over() {
        let mut stretch = Stretch::new("setting up", 2, Some(10));
        assert_eq!(stretch.heading(), "setting up: 2 accounts, 10 actions");
        for _ in 0..4 {
            stretch.action_done();
        }
        stretch.account_done();
        stretch.failed();
        let text = stretch.after(Duration::from_mins(1));
        assert_eq!(
            text,
            "setting up: 1/2 accounts, 4/10 actions, 1 failed, 2 min left"
        );
    }

    #[test]
    fn nothing_is_reckoned_in_the_first_seconds_and_at_the_end() {
        let mut stretch = Stretch::new("reading", 1, None);
        let long = Duration::from_mins(1);
        assert_eq!(stretch.after(long), "reading: 0/1 accounts");
        stretch.account_done();
        assert_eq!(stretch.after(long), "reading: 1/1 accounts");
    }

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        let texts = [20, 89, 600, 4800, 7300].map(rough);
        assert_eq!(texts, ["20 s", "89 s", "10 min", "80 min", "2 h 1 min"]);
    }
}
