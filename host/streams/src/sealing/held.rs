//! Data keys that were opened, for as long as they may be kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::StreamId;
use identity::kms::DataKey;
use storage::frame::KeyId;

use super::LIFE;

/// A data key in memory, and the id of the key of the key service that it was encrypted with.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) data: Arc<DataKey>,
    pub(super) key: Arc<str>,
    /// When it was opened.
    pub(super) since: Duration,
}

/// Open data keys, bounded: who needs more opens them again.
#[derive(Debug)]
pub(super) struct Held {
    open: HashMap<(StreamId, KeyId), Open>,
    max: usize,
}

impl Held {
    pub(super) fn new(max: usize) -> Self {
        Self { open: HashMap::new(), max }
    }

    pub(super) fn get(&self, stream: StreamId, id: KeyId, now: Duration) -> Option<Open> {
        let found = self.open.get(&(stream, id))?;
        (now.saturating_sub(found.since) < LIFE).then(|| found.clone())
    }

    /// Keeps a key; when there is no room, those that were opened first go.
    pub(super) fn put(&mut self, stream: StreamId, id: KeyId, open: Open) {
        if self.open.len() >= self.max {
            self.forget_old(open.since);
        }
        while self.open.len() >= self.max
            && let Some(oldest) = self.open.iter().min_by_key(|(_, open)| open.since)
        {
            let oldest = *oldest.0;
            self.open.remove(&oldest);
        }
        self.open.insert((stream, id), open);
    }

    /// Wipes what may not be kept any longer.
    pub(super) fn forget_old(&mut self, now: Duration) {
        self.open.retain(|_, open| now.saturating_sub(open.since) < LIFE);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.open.len()
    }
}

#[cfg(test)]
mod tests {
    use stdx::SeededEntropy;

    use super::*;

    #[test]
    fn is_bounded_in_number_and_time() {
        let entropy = Arc::new(SeededEntropy::new(1));
        let mut held = Held::new(2);
        let id = |number| KeyId::new(number).unwrap();
        let open = |number, since| {
            let data = Arc::new(DataKey::new(id(number), &[0; 32], entropy.clone()));
            Open { data, key: "k".into(), since }
        };
        let second = Duration::from_secs(1);
        for number in 1..=3 {
            held.put(
                StreamId(1),
                id(number),
                open(number, second * u32::try_from(number).unwrap()),
            );
        }
        assert_eq!(held.len(), 2);
        assert!(held.get(StreamId(1), id(1), second * 3).is_none());
        assert!(held.get(StreamId(2), id(2), second * 3).is_none());
        assert!(held.get(StreamId(1), id(2), second * 3).is_some());
        assert!(held.get(StreamId(1), id(2), second * 2 + LIFE).is_none());
        held.forget_old(second * 2 + LIFE);
        assert_eq!(held.len(), 1);
    }
}
