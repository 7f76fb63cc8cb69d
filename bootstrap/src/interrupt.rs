//! Ctrl-c and SIGTERM. While accounts are changed, the first one lets the actions that have begun end
//! and begins no other; before that, and at the second one, the program ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::output::Progress;

/// Whether somebody asked the program to stop. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Interrupt(Arc<Shared>);

struct Shared {
    state: watch::Sender<State>,
    working: AtomicBool,
}

/// How far it has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody asked.
    Running,
    /// What has begun is finished, and nothing else is begun.
    Stopping,
    /// Everything is dropped as it is.
    Ended,
}

impl Interrupt {
    /// Nobody has asked yet, and nobody listens: see [`Interrupt::listen`].
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            state: watch::Sender::new(State::Running),
            working: AtomicBool::new(false),
        }))
    }

    /// Takes ctrl-c and SIGTERM from now on, as long as the runtime runs.
    pub fn listen(&self, progress: &Progress) {
        let (this, progress) = (self.clone(), progress.clone());
        tokio::spawn(async move {
            let mut signals = Signals::new();
            while signals.next().await {
                if this.signal() == State::Stopping {
                    progress.line(
                        "stopping: actions that have begun are finished, no other is begun; again to stop at once",
                    );
                }
            }
        });
    }

    /// Asks that nothing more is begun, whatever runs now.
    pub fn ask(&self) {
        self.0.state.send_modify(|state| {
            if *state == State::Running {
                *state = State::Stopping;
            }
        });
    }

    /// Notes that accounts are being changed from now on.
    pub fn begin_work(&self) {
        self.0.working.store(true, Ordering::SeqCst);
    }

    /// Whether accounts are being changed, or were.
    pub fn worked(&self) -> bool {
        self.0.working.load(Ordering::SeqCst)
    }

    /// Whether nothing more is to be begun.
    pub fn is_asked(&self) -> bool {
        *self.0.state.borrow() != State::Running
    }

    /// Waits until nothing more is to be begun.
    pub async fn asked(&self) {
        self.reached(|state| state != State::Running).await;
    }

    /// Waits until the program is to end at once.
    pub async fn ended(&self) {
        self.reached(|state| state == State::Ended).await;
    }

    async fn reached(&self, wanted: impl Fn(State) -> bool) {
        let mut states = self.0.state.subscribe();
        // The sender lives as long as this, so that there is no other end than the state.
        let _ = states.wait_for(|state| wanted(*state)).await;
    }

    /// One signal more; the state after it.
    fn signal(&self) -> State {
        let working = self.worked();
        self.0.state.send_modify(|state| {
            *state = match state {
                State::Running if working => State::Stopping,
                State::Running | State::Stopping | State::Ended => State::Ended,
            };
        });
        *self.0.state.borrow()
    }
}

/// Both signals as one.
struct Signals {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    fn new() -> Self {
        Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .ok(),
        }
    }

    /// Waits for the next one. `false` if none can come.
    async fn next(&mut self) -> bool {
        #[cfg(unix)]
        if let Some(terminate) = &mut self.terminate {
            return tokio::select! {
                pressed = tokio::signal::ctrl_c() => pressed.is_ok(),
                got = terminate.recv() => got.is_some(),
            };
        }
        tokio::signal::ctrl_c().await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn before_any_change_the_first_signal_ends_the_program() {
        let interrupt = Interrupt::new();
        assert!(!interrupt.is_asked());
        assert_eq!(interrupt.signal(), State::Ended);
        interrupt.ended().await;
    }

    #[tokio::test]
    async fn while_accounts_are_changed_the_first_signal_stops_and_the_second_ends() {
        let interrupt = Interrupt::new();
        interrupt.begin_work();
        assert_eq!(interrupt.signal(), State::Stopping);
        assert!(interrupt.is_asked());
        interrupt.asked().await;
        assert_eq!(interrupt.signal(), State::Ended);
        interrupt.ended().await;
    }
}
