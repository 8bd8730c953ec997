//! The vocabulary: values, ids and limits that every other crate speaks in.
//!
//! Everything here is parsed once, at the edge, into a type that cannot be wrong, and is pure: no I/O, no
//! async, no clock. What needs the present time takes it as an argument.

#![forbid(unsafe_code)]

mod account;
mod arn;
mod arn_parts;
mod consumer;
mod digits;
mod function;
mod hash_key;
pub mod limits;
mod mapping;
mod name;
mod principal;
mod qualifier;
mod queue;
mod sequence;
mod shard;
mod stream;
pub mod tag;
mod time;

pub use account::{AccountId, InvalidAccount, InvalidRegion, Region};
pub use arn::{InvalidArn, StreamArn};
pub use arn_parts::ArnParts;
pub use consumer::{ConsumerArn, ConsumerName, InvalidConsumerArn};
pub use function::{
    FunctionArn, FunctionId, FunctionName, FunctionRef, InvalidFunctionName, InvalidFunctionRef,
    InvalidRole, RoleArn,
};
pub use hash_key::{HashKey, HashRange, InvalidHashKey};
pub use mapping::{InvalidMappingId, MappingId};
pub use name::{InvalidName, StreamName};
pub use principal::{InvalidPrincipalName, InvalidSecretName, PrincipalName, SecretName};
pub use qualifier::{AliasName, InvalidQualifier, QualifiedArn, Qualifier};
pub use queue::{QueueArn, QueueId, QueueKey, QueueName};
pub use sequence::{InvalidSequence, SequenceNumber};
pub use shard::{InvalidShardId, ShardId};
pub use stream::{StreamId, StreamMode, StreamStatus};
pub use time::{Millis, Seconds};
