//! Calls that brought no answer.

use std::io;

use crate::networks::Closed;
use crate::target::InvalidTarget;

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not one that anything is sent to.
    #[error(transparent)]
    Target(#[from] InvalidTarget),
    /// The request is not one that is sent: why.
    #[error("request cannot be sent: {0}")]
    Request(&'static str),
    /// The request's body is larger than the call may send.
    #[error("request's body has {bytes} bytes, more than {bytes_max}")]
    RequestTooLarge {
        /// What it has.
        bytes: usize,
        /// What it may have.
        bytes_max: usize,
    },
    /// The caller's list does not name the host.
    #[error("{0} is not among the hosts that may be reached")]
    NotPermitted(String),
    /// The host has only addresses that nothing connects to.
    #[error("{host} is {why}, which the operator's configuration does not open")]
    Closed {
        /// As it was asked for.
        host: String,
        /// What its address is.
        why: String,
    },
    /// Too many calls are in hand.
    #[error("too many requests are under way")]
    Busy,
    /// It waited to have the name looked up as long as it may.
    #[error("name was not looked up within {0} ms, because too many others are")]
    Turn(u128),
    /// The name leads nowhere.
    #[error("{host} cannot be looked up")]
    Lookup {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// Nobody answers there.
    #[error("{host} cannot be connected to")]
    Connect {
        /// The target.
        host: String,
        /// What the system said of the last address.
        source: io::Error,
    },
    /// The server is not whom it says, or speaks no TLS.
    #[error("handshake with {host} failed")]
    Tls {
        /// The target.
        host: String,
        /// What was wrong.
        source: io::Error,
    },
    /// The system has no list of authorities, and the operator named none.
    #[error(
        "no certificate authority is known: the system has no list, and the configuration names none"
    )]
    NoRoots,
    /// It took too long.
    #[error("no answer within {0} ms")]
    Time(u128),
    /// The answer is larger than the call may receive.
    #[error("answer's body has more than {0} bytes")]
    ResponseTooLarge(usize),
    /// The connection broke, or what came is not HTTP.
    #[error("exchange with {host} failed")]
    Broken {
        /// The target.
        host: String,
        /// What was wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What a caller can do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is wrong: another one has to be sent.
    Invalid,
    /// The way is closed: somebody has to open it.
    Denied,
    /// Nothing was sent; a later call may succeed.
    Busy,
    /// It went wrong on the way or over there; a later call may succeed. The request may have arrived.
    Failed,
}

impl Error {
    /// What a caller can do.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Target(_) | Self::Request(_) | Self::RequestTooLarge { .. } => Kind::Invalid,
            Self::NotPermitted(_) | Self::Closed { .. } => Kind::Denied,
            Self::Busy | Self::Turn(_) => Kind::Busy,
            Self::Lookup { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::NoRoots
            | Self::Time(_)
            | Self::ResponseTooLarge(_)
            | Self::Broken { .. } => Kind::Failed,
        }
    }

    pub(crate) fn closed(host: &str, why: Closed) -> Self {
        Self::Closed { host: host.to_owned(), why: why.to_string() }
    }
}
