//! Why the host ends a guest.

/// Raised in host functions and at ticks; the guest cannot catch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    /// Its time is over.
    #[error("the time is over")]
    Time,
    /// It handed over more than it may.
    #[error("too much was handed to the host")]
    Output,
    /// It wanted to end its process, of which there is none.
    #[error("called exit")]
    Exit,
    /// It asked for more random bytes at once than there are.
    #[error("asked for more than 65536 random bytes at once")]
    Random,
    /// It asked for what only calls of a consumer have.
    #[error("asked for state or the like outside of a call")]
    Outside,
    /// It asked for what would wait forever.
    #[error("waited for nothing")]
    Wait,
}

/// What a guest asked for cannot be had at the moment: its call ends as if it had not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NotNow(pub(crate) String);
