//! The body of a failure in AWS JSON and in CBOR.

use serde::Serialize;

use crate::Failure;

/// `{"__type":"ResourceNotFoundException","message":"..."}`
#[derive(Debug, Serialize)]
pub(super) struct Body<'a> {
    #[serde(rename = "__type")]
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    // AWS writes one exception's text with a capital.
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    capital_message: Option<&'a str>,
}

impl<'a> Body<'a> {
    pub(super) fn of(failure: &'a Failure) -> Self {
        let text = failure.message.as_deref();
        let capital = failure.code == "SerializationException";
        let (message, capital_message) = if capital { (None, text) } else { (text, None) };
        Self { code: &failure.code, message, capital_message }
    }
}
