//! The exceptions of the service.

/// Why the service did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing that the caller can do about.
    #[error("failed inside")]
    Internal(#[from] storage::Error),
}
