//! What queues refuse. `Display` is the sentence for the caller; AWS's were never seen.

use domain::limits;
use wire::Fault;

use super::Named;

/// Why a queue is not made, not changed, or gives nothing out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Queue {
    /// There is no such queue.
    #[error("Queue {0} not found.")]
    Missing(String),
    /// The name is taken.
    #[error("Queue {0} already exists.")]
    Taken(String),
    /// A stream with queues cannot go, and cannot become provisioned.
    #[error("Stream {0} has queues. Delete its queues first.")]
    OnStream(Named),
    /// A queue on several streams.
    #[error(
        "A queue delivers records from exactly one stream, but StreamConfigurationList has {0}."
    )]
    Streams(usize),
    /// A queue on a stream in provisioned mode.
    #[error("Queues are only supported for data streams with the on-demand capacity mode.")]
    Provisioned,
    /// A time without which the start means nothing.
    #[error("Timestamp is required for a StartingPosition of type AT_TIMESTAMP.")]
    NoTimestamp,
    /// A time that the start does not take.
    #[error("Timestamp is not allowed for a StartingPosition of type {0}.")]
    Timestamp(String),
    /// Dead letters without a number of receives.
    #[error("MaxReceiveCount is required for a DeadLetterConfiguration with TargetType BUILT_IN.")]
    NoReceiveCount,
    /// Queues and consumers of one stream.
    #[error(
        "Stream {stream} has {most} registered consumers and queues, which is the most it can have."
    )]
    TooMany {
        /// The stream.
        stream: Named,
        /// How many it can have.
        most: usize,
    },
    /// Records that were received and not acknowledged.
    #[error(
        "The queue has {} records in flight, which is the most it can have. Acknowledge some first.",
        limits::QUEUE_IN_FLIGHT_MAX
    )]
    InFlight,
}

impl Queue {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "ResourceNotFoundException",
            Self::Taken(_) | Self::OnStream(_) => "ResourceInUseException",
            Self::Streams(_) => "InvalidArgumentException",
            Self::Provisioned | Self::NoTimestamp | Self::Timestamp(_) | Self::NoReceiveCount => {
                "ValidationException"
            }
            Self::TooMany { .. } => "LimitExceededException",
            Self::InFlight => "ThrottlingException",
        }
    }

    pub(super) fn fault(&self) -> Fault {
        match self {
            Self::Missing(_)
            | Self::Taken(_)
            | Self::OnStream(_)
            | Self::Streams(_)
            | Self::Provisioned
            | Self::NoTimestamp
            | Self::Timestamp(_)
            | Self::NoReceiveCount => Fault::Caller,
            Self::TooMany { .. } | Self::InFlight => Fault::Throttle,
        }
    }
}
