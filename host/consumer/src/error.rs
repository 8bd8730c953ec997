//! Why a consumer could not be made, started or forgotten.

use domain::ShardId;

use crate::settings::InvalidSettings;

/// The result of anything the engine does for its callers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a consumer could not be made, started or forgotten.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The stream was deleted, or cannot be read.
    #[error("stream cannot be read")]
    Stream(#[from] streams::Error),
    /// The store does not take or give the progress.
    #[error("progress cannot be stored or read")]
    Store(#[from] storage::Error),
    /// There is progress under this number already.
    #[error("consumer has begun already")]
    Begun,
    /// The consumer was never begun, or was forgotten.
    #[error("consumer has not begun")]
    NotBegun,
    /// Progress is not what it was when it was written.
    #[error("progress of {0} is damaged: {1}")]
    Damaged(ShardId, String),
    /// A setting is out of bounds, or contradicts another.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
}
