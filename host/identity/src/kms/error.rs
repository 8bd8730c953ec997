//! The exceptions of the key service, with AWS's sentences where one was ever seen.

use domain::limits;
use wire::{ApiError, Fault};

use crate::policy::PolicyError;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no key with this ARN.
    #[error("Key '{0}' does not exist")]
    NoKey(String),
    /// There is no alias with this ARN.
    #[error("Alias {0} is not found.")]
    NoAlias(String),
    /// What was named cannot be a key.
    #[error("Invalid keyId '{0}'")]
    NoKeyId(String),
    /// The ARN is of something else, or of another region.
    #[error("Invalid arn {0}")]
    Arn(String),
    /// The key with this ARN is disabled.
    #[error("{0} is disabled.")]
    Disabled(String),
    /// The key with this ARN is to be destroyed.
    #[error("{0} is pending deletion.")]
    PendingDeletion(String),
    /// The key with this ARN is not to be destroyed.
    #[error("{0} is not pending deletion.")]
    NotPendingDeletion(String),
    /// The key with this ARN is looked after by the server.
    #[error("{0} is managed by AWS: it is used through its service only, and cannot be changed.")]
    Managed(String),
    /// What is to be decrypted was not encrypted here, or was changed, or with another context.
    #[error("ciphertext cannot be opened")]
    Ciphertext,
    /// It was encrypted with another key than the one that was named.
    #[error("The key ID in the request does not identify a CMK that can perform this operation.")]
    OtherKey,
    /// There is an alias with this ARN.
    #[error("An alias with the name {0} already exists")]
    Taken(String),
    /// A name that aliases cannot have.
    #[error("{0}")]
    AliasName(&'static str),
    /// There would be too much of it.
    #[error("{0}")]
    Limit(Limit),
    /// The policy is none.
    #[error("{0}")]
    Policy(#[from] PolicyError),
    /// The policy would not let the caller put another one in its place.
    #[error("The new key policy will not allow you to update the key policy in the future.")]
    Lockout,
    /// Tags that cannot be.
    #[error("{0}")]
    Tag(&'static str),
    /// A page that nobody was given.
    #[error("The marker is not valid.")]
    Marker,
    /// Something that AWS has and this server has not.
    #[error("{what} is not supported by this server: {instead}")]
    Unsupported {
        /// The member and its value.
        what: &'static str,
        /// What works.
        instead: &'static str,
    },
    /// Members that do not go together.
    #[error("{0}")]
    Invalid(&'static str),
    /// All is well, and the caller wanted to know no more.
    #[error("dry run")]
    DryRun,
    /// Nothing was written, and the same call may succeed later.
    #[error("store is unavailable")]
    Unavailable(#[source] storage::Error),
    /// The store failed, or holds what it must not.
    #[error("store failed")]
    Store(#[source] storage::Error),
    /// Material that opened when the server started does not open any more.
    #[error("material of key {0} cannot be opened")]
    Sealed(String),
}

/// What there would be too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// Keys of an account in all regions.
    #[error("The number of keys of this account has reached its limit.")]
    Keys,
    /// Aliases of an account in all regions.
    #[error("The number of aliases of this account has reached its limit.")]
    Aliases,
    /// Rotations that were asked for.
    #[error("The on-demand rotations limit has been reached for the given keyId.")]
    Rotations,
    /// Bytes of a policy. No text of AWS was ever seen.
    #[error("The key policy is longer than {} bytes.", limits::KEY_POLICY_BYTES_MAX)]
    Policy,
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        use storage::Kind;
        match error.kind() {
            Kind::Unavailable | Kind::Full | Kind::Closed => Self::Unavailable(error),
            Kind::NotFound
            | Kind::Conflict
            | Kind::Indefinite
            | Kind::Refused
            | Kind::Damaged
            | Kind::Ended
            | Kind::Bug => Self::Store(error),
        }
    }
}

impl ApiError for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NoKey(_) | Self::NoAlias(_) | Self::NoKeyId(_) => "NotFoundException",
            Self::Arn(_) => "InvalidArnException",
            Self::Disabled(_) => "DisabledException",
            Self::PendingDeletion(_) | Self::NotPendingDeletion(_) => "KMSInvalidStateException",
            Self::Managed(_) => "AccessDeniedException",
            Self::Ciphertext => "InvalidCiphertextException",
            Self::OtherKey => "IncorrectKeyException",
            Self::Taken(_) => "AlreadyExistsException",
            Self::AliasName(_) => "InvalidAliasNameException",
            Self::Limit(_) => "LimitExceededException",
            Self::Policy(_) | Self::Lockout => "MalformedPolicyDocumentException",
            Self::Tag(_) => "TagException",
            Self::Marker => "InvalidMarkerException",
            Self::Unsupported { .. } => "UnsupportedOperationException",
            Self::Invalid(_) => "ValidationException",
            Self::DryRun => "DryRunOperationException",
            Self::Unavailable(_) | Self::Store(_) | Self::Sealed(_) => "KMSInternalException",
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Unavailable(_) | Self::Store(_) | Self::Sealed(_) => Fault::Server,
            Self::NoKey(_)
            | Self::NoAlias(_)
            | Self::NoKeyId(_)
            | Self::Arn(_)
            | Self::Disabled(_)
            | Self::PendingDeletion(_)
            | Self::NotPendingDeletion(_)
            | Self::Managed(_)
            | Self::Ciphertext
            | Self::OtherKey
            | Self::Taken(_)
            | Self::AliasName(_)
            | Self::Limit(_)
            | Self::Policy(_)
            | Self::Lockout
            | Self::Tag(_)
            | Self::Marker
            | Self::Unsupported { .. }
            | Self::Invalid(_)
            | Self::DryRun => Fault::Caller,
        }
    }

    fn public_message(&self) -> Option<String> {
        match self {
            // AWS says nothing of why.
            Self::Ciphertext | Self::Store(_) | Self::Sealed(_) => None,
            Self::DryRun => {
                Some("The request would have succeeded, but the DryRun option is set.".to_owned())
            }
            Self::Unavailable(_) => Some("The service is temporarily unavailable.".to_owned()),
            other => Some(other.to_string()),
        }
    }
}
