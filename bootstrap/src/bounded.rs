//! Many things at once, but not too many.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Does `work` on every item, at most `limit` at once. The answers come in the order of the items.
pub async fn bounded<I, T, F>(items: Vec<I>, limit: usize, work: impl Fn(I) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let gate = Arc::new(Semaphore::new(limit.max(1)));
    let mut tasks = JoinSet::new();
    for (index, item) in items.into_iter().enumerate() {
        let (gate, job) = (Arc::clone(&gate), work(item));
        tasks.spawn(async move {
            // The gate is never closed, so there is always a turn to wait for.
            let _turn = gate.acquire_owned().await;
            (index, job.await)
        });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn answers_keep_their_order_and_no_more_run_at_once_than_allowed() {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let answers = bounded((0..20_u64).collect(), 3, |item| {
            let (running, most) = (Arc::clone(&running), Arc::clone(&most));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(std::time::Duration::from_millis(20 - item)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                item * 2
            }
        });
        assert_eq!(
            answers.await,
            (0..20).map(|item| item * 2).collect::<Vec<_>>()
        );
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }
}
