//! What an API error must tell, and the one value that every failure ends as.
//!
//! A service has one error enum whose variants are the AWS exceptions; [`ApiError`] says for each what the
//! caller is told. Sources stay inside: they are logged at the door and never rendered.

use std::borrow::Cow;

/// Whose fault it is; decides the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is wrong: 400.
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
    /// What lies beneath; for the log only.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Failure {
    /// A 400 that is no exception of a model.
    pub fn caller(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.into(), message: Some(message.into()), source: None }
    }

    /// A 400 that says nothing but its name.
    pub fn bare(code: &'static str) -> Self {
        Self { status: 400, code: code.into(), message: None, source: None }
    }

    /// Our own failure: a 500 that shows nothing of its source.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source = Some(source.into());
        Self { status: 500, code: "InternalFailure".into(), message: None, source }
    }

    /// The members could not be read; the text is one of AWS's.
    pub fn serialization(message: impl Into<String>) -> Self {
        Self::caller("SerializationException", message)
    }
}

impl<E: ApiError> From<E> for Failure {
    fn from(error: E) -> Self {
        let status = match error.fault() {
            Fault::Caller | Fault::Throttle => 400,
            Fault::Server => 500,
        };
        let message = error.public_message();
        Self { status, code: error.code().into(), message, source: Some(Box::new(error)) }
    }
}
