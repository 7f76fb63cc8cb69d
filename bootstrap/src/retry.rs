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
    /// Pause before the second attempt; every further one is twice as long.
    pub first_pause: Duration,
    /// Every pause is announced here.
    pub progress: Progress,
    /// Whoever asks to stop doesn't wait for the end of a pause.
    pub interrupt: Interrupt,
}

impl Retry {
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
                let message = format!(
                    "did not happen within {} s; run the command again",
                    self.deadline.as_secs()
                );
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
    use super::*;

    fn retry() -> Retry {
        let (deadline, first_pause) = (Duration::from_millis(200), Duration::from_millis(10));
        Retry {
            deadline,
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
