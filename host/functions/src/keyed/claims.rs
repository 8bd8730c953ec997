//! Which partition keys of a mapping are in whose hands.
//!
//! Records of one key come to one lane of one shard, unless they are aggregated (a stream's record holds several keys)
//! or were put with a hash key of their own. State of a key must not be worked on by two batches at once all the same,
//! so a batch has its keys for itself until it is committed.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The keys of one mapping that batches have for themselves.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    taken: Mutex<BTreeSet<Arc<str>>>,
    freed: Notify,
}

/// Keys that a batch has for itself as long as this lives.
#[derive(Debug)]
pub(crate) struct Claim {
    claims: Arc<Claims>,
    keys: Vec<Arc<str>>,
}

impl Claims {
    /// Takes all of these keys as soon as they are all free. Who has some already must not wait for others.
    pub(crate) async fn take(self: &Arc<Self>, keys: &BTreeSet<Arc<str>>) -> Claim {
        loop {
            // Before the look, so that what is freed behind it is not missed.
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if let Some(claim) = self.try_take(keys, &BTreeSet::new()) {
                return claim;
            }
            freed.await;
        }
    }

    /// Takes these keys but for those in `own`, which who asks has already; nothing if others have some of them.
    pub(crate) fn try_take(
        self: &Arc<Self>,
        keys: &BTreeSet<Arc<str>>,
        own: &BTreeSet<Arc<str>>,
    ) -> Option<Claim> {
        let keys: Vec<Arc<str>> = keys.difference(own).cloned().collect();
        let mut taken = self.taken.lock();
        if keys.iter().any(|key| taken.contains(key)) {
            return None;
        }
        taken.extend(keys.iter().cloned());
        drop(taken);
        Some(Claim { claims: Arc::clone(self), keys })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut taken = self.claims.taken.lock();
        for key in &self.keys {
            taken.remove(key);
        }
        drop(taken);
        self.claims.freed.notify_waiters();
    }
}
