//! What an API error must tell, and the one value that every failure ends as.
//!
//! A service has one error enum whose variants are the AWS exceptions; [`ApiError`] says for each what the
//! caller is told. Sources stay inside: they are logged at the door and never rendered.

use std::borrow::Cow;

/// Whose fault it is; decides the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is wrong: 400 unless the exception says otherwise.
    Caller,
    /// Too much at once: 400 as well (Kinesis does not use 429), but a retry makes sense.
    Throttle,
    /// We failed: 500.
    Server,
}

/// An exception of a service's model.
pub trait ApiError: std::error::Error + Send + Sync + 'static {
    /// The exception's name: `ResourceNotFoundException`.
    fn code(&self) -> &'static str;
    /// Whose fault it is.
    fn fault(&self) -> Fault;
    /// What the caller is told; `None` where AWS says nothing.
    fn public_message(&self) -> Option<String>;
    /// The HTTP status, if it is not the one that the fault decides.
    fn status(&self) -> Option<u16> {
        None
    }
    /// What REST-JSON tells besides.
    fn details(&self) -> Details {
        Details::default()
    }
}

/// What an exception of a REST-JSON model has besides its name and text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Whether the model writes the member of the text with a capital: models do as they like.
    pub capital_message: bool,
    /// Further members of the body.
    pub members: Vec<(&'static str, String)>,
    /// Headers: `Retry-After`.
    pub headers: Vec<(&'static str, String)>,
}

/// A request's failure, ready to be rendered.
#[derive(Debug)]
pub struct Failure {
    /// The HTTP status.
    pub status: u16,
    /// The exception's name.
    pub code: Cow<'static, str>,
    /// What the caller is told, if anything.
    pub message: Option<String>,
    /// Whose fault it is, if it is an exception of a model.
    pub fault: Option<Fault>,
    /// What REST-JSON tells besides. Boxed, because few failures have any and all are moved around.
    pub details: Option<Box<Details>>,
    /// What lies beneath; for the log only.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Failure {
    /// A 400 that is no exception of a model.
    pub fn caller(code: &'static str, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..Self::bare(code) }
    }

    /// A 400 that says nothing but its name.
    pub fn bare(code: &'static str) -> Self {
        Self {
            status: 400,
            code: code.into(),
            message: None,
            fault: None,
            details: None,
            source: None,
        }
    }

    /// Our own failure: a 500 that shows nothing of its source.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { status: 500, source: Some(source.into()), ..Self::bare("InternalFailure") }
    }

    /// The members could not be read; the text is one of AWS's.
    pub fn serialization(message: impl Into<String>) -> Self {
        Self::caller("SerializationException", message)
    }
}

impl<E: ApiError> From<E> for Failure {
    fn from(error: E) -> Self {
        let fault = error.fault();
        let status = error.status().unwrap_or(match fault {
            Fault::Caller | Fault::Throttle => 400,
            Fault::Server => 500,
        });
        Self {
            status,
            code: error.code().into(),
            message: error.public_message(),
            fault: Some(fault),
            details: Some(error.details())
                .filter(|details| *details != Details::default())
                .map(Box::new),
            source: Some(Box::new(error)),
        }
    }
}
