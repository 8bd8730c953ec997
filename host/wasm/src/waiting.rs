//! Bounding those that wait.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts one that waits, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    /// Joins those that wait, if there are fewer than `max`.
    pub(crate) fn enter(count: &'a AtomicUsize, max: usize) -> Option<Self> {
        let entered = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < max).then_some(entered)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_wait() {
        let count = AtomicUsize::new(0);
        let first = Waiting::enter(&count, 2);
        let second = Waiting::enter(&count, 2);
        assert!(first.is_some() && second.is_some());
        assert!(Waiting::enter(&count, 2).is_none());
        drop(first);
        assert!(Waiting::enter(&count, 2).is_some());
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
