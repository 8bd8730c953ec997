//! Why the operator does not get what was asked for.

use domain::AccountId;
use wire::{ApiError, Fault};

use crate::backup::SpoolError;

/// The exceptions of this API.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Somebody else asks.
    #[error("account {0} does not own this server")]
    NotOperator(AccountId),
    /// The backup is not to be had.
    #[error("{0}")]
    Spool(#[from] SpoolError),
    /// The disk tells nothing.
    #[error("the disk cannot be looked at")]
    Disk(#[source] std::io::Error),
    /// A file of the backup cannot be read.
    #[error("the backup cannot be read")]
    Read(#[source] std::io::Error),
}

impl ApiError for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NotOperator(_) => "AccessDeniedException",
            Self::Spool(SpoolError::Busy(_) | SpoolError::NotReady(_)) => "ResourceInUseException",
            Self::Spool(SpoolError::Absent(_) | SpoolError::NoFile(_)) => {
                "ResourceNotFoundException"
            }
            Self::Spool(SpoolError::NoRoom { .. }) => "LimitExceededException",
            Self::Spool(SpoolError::Folder(_)) | Self::Read(_) | Self::Disk(_) => "InternalFailure",
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::NotOperator(_)
            | Self::Spool(
                SpoolError::Busy(_)
                | SpoolError::NotReady(_)
                | SpoolError::Absent(_)
                | SpoolError::NoFile(_)
                | SpoolError::NoRoom { .. },
            ) => Fault::Caller,
            Self::Spool(SpoolError::Folder(_)) | Self::Read(_) | Self::Disk(_) => Fault::Server,
        }
    }

    fn public_message(&self) -> Option<String> {
        Some(match self {
            Self::NotOperator(_) => {
                "Only the account of the server's root key may ask this of the server.".to_owned()
            }
            // Whoever reads this owns the server, and is told why.
            Self::Spool(error) => stdx::Chain(error).to_string(),
            Self::Read(_) | Self::Disk(_) => stdx::Chain(self).to_string(),
        })
    }
}
