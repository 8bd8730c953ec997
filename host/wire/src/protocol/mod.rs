//! How members are written on the wire.

mod aws_json;
mod rest_json;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// A way of writing; the reply is written as the request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `application/x-amz-json-1.1`; the request's content type says so.
    AwsJson11,
    /// REST-JSON; the request's path says so.
    RestJson,
}

impl Protocol {
    /// The protocol that a request's content type names, parameters left out.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case(aws_json::CONTENT_TYPE).then_some(Self::AwsJson11)
    }

    /// What the reply's `Content-Type` says.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::AwsJson11 => aws_json::CONTENT_TYPE,
            Self::RestJson => rest_json::CONTENT_TYPE,
        }
    }

    /// The status of an answer to somebody who is not who they say, or may not.
    pub const fn refusal_status(self) -> u16 {
        match self {
            Self::AwsJson11 => 400,
            Self::RestJson => 403,
        }
    }

    /// Reads members.
    ///
    /// # Errors
    /// `SerializationException`, with AWS's text for a member of the wrong type.
    pub fn decode<'a, T: Deserialize<'a>>(self, body: &'a [u8]) -> Result<T, Failure> {
        match self {
            Self::AwsJson11 | Self::RestJson => aws_json::decode(body),
        }
    }

    /// Writes members.
    ///
    /// # Errors
    /// A 500 if an output cannot be written, which is a bug.
    pub fn encode<T: Serialize>(self, output: &T) -> Result<Bytes, Failure> {
        match self {
            Self::AwsJson11 | Self::RestJson => aws_json::encode(output),
        }
    }

    /// Writes a failure's body.
    pub fn encode_failure(self, failure: &Failure) -> Bytes {
        match self {
            Self::AwsJson11 => aws_json::encode_failure(failure),
            Self::RestJson => rest_json::encode_failure(failure),
        }
    }
}
