//! What is wrong with calls about consumers and subscriptions.

use domain::{AccountId, ConsumerName, ShardId, limits};
use wire::Fault;

use super::Named;

/// Why a consumer is not registered, found or served. `Display` is the sentence that AWS says, where one was ever
/// seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fanout {
    /// There is no such consumer.
    #[error("Consumer {consumer}, account {account} not found.")]
    Missing {
        /// Its name or ARN, as the caller wrote it.
        consumer: String,
        /// Who would own it.
        account: AccountId,
    },
    /// The name is taken.
    #[error("Consumer {consumer} under stream {} already exists for account {}.", stream.stream, stream.account)]
    Taken {
        /// The name.
        consumer: ConsumerName,
        /// The stream.
        stream: Named,
    },
    /// The stream would have too many.
    #[error("Stream {stream} has reached the limit of {max} registered consumers.")]
    TooMany {
        /// The stream.
        stream: Named,
        /// How many it may have.
        max: usize,
    },
    /// A stream that consumers are registered for is not deleted unless the caller says so.
    #[error(
        "Stream {0} has registered consumers. Deregister them first, or set EnforceConsumerDeletion to true."
    )]
    Registered(Named),
    /// Somebody else reads the shard for the consumer.
    #[error(
        "Another active subscription exists for this consumer: {}:{}:{shard}:{consumer}",
        stream.account,
        stream.stream
    )]
    Subscribed {
        /// The stream.
        stream: Named,
        /// The consumer.
        consumer: ConsumerName,
        /// The shard.
        shard: ShardId,
    },
    /// More calls than one a second.
    #[error("Rate exceeded for consumer {consumer} and shard {shard}")]
    TooOften {
        /// The consumer's ARN.
        consumer: String,
        /// The shard.
        shard: ShardId,
    },
    /// Too many tags.
    #[error(
        "Failed to add tags to consumer {consumer} because a consumer cannot have more than {} tags associated with it.",
        limits::CONSUMER_TAGS_MAX
    )]
    TagCount {
        /// The consumer.
        consumer: ConsumerName,
    },
    /// Nothing that says which consumer is meant.
    #[error("Either ConsumerARN or both StreamARN and ConsumerName must be provided.")]
    Unnamed,
    /// A name and an ARN of different consumers.
    #[error("ConsumerARN {0} does not match StreamARN and ConsumerName.")]
    ArnMismatch(String),
    /// A number where the type takes none, or none where it needs one.
    #[error(
        "StartingPosition of type {kind} requires {} SequenceNumber.",
        if *given { "no" } else { "a" }
    )]
    Start {
        /// The type.
        kind: String,
        /// Whether there was a number.
        given: bool,
    },
}

impl Fanout {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "ResourceNotFoundException",
            Self::Taken { .. } | Self::Registered(_) | Self::Subscribed { .. } => {
                "ResourceInUseException"
            }
            Self::TooMany { .. } | Self::TooOften { .. } => "LimitExceededException",
            Self::TagCount { .. } | Self::Unnamed | Self::ArnMismatch(_) | Self::Start { .. } => {
                "InvalidArgumentException"
            }
        }
    }

    pub(super) fn fault(&self) -> Fault {
        match self {
            Self::TooMany { .. } | Self::TooOften { .. } => Fault::Throttle,
            Self::Missing { .. }
            | Self::Taken { .. }
            | Self::Registered(_)
            | Self::Subscribed { .. }
            | Self::TagCount { .. }
            | Self::Unnamed
            | Self::ArnMismatch(_)
            | Self::Start { .. } => Fault::Caller,
        }
    }
}
