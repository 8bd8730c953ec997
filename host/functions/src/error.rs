//! The exceptions of the service: each variant is one of AWS's and holds facts; the sentences are made where
//! a caller is told.

mod facts;
mod public;

pub use facts::{Invalid, Missing, Revised, Scarce, Taken};

/// Why the service did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such function or mapping.
    #[error("{0}")]
    NotFound(Missing),
    /// There is one already.
    #[error("{0}")]
    Taken(Taken),
    /// The call makes no sense, or asks for what is not here.
    #[error("{0}")]
    Invalid(Invalid),
    /// The payload is none that a function takes.
    #[error("{0}")]
    Content(String),
    /// The payload has this many bytes, more than an asynchronous call takes.
    #[error("payload has {0} bytes")]
    TooLarge(usize),
    /// Somebody else changed it meanwhile.
    #[error("revision does not match")]
    Revision(Revised),
    /// A policy would have this many bytes, which are too many.
    #[error("policy would have {0} bytes")]
    PolicyLength(usize),
    /// The mapping is about to go.
    #[error("mapping is being deleted")]
    InUse,
    /// As many calls run as may.
    #[error("too many calls at once")]
    Busy(Scarce),
    /// The account would have too much code.
    #[error("code storage limit exceeded")]
    CodeStorage,
    /// The function has as many aliases as it may.
    #[error("too many aliases")]
    AliasCount,
    /// The page token was not issued here.
    #[error("invalid token")]
    Token,
    /// It could not be run, through no fault of its own.
    #[error("function was not run: {0}")]
    NotRun(String),
    /// Nothing was written, and the same call may succeed later.
    #[error("store is unavailable")]
    Unavailable(#[source] storage::Error),
    /// The store failed, or holds what it must not.
    #[error("store failed")]
    Store(#[source] storage::Error),
    /// A stream could not be asked.
    #[error("stream failed")]
    Stream(#[source] streams::Error),
    /// A consumer could not be made, run or forgotten.
    #[error("consumer failed")]
    Consumer(#[source] consumer::Error),
    /// No thread or task could be had.
    #[error("no room to work")]
    NoRoom(#[source] std::io::Error),
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        use storage::Kind;
        match error.kind() {
            Kind::Unavailable | Kind::Full | Kind::Closed => Self::Unavailable(error),
            // Whoever expects a missing log or a conflict looks at the kind before the error comes here.
            Kind::NotFound
            | Kind::Conflict
            | Kind::Ended
            | Kind::Indefinite
            | Kind::Refused
            | Kind::Damaged
            | Kind::Bug => Self::Store(error),
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}
