//! The policy that is attached to a resource: the service that keeps it carries it to whoever decides.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A policy of a resource as it is held in memory, in a form that only whoever decides understands. A policy that cannot
/// be understood lets nobody in.
#[derive(Clone)]
pub struct AttachedPolicy(Arc<dyn Any + Send + Sync>);

impl AttachedPolicy {
    /// One that is understood.
    pub fn new<P: Any + Send + Sync>(policy: P) -> Self {
        Self(Arc::new(policy))
    }

    /// One that nobody can read.
    pub fn unreadable() -> Self {
        Self(Arc::new(()))
    }

    /// The policy, if it is of this kind.
    pub fn read<P: Any>(&self) -> Option<&P> {
        self.0.downcast_ref()
    }
}

/// Two are the same if they are the same value: nobody here can compare what they say.
impl PartialEq for AttachedPolicy {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for AttachedPolicy {}

impl fmt::Debug for AttachedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachedPolicy").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_what_it_is_and_nothing_else() {
        let policy = AttachedPolicy::new(7_u32);
        assert_eq!(policy.read::<u32>(), Some(&7));
        assert_eq!(policy.read::<u64>(), None);
        assert_eq!(AttachedPolicy::unreadable().read::<u32>(), None);
        assert_eq!(policy, policy.clone());
        assert_ne!(policy, AttachedPolicy::new(7_u32));
    }
}
