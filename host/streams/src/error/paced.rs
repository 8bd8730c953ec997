//! Who calls too often.

use domain::AccountId;

use super::Named;

/// Whose rate of calls is used up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Paced {
    /// That of calls that are about a stream.
    #[error("Rate exceeded for stream {0}.")]
    Stream(Named),
    /// That of others.
    #[error("Rate exceeded for account {0}.")]
    Account(AccountId),
}
