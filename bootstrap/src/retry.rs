//! Waiting for what AWS makes visible only after a while. Throttling isn't handled here: the SDK does.

use std::time::{Duration, Instant};

use crate::aws::{Answer, AwsError};
use crate::interrupt::Interrupt;
use crate::output::Progress;

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long to try again, and where to say so.
#[derive(Clone)]
pub struct Retry {
    /// After this long the last error counts.
    pub deadline: Duration,
    /// How long something was waited for in vain already.
    pub in_vain: Option<Duration>,
    /// Pause before the second attempt; every further one is twice as long.
    pub first_pause: Duration,
    /// Every pause is announced here.
    pub progress: Progress,
    /// Whoever asks to stop doesn't wait for the end of a pause.
    pub interrupt: Interrupt,
}

impl Retry {
    /// Notes that something was waited for in vain: nothing is waited for any more.
    pub fn give_up(&mut self) {
        self.in_vain.get_or_insert(self.deadline);
        self.deadline = Duration::ZERO;
    }

    /// Takes over what another one has found out.
    pub fn merge(&mut self, other: &Self) {
        self.deadline = self.deadline.min(other.deadline);
        self.in_vain = self.in_vain.or(other.in_vain);
    }

    /// Repeats `attempt` while it fails with an error that `passes` with time.
    ///
    /// # Errors
    /// The first error that doesn't pass, or the last one before the deadline.
    pub async fn until_ready<'a, T>(
        &self,
        what: &str,
        passes: impl Fn(&AwsError) -> bool,
        mut attempt: impl FnMut() -> Answer<'a, T>,
    ) -> Result<T, AwsError> {
        let (start, mut pause) = (Instant::now(), self.first_pause);
        loop {
            let error = match attempt().await {
                Err(error) if passes(&error) => error,
                answer => return answer,
            };
            if start.elapsed() + pause > self.deadline {
                return Err(error);
            }
            self.announce(what, &format!("{error}"), pause, start);
            if self.stopped_in(pause).await {
                return Err(AwsError::stopped(what));
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The same for what may only be done while `ask` answers well: it is asked right before each attempt, since
    /// minutes may lie between two of them. Its own errors end it.
    ///
    /// # Errors
    /// As [`Retry::until_ready`], and those of `ask`.
    pub async fn until_ready_while<'a, T: 'a>(
        &self,
        what: &str,
        passes: impl Fn(&AwsError) -> bool,
        ask: impl Fn() -> Answer<'a, ()>,
        attempt: impl Fn() -> Answer<'a, T>,
    ) -> Result<T, AwsError> {
        let asked = || {
            let (ask, attempt) = (ask(), attempt());
            // What it answers badly isn't an error that passes, but an answer.
            let answer: Answer<'a, Result<T, AwsError>> = Box::pin(async move {
                match ask.await {
                    Ok(()) => attempt.await.map(Ok),
                    Err(error) => Ok(Err(error)),
                }
            });
            answer
        };
        self.until_ready(what, passes, asked).await?
    }

    /// Asks with `look` until it answers `true`.
    ///
    /// # Errors
    /// Those of `look`, and one of our own at the deadline.
    pub async fn until_seen<'a>(
        &self,
        what: &str,
        mut look: impl FnMut() -> Answer<'a, bool>,
    ) -> Result<(), AwsError> {
        let (start, mut pause) = (Instant::now(), self.first_pause);
        while !look().await? {
            if start.elapsed() + pause > self.deadline {
                let message = match self.in_vain {
                    None => format!("did not happen within {} s", self.deadline.as_secs()),
                    Some(waited) => format!(
                        "isn't there yet, and was not waited for, since what comes before it in this account was waited \
                         for in vain for {} s",
                        waited.as_secs()
                    ),
                };
                let message = format!("{message}; run the command again");
                return Err(AwsError::new(what, "AWS", "", &message));
            }
            self.announce(what, "not yet", pause, start);
            if self.stopped_in(pause).await {
                return Err(AwsError::stopped(what));
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(())
    }

    /// Waits that long, or until somebody asks to stop: then the answer is `true`.
    async fn stopped_in(&self, pause: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(pause) => false,
            () = self.interrupt.asked() => true,
        }
    }

    fn announce(&self, what: &str, why: &str, pause: Duration, start: Instant) {
        let left = self.deadline.saturating_sub(start.elapsed());
        let line = format!(
            "waiting for {what} ({why}); again in {:.1} s, for at most {} s more",
            pause.as_secs_f64(),
            left.as_secs()
        );
        self.progress.line(&line);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::Relaxed;

    use super::*;

    fn retry() -> Retry {
        let (deadline, first_pause) = (Duration::from_millis(200), Duration::from_millis(10));
        Retry {
            deadline,
            in_vain: None,
            first_pause,
            progress: Progress::silent(),
            interrupt: Interrupt::new(),
        }
    }

    fn not_ready() -> AwsError {
        let words = "Could not deliver test message to specified destination. Check if the destination is valid.";
        AwsError::new(
            "PutDestination",
            "account 222222222222",
            "InvalidParameterException",
            words,
        )
    }

    #[tokio::test]
    async fn a_test_message_that_fails_twice_is_tried_a_third_time() {
        let (retry, mut attempts) = (retry(), 0);
        let answer = retry.until_ready("it", AwsError::is_not_ready, || {
            attempts += 1;
            let answer = if attempts < 3 {
                Err(not_ready())
            } else {
                Ok(attempts)
            };
            Box::pin(async move { answer })
        });
        assert_eq!(answer.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn what_may_no_longer_be_done_is_asked_before_each_attempt_and_not_tried_again() {
        let (retry, asked, attempts) = (retry(), AtomicUsize::new(0), AtomicUsize::new(0));
        let ask = || -> Answer<'_, ()> {
            Box::pin(async {
                let ours = asked.fetch_add(1, Relaxed) < 2;
                let not_ours = || AwsError::new("Describe", "x", "", "it isn't ours");
                ours.then_some(()).ok_or_else(not_ours)
            })
        };
        let attempt = || -> Answer<'_, ()> {
            Box::pin(async {
                attempts.fetch_add(1, Relaxed);
                Err(not_ready())
            })
        };
        let passes = |_: &AwsError| true;
        let answer = retry.until_ready_while("it", passes, ask, attempt).await;
        assert!(answer.unwrap_err().to_string().contains("isn't ours"));
        assert_eq!((asked.into_inner(), attempts.into_inner()), (3, 2));
    }

    #[tokio::test]
    async fn at_the_deadline_the_services_own_error_counts() {
        let answer: Result<(), _> = retry()
            .until_ready("it", AwsError::is_not_ready, || {
                Box::pin(async { Err(not_ready()) })
            })
            .await;
        assert!(
            answer
                .unwrap_err()
                .to_string()
                .contains("Could not deliver test message")
        );
    }

    #[tokio::test]
    async fn an_error_that_does_not_pass_is_not_repeated() {
        let mut attempts = 0;
        let answer: Result<(), _> = retry()
            .until_ready("it", AwsError::is_not_ready, || {
                attempts += 1;
                Box::pin(async {
                    Err(AwsError::new(
                        "PutSubscriptionFilter",
                        "x",
                        "LimitExceededException",
                        "limit",
                    ))
                })
            })
            .await;
        assert!(answer.unwrap_err().is_over_quota());
        assert_eq!(attempts, 1);
    }

    #[tokio::test]
    async fn after_a_wait_in_vain_nothing_is_waited_for_and_the_former_wait_is_told() {
        let (mut retry, mut looks) = (retry(), 0);
        retry.deadline = Duration::from_mins(3);
        let other = retry.clone();
        retry.give_up();
        retry.merge(&other);
        let answer = retry.until_seen("the stream", || {
            looks += 1;
            Box::pin(async { Ok(false) })
        });
        let said = answer.await.unwrap_err().to_string();
        assert!(
            said.contains("in vain for 180 s; run the command again"),
            "{said}"
        );
        assert_eq!(looks, 1);
    }

    #[tokio::test]
    async fn what_is_never_seen_ends_with_what_to_do() {
        let error = retry()
            .until_seen("the stream", || Box::pin(async { Ok(false) }))
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("run the command again"),
            "{error}"
        );
    }
}
