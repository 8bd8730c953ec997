//! Instances that wait for their next call.
//!
//! One belongs to one tenant, one version of one function, one memory limit and one environment, and is never
//! given to another. It is thrown away after many calls, when it has grown, when it has waited for long, and
//! when there are too many: then the tenant that has most of them loses one.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::message::{Call, ComponentId};
use crate::run::Instance;

/// Calls of one instance.
const CALLS_MAX: u32 = 10_000;

/// How long an instance waits.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// Whose an instance is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    tenant: u64,
    function: u64,
    component: ComponentId,
    memory_bytes: usize,
    environment: Arc<[(String, String)]>,
}

/// An instance and its past.
pub(crate) struct Used {
    key: Key,
    /// The instance.
    pub(crate) instance: Instance,
    calls: u32,
}

/// Instances that wait, those that have waited for longest first.
pub(crate) struct Warm {
    idle: Mutex<Idle>,
    count_max: usize,
    bytes_max: usize,
}

#[derive(Default)]
struct Idle {
    queue: VecDeque<(Used, Duration)>,
    bytes: usize,
}

impl Key {
    /// That of the instances that may run `call`.
    pub(crate) fn of<I>(call: &Call<I>) -> Self {
        Self {
            tenant: call.tenant,
            function: call.function,
            component: call.component,
            memory_bytes: call.limits.memory_bytes,
            environment: Arc::clone(&call.environment),
        }
    }
}

impl Used {
    /// An instance that was not called yet.
    pub(crate) fn new(key: Key, instance: Instance) -> Self {
        Self { key, instance, calls: 0 }
    }

    /// Whether it should go on after one more call.
    fn is_fresh(&self) -> bool {
        // A guest that comes near its limit leaks, or is about to fail.
        self.calls < CALLS_MAX && self.instance.memory_bytes() / 3 <= self.key.memory_bytes / 4
    }
}

impl Warm {
    /// At most `count_max` instances with at most `bytes_max` bytes of memory.
    pub(crate) fn new(count_max: usize, bytes_max: usize) -> Self {
        Self { idle: Mutex::default(), count_max, bytes_max }
    }

    /// The instance with this key that was used last.
    pub(crate) fn take(&self, key: &Key) -> Option<Used> {
        let mut idle = self.idle.lock();
        let at = idle.queue.iter().rposition(|(used, _)| used.key == *key)?;
        idle.remove(at)
    }

    /// Lets an instance wait after a call that went well, if it is worth it.
    pub(crate) fn give(&self, mut used: Used, now: Duration) {
        used.calls += 1;
        if used.is_fresh() {
            let mut idle = self.idle.lock();
            idle.bytes += used.instance.memory_bytes();
            idle.queue.push_back((used, now));
        }
        self.shrink(now);
    }

    /// Throws away those that have waited for too long, and those that are too many.
    pub(crate) fn shrink(&self, now: Duration) {
        while let Some(superfluous) = self.superfluous(now) {
            // Outside of the lock: this gives memory back to the system.
            drop(superfluous);
        }
    }

    /// Throws away the one that has waited for longest.
    pub(crate) fn evict(&self) -> bool {
        let evicted = self.idle.lock().pop_front();
        evicted.is_some()
    }

    /// How many wait.
    pub(crate) fn count(&self) -> usize {
        self.idle.lock().queue.len()
    }

    fn superfluous(&self, now: Duration) -> Option<Used> {
        let mut idle = self.idle.lock();
        let (_, since) = idle.queue.front()?;
        if now.saturating_sub(*since) > IDLE_MAX {
            return idle.pop_front();
        }
        if idle.bytes > self.bytes_max {
            return idle.pop_of_greediest(|used| used.instance.memory_bytes());
        }
        (idle.queue.len() > self.count_max).then(|| idle.pop_of_greediest(|_one| 1)).flatten()
    }
}

impl Idle {
    fn pop_front(&mut self) -> Option<Used> {
        self.remove(0)
    }

    /// Of the tenant whose instances weigh most, the one that has waited for longest.
    fn pop_of_greediest(&mut self, weight: impl Fn(&Used) -> usize) -> Option<Used> {
        let mut weights: HashMap<u64, usize> = HashMap::new();
        for (used, _) in &self.queue {
            *weights.entry(used.key.tenant).or_default() += weight(used);
        }
        let most = weights.values().max()?;
        let at =
            self.queue.iter().position(|(used, _)| weights.get(&used.key.tenant) == Some(most));
        self.remove(at?)
    }

    fn remove(&mut self, at: usize) -> Option<Used> {
        let (used, _) = self.queue.remove(at)?;
        self.bytes -= used.instance.memory_bytes();
        Some(used)
    }
}
