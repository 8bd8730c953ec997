//! How members are written on the wire.

mod aws_json;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// A way of writing, as the request's content type names it; the reply is written the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `application/x-amz-json-1.1`.
    AwsJson11,
}

impl Protocol {
    /// The protocol of a request's content type, parameters left out.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case(aws_json::CONTENT_TYPE).then_some(Self::AwsJson11)
    }

    /// What the reply's `Content-Type` says.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::AwsJson11 => aws_json::CONTENT_TYPE,
        }
    }

    /// Reads members.
    ///
    /// # Errors
    /// `SerializationException`, with AWS's text for a member of the wrong type.
    pub fn decode<'a, T: Deserialize<'a>>(self, body: &'a [u8]) -> Result<T, Failure> {
        match self {
            Self::AwsJson11 => aws_json::decode(body),
        }
    }

    /// Writes members.
    ///
    /// # Errors
    /// A 500 if an output cannot be written, which is a bug.
    pub fn encode<T: Serialize>(self, output: &T) -> Result<Bytes, Failure> {
        match self {
            Self::AwsJson11 => aws_json::encode(output),
        }
    }

    /// Writes a failure's body.
    pub fn encode_failure(self, failure: &Failure) -> Bytes {
        match self {
            Self::AwsJson11 => aws_json::encode_failure(failure),
        }
    }
}
