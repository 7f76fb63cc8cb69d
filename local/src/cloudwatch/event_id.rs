//! Ids of log events: 56 decimal digits, consecutive within a batch, growing with time, as in the
//! example of "Real-time processing of log data with subscriptions" in the CloudWatch Logs guide.

/// Gives out ids in ascending order.
#[derive(Debug, Clone)]
pub struct EventIds {
    batch: u64,
    milliseconds: u64,
}

impl EventIds {
    /// Ids for events that were ingested at `milliseconds` since 1970.
    #[must_use]
    pub const fn at(milliseconds: u64) -> Self {
        Self {
            batch: 0,
            milliseconds,
        }
    }

    /// The ids of the next batch of `count` events.
    pub fn next_batch(&mut self, count: usize) -> Vec<String> {
        self.batch += 1;
        let scattered = self.batch.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 10_000_000_000_000_000_000;
        let head = format!("3{:013}{:08}{scattered:019}", self.milliseconds, self.batch);
        (0..count).map(|n| format!("{head}{n:015}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_have_56_digits_and_never_repeat() {
        let mut ids = EventIds::at(1_700_000_000_000);
        let all: Vec<String> = (0..20).flat_map(|_| ids.next_batch(50)).collect();
        assert!(
            all.iter()
                .all(|id| id.len() == 56 && id.bytes().all(|b| b.is_ascii_digit()))
        );
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 1000);
        assert!(all.is_sorted());
    }
}
