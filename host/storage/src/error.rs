//! One error for every store: a kind, chosen by what the caller can do, and a text for the operator.

use std::fmt;

/// The result of anything a store does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is no such log, fact or blob (any more): look again, or tell the asker.
    NotFound,
    /// A fence or an expectation did not hold and nothing was written: read again and decide anew.
    Conflict,
    /// Nothing was written, and the same call may succeed later: retry.
    Unavailable,
    /// Nothing was written, because there is hardly any room left: the same call succeeds once there is. Retry
    /// later, and tell the operator.
    Full,
    /// A log takes no more records and nothing was written: find out where they go now, and decide anew.
    Ended,
    /// It is not known whether the commit happened: retry with the same id, or tell the asker so.
    Indefinite,
    /// The call breaks a bound of the store and nothing was written: fix the call.
    Refused,
    /// Bytes that were stored are not what they were: report, never serve.
    Damaged,
    /// The store is shutting down or has failed: nothing was written, nothing more will be.
    Closed,
    /// The store broke its own rules.
    Bug,
}

/// Why a store did not do what was asked.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error that the store found by itself; `message` is a lower-case fragment with its facts.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// An error with what lies beneath it.
    pub fn with_source(
        kind: Kind,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { kind, message: message.into(), source: Some(source.into()) }
    }

    /// What the caller can do.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The same refusal for another waiter of the same group commit; the source stays with the first.
    #[must_use]
    pub fn repeat(&self) -> Self {
        let message = match &self.source {
            Some(source) => format!("{}: {source}", self.message),
            None => self.message.clone(),
        };
        Self::new(self.kind, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
