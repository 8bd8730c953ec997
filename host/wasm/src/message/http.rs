//! What a consumer sends to other hosts, and what it is answered.

use std::time::Duration;

use bytes::Bytes;

/// A request, as a guest wants it sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// `GET` and so on.
    pub method: String,
    /// An absolute URL.
    pub url: String,
    /// In their order.
    pub headers: Vec<(String, HeaderText)>,
    /// What is sent.
    pub body: Bytes,
    /// How long it may take, if the guest says.
    pub time: Option<Duration>,
    /// How large an answer there is room for.
    pub answer_bytes: usize,
}

/// What a header of a request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderText {
    /// This.
    Plain(Bytes),
    /// A secret, with text around it.
    Secret {
        /// Its number.
        secret: u32,
        /// What stands before it.
        prefix: String,
        /// What stands behind it.
        suffix: String,
    },
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its status.
    pub status: u16,
    /// In their order.
    pub headers: Vec<(String, Bytes)>,
    /// What it brings.
    pub body: Bytes,
}

/// Why there is no answer. The guest is told, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFetched {
    /// The role or the operator does not allow it.
    #[error("{0}")]
    Denied(String),
    /// It cannot be asked for like this.
    #[error("{0}")]
    Invalid(String),
    /// The batch has had what it may have.
    #[error("{0}")]
    TooMany(String),
    /// Too much is under way; nothing was sent.
    #[error("{0}")]
    Busy(String),
    /// Nobody was there to be sent anything.
    #[error("{0}")]
    NotReached(String),
    /// No answer in time; the request may have arrived.
    #[error("{0}")]
    TimedOut(String),
    /// The answer was too large.
    #[error("{0}")]
    TooLarge(String),
    /// It broke on the way; the request may have arrived.
    #[error("{0}")]
    Failed(String),
}
