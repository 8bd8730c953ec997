//! The exceptions of the operations on accounts, users, roles, keys and secrets: those of IAM, where it has one.

use domain::{AccountId, limits};
use wire::{ApiError, Fault};

use crate::policy::PolicyError;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing.
    #[error("{0}")]
    Missing(Missing),
    /// There is one already.
    #[error("{0}")]
    Taken(Taken),
    /// There would be too much of it.
    #[error("{0}")]
    Limit(Limit),
    /// The policy is none.
    #[error("{0}")]
    Policy(#[from] PolicyError),
    /// The trust policy is none.
    #[error("{0}")]
    Trust(&'static str),
    /// The call makes no sense.
    #[error("{0}")]
    Invalid(&'static str),
    /// The secret part cannot be read: it was sealed with another host key.
    #[error("secret was sealed with another host key")]
    Sealed,
    /// Nothing was written, and the same call may succeed later.
    #[error("store is unavailable")]
    Unavailable(#[source] storage::Error),
    /// The store failed, or holds what it must not.
    #[error("store failed")]
    Store(#[source] storage::Error),
}

/// What is not there. The sentences are those of IAM, for what it has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// An account.
    #[error("The account with id {0} cannot be found.")]
    Account(AccountId),
    /// A user.
    #[error("The user with name {0} cannot be found.")]
    User(String),
    /// A role.
    #[error("The role with name {0} cannot be found.")]
    Role(String),
    /// A policy of a user or a role.
    #[error("The {holder} policy with name {name} cannot be found.")]
    Policy {
        /// `user` or `role`.
        holder: &'static str,
        /// The policy's name.
        name: String,
    },
    /// An access key.
    #[error("The Access Key with id {0} cannot be found.")]
    Key(String),
    /// A secret.
    #[error("The secret with name {0} cannot be found.")]
    Secret(String),
}

/// What is there already.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// An account.
    #[error("Account with id {0} already exists.")]
    Account(AccountId),
    /// A user.
    #[error("User with name {0} already exists.")]
    User(String),
    /// A role.
    #[error("Role with name {0} already exists.")]
    Role(String),
}

/// What there would be too much of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// Accounts.
    #[error("Cannot exceed quota for Accounts: {}", limits::ACCOUNTS_MAX)]
    Accounts,
    /// Users.
    #[error("Cannot exceed quota for UsersPerAccount: {}", limits::ACCOUNT_USERS_MAX)]
    Users,
    /// Roles.
    #[error("Cannot exceed quota for RolesPerAccount: {}", limits::ACCOUNT_ROLES_MAX)]
    Roles,
    /// Secrets.
    #[error("Cannot exceed quota for SecretsPerAccount: {}", limits::ACCOUNT_SECRETS_MAX)]
    Secrets,
    /// Keys of one user or root.
    #[error("Cannot exceed quota for AccessKeysPerUser: {}", limits::PRINCIPAL_KEYS_MAX)]
    Keys,
    /// Policies of one user or role.
    #[error(
        "Maximum policy size of {} bytes exceeded for {holder} {name}",
        limits::PRINCIPAL_POLICIES_CHARS_MAX
    )]
    Policies {
        /// `user` or `role`.
        holder: &'static str,
        /// Its name.
        name: String,
    },
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        use storage::Kind;
        match error.kind() {
            Kind::Unavailable | Kind::Full | Kind::Closed => Self::Unavailable(error),
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

impl ApiError for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "NoSuchEntityException",
            Self::Taken(_) => "EntityAlreadyExistsException",
            Self::Limit(_) => "LimitExceededException",
            Self::Policy(_) | Self::Trust(_) => "MalformedPolicyDocumentException",
            Self::Invalid(_) => "InvalidInputException",
            Self::Unavailable(_) => "ServiceUnavailable",
            Self::Sealed | Self::Store(_) => "InternalFailure",
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::Missing(_)
            | Self::Taken(_)
            | Self::Limit(_)
            | Self::Policy(_)
            | Self::Trust(_)
            | Self::Invalid(_) => Fault::Caller,
            Self::Sealed | Self::Unavailable(_) | Self::Store(_) => Fault::Server,
        }
    }

    fn public_message(&self) -> Option<String> {
        match self {
            Self::Missing(_)
            | Self::Taken(_)
            | Self::Limit(_)
            | Self::Policy(_)
            | Self::Trust(_)
            | Self::Invalid(_) => Some(self.to_string()),
            Self::Unavailable(_) => Some("The service is temporarily unavailable.".to_owned()),
            Self::Sealed | Self::Store(_) => None,
        }
    }
}
