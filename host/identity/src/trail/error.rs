//! Why the trail is not shown, in the exceptions of CloudTrail's model.

use storage::Kind;
use wire::{ApiError, Fault};

/// The exceptions.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// More than one attribute, or a value that the attribute cannot have.
    #[error("lookup attributes are invalid: {0}")]
    Attributes(&'static str),
    /// The time range ends before it begins.
    #[error("time range ends before it begins")]
    TimeRange,
    /// The token is none of ours, or of another question.
    #[error("token is not of this question")]
    Token,
    /// Too many calls.
    #[error("too many lookups")]
    Throttled,
    /// Only the operator reads what is of others.
    #[error("caller is not the operator")]
    NotOperator,
    /// The store fails.
    #[error("read the audit trail")]
    Store(#[from] storage::Error),
}

impl ApiError for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Attributes(_) => "InvalidLookupAttributesException",
            Self::TimeRange => "InvalidTimeRangeException",
            Self::Token => "InvalidNextTokenException",
            Self::Throttled => "ThrottlingException",
            Self::NotOperator => "AccessDeniedException",
            Self::Store(_) => "InternalFailure",
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Attributes(_) | Self::TimeRange | Self::Token | Self::NotOperator => {
                Fault::Caller
            }
            Self::Throttled => Fault::Throttle,
            Self::Store(_) => Fault::Server,
        }
    }

    fn public_message(&self) -> Option<String> {
        let told = match self {
            Self::Attributes(what) => what,
            Self::TimeRange => "The start time must not be after the end time.",
            Self::Token => {
                "The token is not valid. It must come from a reply of this server to the same question."
            }
            Self::Throttled => "Rate exceeded",
            Self::NotOperator => {
                "Only the operator, which is the account of the root key, may read the trails of others: \
                 leave Account and AllAccounts out."
            }
            Self::Store(error) => {
                return (error.kind() == Kind::Damaged).then(|| DAMAGED.to_owned());
            }
        };
        Some(told.to_owned())
    }
}

const DAMAGED: &str =
    "The audit trail is damaged: stop the server and run `shardmill audit verify`.";
