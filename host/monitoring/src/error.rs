//! The exceptions of the service: each variant is one of CloudWatch's.

use domain::limits;
use wire::{ApiError, Fault};

/// Why the service did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A member has a value that makes no sense.
    #[error("{0}")]
    Value(String),
    /// A member is missing.
    #[error("{0}")]
    Missing(String),
    /// Members do not go together.
    #[error("{0}")]
    Combination(String),
    /// The whole does not make sense.
    #[error("{0}")]
    Unfit(String),
    /// The page token is not one of ours, too old, or of another question.
    #[error("invalid page token")]
    Token,
    /// The account would have too much.
    #[error("{0}")]
    Quota(#[from] Quota),
    /// Nothing was done, and the same call may succeed later.
    #[error("store is unavailable")]
    Unavailable(#[source] storage::Error),
    /// The store failed, or holds what it must not.
    #[error("store failed")]
    Store(#[source] storage::Error),
    /// What was stored is not what was written.
    #[error("metrics are damaged: {0}")]
    Damaged(String),
}

/// What an account may not have more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Quota {
    /// Metrics that its calls made.
    #[error("an account may have {} metrics", limits::ACCOUNT_METRICS_MAX)]
    Metrics,
    /// Metrics that services measure.
    #[error("services may keep {} metrics of an account", limits::ACCOUNT_SERVICE_METRICS_MAX)]
    ServiceMetrics,
    /// Names of metrics.
    #[error(
        "the names and dimensions of an account's metrics may have {} bytes",
        limits::ACCOUNT_METRICS_BYTES_MAX
    )]
    NameBytes,
    /// Minutes that wait to be stored.
    #[error("too much waits to be stored")]
    Minutes,
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        use storage::Kind;
        match error.kind() {
            Kind::Unavailable | Kind::Full | Kind::Closed => Self::Unavailable(error),
            Kind::NotFound
            | Kind::Ended
            | Kind::Conflict
            | Kind::Indefinite
            | Kind::Refused
            | Kind::Damaged
            | Kind::Bug => Self::Store(error),
        }
    }
}

impl ApiError for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Value(_) => "InvalidParameterValueException",
            Self::Missing(_) => "MissingRequiredParameterException",
            Self::Combination(_) => "InvalidParameterCombinationException",
            Self::Unfit(_) => "ValidationException",
            Self::Token => "InvalidNextToken",
            Self::Quota(Quota::Minutes) => "ThrottlingException",
            Self::Quota(Quota::Metrics | Quota::ServiceMetrics | Quota::NameBytes) => {
                "LimitExceededFault"
            }
            Self::Unavailable(_) => "ServiceUnavailable",
            Self::Store(_) | Self::Damaged(_) => "InternalServiceFault",
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Value(_)
            | Self::Missing(_)
            | Self::Combination(_)
            | Self::Unfit(_)
            | Self::Token => Fault::Caller,
            Self::Quota(_) => Fault::Throttle,
            Self::Unavailable(_) | Self::Store(_) | Self::Damaged(_) => Fault::Server,
        }
    }

    fn status(&self) -> Option<u16> {
        matches!(self, Self::Unavailable(_)).then_some(503)
    }

    fn public_message(&self) -> Option<String> {
        Some(match self {
            Self::Value(text)
            | Self::Missing(text)
            | Self::Combination(text)
            | Self::Unfit(text) => text.clone(),
            Self::Token => "The NextToken is not valid.".to_owned(),
            Self::Quota(Quota::Minutes) => "Rate exceeded".to_owned(),
            Self::Quota(quota) => format!("Limit exceeded: {quota}."),
            Self::Unavailable(_) => "The service is temporarily unavailable.".to_owned(),
            Self::Store(_) | Self::Damaged(_) => return None,
        })
    }
}
