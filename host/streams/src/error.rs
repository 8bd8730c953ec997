//! The exceptions of the service: each variant is one of AWS's and holds facts; the sentences are made where
//! a caller is told.

mod facts;
mod fanout;
mod keys;
mod paced;
mod public;
mod queue;
mod reshape;
mod setting;
mod sharing;

use domain::{Millis, StreamStatus};
use identity::kms;

pub use facts::{Invalid, Missing, Named, Quota, Throttled, Unfit};
pub use fanout::Fanout;
pub use paced::Paced;
pub use queue::Queue;
pub use reshape::{Reshape, Resize};
pub use setting::Setting;
pub use sharing::Sharing;

/// Why the service did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such stream or shard.
    #[error("{0}")]
    NotFound(Missing),
    /// The name is taken.
    #[error("stream {0} exists")]
    Taken(Named),
    /// The stream is being changed.
    #[error("stream {stream} is {}", status.as_str())]
    NotActive {
        /// The stream.
        stream: Named,
        /// Where it is in its life.
        status: StreamStatus,
    },
    /// The call makes no sense.
    #[error("{0}")]
    Invalid(Invalid),
    /// A member breaks a rule that the model does not know.
    #[error("{0}")]
    Unfit(Unfit),
    /// The account would have too much.
    #[error("{0}")]
    Quota(Quota),
    /// A shard takes or gives no more at the moment.
    #[error("{0}")]
    Throttled(Throttled),
    /// A queue refuses.
    #[error(transparent)]
    Queue(Queue),
    /// It is about a consumer.
    #[error(transparent)]
    Fanout(Fanout),
    /// The iterator is too old.
    #[error("iterator of {} expired at {}", issued.0, now.0)]
    ExpiredIterator {
        /// When it was issued.
        issued: Millis,
        /// When it was used.
        now: Millis,
    },
    /// The key of an encrypted stream cannot be used.
    #[error("{0}")]
    Key(Box<kms::Error>),
    /// The page token is too old.
    #[error("page token expired")]
    ExpiredNextToken,
    /// All is well, and with `DryRun` the caller wanted to know no more than that.
    #[error("dry run")]
    DryRun,
    /// Nothing was written, and the same call may succeed later.
    #[error("store is unavailable")]
    Unavailable(#[source] storage::Error),
    /// The store failed, or holds what it must not.
    #[error("store failed")]
    Store(#[source] storage::Error),
    /// A fact of the catalogue is not what it was when it was written.
    #[error("catalogue is damaged: {0}")]
    DamagedCatalog(String),
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

impl Error {
    /// An event that cannot be written, which is a bug.
    pub(crate) fn of_encoding(failure: wire::Failure) -> Self {
        let source = failure.source.unwrap_or_else(|| "no reason is known".into());
        let (kind, message) = (storage::Kind::Bug, "an event cannot be written");
        Self::Store(storage::Error::with_source(kind, message, source))
    }

    /// The same, where a log that is gone means that its stream was deleted meanwhile.
    pub(crate) fn of_stream(error: storage::Error, stream: &crate::stream::Stream) -> Self {
        if error.kind() == storage::Kind::NotFound {
            Self::NotFound(Missing::Stream(stream.named()))
        } else {
            error.into()
        }
    }
}
