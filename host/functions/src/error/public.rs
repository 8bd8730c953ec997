//! What a caller is told.

use wire::{ApiError, Details, Fault};

use super::Error;

impl ApiError for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "ResourceNotFoundException",
            Self::Taken(_) => "ResourceConflictException",
            Self::Invalid(_) | Self::Token => "InvalidParameterValueException",
            Self::Content(_) => "InvalidRequestContentException",
            Self::TooLarge(_) => "RequestTooLargeException",
            Self::Revision(_) => "PreconditionFailedException",
            Self::PolicyLength(_) => "PolicyLengthExceededException",
            Self::InUse => "ResourceInUseException",
            Self::Busy(_) => "TooManyRequestsException",
            Self::CodeStorage => "CodeStorageExceededException",
            Self::AliasCount => "AliasLimitExceededException",
            Self::NotRun(_)
            | Self::Unavailable(_)
            | Self::Store(_)
            | Self::Stream(_)
            | Self::Consumer(_)
            | Self::NoRoom(_) => "ServiceException",
        }
    }

    fn fault(&self) -> Fault {
        match self {
            Self::NotFound(_)
            | Self::Taken(_)
            | Self::Invalid(_)
            | Self::Token
            | Self::Content(_)
            | Self::TooLarge(_)
            | Self::Revision(_)
            | Self::PolicyLength(_)
            | Self::InUse
            | Self::CodeStorage
            | Self::AliasCount => Fault::Caller,
            Self::Busy(_) => Fault::Throttle,
            Self::NotRun(_)
            | Self::Unavailable(_)
            | Self::Store(_)
            | Self::Stream(_)
            | Self::Consumer(_)
            | Self::NoRoom(_) => Fault::Server,
        }
    }

    fn status(&self) -> Option<u16> {
        match self {
            Self::NotFound(_) => Some(404),
            Self::Taken(_) => Some(409),
            // As Lambda's model has it, unlike those of other services.
            Self::InUse => Some(400),
            Self::Revision(_) => Some(412),
            Self::Busy(_) => Some(429),
            Self::TooLarge(_) => Some(413),
            Self::Invalid(_)
            | Self::Token
            | Self::Content(_)
            | Self::PolicyLength(_)
            | Self::CodeStorage
            | Self::AliasCount
            | Self::NotRun(_)
            | Self::Unavailable(_)
            | Self::Store(_)
            | Self::Stream(_)
            | Self::Consumer(_)
            | Self::NoRoom(_) => None,
        }
    }

    fn public_message(&self) -> Option<String> {
        Some(match self {
            Self::NotFound(missing) => missing.to_string(),
            Self::Taken(taken) => taken.to_string(),
            Self::Invalid(invalid) => invalid.to_string(),
            Self::Token => "Invalid Marker.".to_owned(),
            Self::Content(text) => text.clone(),
            Self::TooLarge(bytes) => {
                let max = domain::limits::EVENT_BYTES_MAX;
                format!(
                    "{bytes} byte payload is too large for the Event invocation type (limit {max} bytes)"
                )
            }
            Self::Revision(what) => {
                let told_by = what.told_by();
                format!(
                    "The Revision Id provided does not match the latest Revision Id. Call the {told_by} API to \
                     retrieve the latest Revision Id"
                )
            }
            Self::PolicyLength(bytes) => {
                let max = domain::limits::FUNCTION_POLICY_BYTES_MAX;
                format!("The final policy size ({bytes}) is bigger than the limit ({max}).")
            }
            Self::InUse => {
                "Cannot update the event source mapping because it is in use.".to_owned()
            }
            Self::Busy(_) => "Rate Exceeded.".to_owned(),
            Self::CodeStorage => "Code storage limit exceeded.".to_owned(),
            Self::AliasCount => {
                let max = domain::limits::FUNCTION_ALIASES_MAX;
                format!("A function may have at most {max} aliases.")
            }
            Self::NotRun(why) => format!("The function was not run: {why}"),
            Self::Unavailable(error) if error.kind() == storage::Kind::Full => {
                "The disk of this server is nearly full: nothing new is taken until there is room."
                    .to_owned()
            }
            Self::Unavailable(_) => "The service is temporarily unavailable.".to_owned(),
            Self::Store(_) | Self::Stream(_) | Self::Consumer(_) | Self::NoRoom(_) => return None,
        })
    }

    fn details(&self) -> Details {
        let capital_message = matches!(
            self.code(),
            "ResourceNotFoundException" | "ResourceInUseException" | "ServiceException"
        );
        let mut details = Details { capital_message, ..Details::default() };
        if let Self::Busy(scarce) = self {
            details.members.push(("Reason", scarce.reason().to_owned()));
            details.headers.push(("Retry-After", "1".to_owned()));
        }
        details
    }
}
