//! What the key service says, as data streams tell it.

use identity::kms;
use wire::{ApiError, Fault};

use super::Error;

impl From<kms::Error> for Error {
    fn from(error: kms::Error) -> Self {
        match error {
            kms::Error::Unavailable(error) => Self::Unavailable(error),
            kms::Error::Store(error) => Self::Store(error),
            other => Self::Key(Box::new(other)),
        }
    }
}

/// The exception.
pub(super) fn code(error: &kms::Error) -> &'static str {
    match error {
        kms::Error::NoKey(_)
        | kms::Error::NoAlias(_)
        | kms::Error::NoKeyId(_)
        | kms::Error::Arn(_) => "KMSNotFoundException",
        kms::Error::Disabled(_) => "KMSDisabledException",
        kms::Error::Managed(_) => "KMSAccessDeniedException",
        other if other.fault() == Fault::Server => "InternalFailure",
        _ => "KMSInvalidStateException",
    }
}
