//! How members are written on the wire.

mod aws_cbor;
mod aws_json;
mod failure;
mod rest_json;
mod rpc_cbor;
mod told;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::query;

pub(crate) use told::told;

/// A way of writing; the reply is written as the request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `application/x-amz-json-1.0`; the request's content type says so.
    AwsJson10,
    /// `application/x-amz-json-1.1`; the request's content type says so.
    AwsJson11,
    /// `application/x-amz-cbor-1.1`; the request's content type says so.
    AwsCbor11,
    /// REST-JSON; the request's path says so.
    RestJson,
    /// Smithy's RPC v2 with CBOR; the request's path and `Smithy-Protocol` say so.
    RpcV2Cbor,
    /// The query form; the request's content type says so.
    Query(&'static query::Form),
}

impl Protocol {
    /// The protocols that a content type names.
    pub const NAMED: [Self; 3] = [Self::AwsJson11, Self::AwsCbor11, Self::AwsJson10];

    /// The protocol that a request's content type names, parameters left out.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        Self::NAMED.into_iter().find(|named| kind.eq_ignore_ascii_case(named.content_type()))
    }

    /// What the reply's `Content-Type` says.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::AwsJson10 => "application/x-amz-json-1.0",
            Self::AwsJson11 => "application/x-amz-json-1.1",
            Self::AwsCbor11 => "application/x-amz-cbor-1.1",
            Self::RestJson => "application/json",
            Self::RpcV2Cbor => "application/cbor",
            Self::Query(_) => "text/xml",
        }
    }

    /// Headers that every answer has besides.
    pub fn headers(self) -> Vec<(&'static str, String)> {
        match self {
            Self::RpcV2Cbor => vec![("smithy-protocol", "rpc-v2-cbor".to_owned())],
            Self::AwsJson10
            | Self::AwsJson11
            | Self::AwsCbor11
            | Self::RestJson
            | Self::Query(_) => Vec::new(),
        }
    }

    /// Whether a body is needed, so that an empty one is refused.
    pub const fn needs_body(self) -> bool {
        match self {
            Self::AwsJson10 | Self::AwsJson11 | Self::AwsCbor11 => true,
            Self::RestJson | Self::RpcV2Cbor | Self::Query(_) => false,
        }
    }

    /// The status of a refusal where the signature does not hold or the policy does not allow the call.
    pub const fn refusal_status(self) -> u16 {
        match self {
            Self::AwsJson10 | Self::AwsJson11 | Self::AwsCbor11 | Self::RpcV2Cbor => 400,
            Self::RestJson | Self::Query(_) => 403,
        }
    }

    /// Reads members.
    ///
    /// # Errors
    /// `SerializationException`, with AWS's text for a member of the wrong type.
    pub fn decode<'a, T: Deserialize<'a>>(self, body: &'a [u8]) -> Result<T, Failure> {
        match self {
            Self::AwsJson10 | Self::AwsJson11 | Self::RestJson => aws_json::decode(body),
            Self::AwsCbor11 => aws_cbor::decode(body),
            Self::RpcV2Cbor => rpc_cbor::decode(body),
            Self::Query(_) => query::decode(body),
        }
    }

    /// Writes members; an output without members is an empty body, as on AWS. What the query form says of the call
    /// besides is left empty: see [`Protocol::encode_reply`].
    ///
    /// # Errors
    /// A 500 if an output cannot be written, which is a bug.
    pub fn encode<T: Serialize>(self, output: &T) -> Result<Bytes, Failure> {
        self.encode_reply("", "", output)
    }

    /// Writes the members of the answer to a call of `operation`.
    ///
    /// # Errors
    /// As [`Protocol::encode`].
    pub fn encode_reply<T: Serialize>(
        self,
        operation: &str,
        request_id: &str,
        output: &T,
    ) -> Result<Bytes, Failure> {
        match self {
            Self::AwsJson10 | Self::AwsJson11 | Self::RestJson => aws_json::encode(output),
            Self::AwsCbor11 => aws_cbor::encode(output),
            Self::RpcV2Cbor => rpc_cbor::encode(output),
            Self::Query(form) => query::encode(form, operation, request_id, output),
        }
    }

    /// Writes the body of the failure of a call.
    pub fn encode_failure(self, failure: &Failure, request_id: &str) -> Bytes {
        match self {
            Self::AwsJson10 | Self::AwsJson11 => aws_json::encode_failure(failure),
            Self::AwsCbor11 | Self::RpcV2Cbor => aws_cbor::encode_failure(failure),
            Self::RestJson => rest_json::encode_failure(failure),
            Self::Query(form) => query::encode_failure(form, failure, request_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_name_protocols_whatever_their_case_and_parameters() {
        for protocol in Protocol::NAMED {
            let kind = protocol.content_type();
            for text in [kind.to_owned(), format!(" {} ; charset=utf-8", kind.to_uppercase())] {
                assert_eq!(Protocol::of_content_type(&text), Some(protocol), "{text}");
            }
        }
        for text in ["", "application/json", "application/cbor", "application/x-amz-cbor-1.0"] {
            assert_eq!(Protocol::of_content_type(text), None, "{text}");
        }
    }
}
