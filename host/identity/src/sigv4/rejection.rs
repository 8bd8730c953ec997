//! Why a request was not accepted.
//!
//! Each variant carries the facts, [`Rejection::code`] and [`Rejection::public_message`] carry
//! AWS's words for them, because clients and their users match on both.

use http::HeaderName;

/// A refused request; `Display` is for our own log, [`Rejection::public_message`] for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("no SigV4 credentials in the request")]
    MissingAuthenticationToken,
    #[error("credentials in the header and in the query")]
    TwoCredentials,
    #[error("credentials of signature version 2 in the query")]
    SignatureVersion2,
    #[error("query parameter {parameter:?} given twice or spelt otherwise")]
    QueryParameter { parameter: QueryParameter },
    #[error("query lacks {missing:?}")]
    QueryIncomplete { missing: Vec<QueryParameter> },
    #[error("X-Amz-Expires is {got:?}")]
    ExpiresMalformed { got: Box<str> },
    #[error("header {name} given beside credentials in the query")]
    TwoPlaces { name: HeaderName },
    #[error("presigned request of {signed_at_s} for {expires_s} s is over at {now_s}")]
    PresignedExpired { signed_at_s: i64, now_s: i64, expires_s: i64 },
    #[error("header {name} given more than once")]
    RepeatedHeader { name: HeaderName },
    #[error("host header differs from the request's authority")]
    HostConflict,
    #[error("{what:?} exceeds {max}")]
    TooLarge { what: Bound, max: usize },
    #[error("query has a malformed percent escape")]
    QueryMalformed,
    #[error("algorithm {got:?} is not supported")]
    UnsupportedAlgorithm { got: Box<str> },
    #[error("authorization header is not a list of key=value pairs")]
    NotPairs { authorization_sha256: [u8; 32] },
    #[error("authorization parameter {parameter:?} given twice")]
    RepeatedParameter { parameter: Parameter },
    #[error("authorization lacks {missing:?}")]
    Incomplete { missing: Vec<Parameter>, authorization_sha256: [u8; 32] },
    #[error("credential {got:?} has not five elements")]
    CredentialMalformed { got: Box<str> },
    #[error("credential has a malformed region {got:?}")]
    RegionMalformed { got: Box<str> },
    #[error("credential has a malformed service {got:?}")]
    ServiceMalformed { got: Box<str> },
    #[error("credential ends in {got:?}")]
    Terminator { got: Box<str> },
    #[error("signed headers are not a sorted list of lower-case names")]
    SignedHeadersMalformed,
    #[error("signature is not 64 hexadecimal digits")]
    SignatureMalformed,
    #[error("request date {got:?} cannot be read")]
    DateMalformed { got: Box<str> },
    #[error("scope is of {scope:?}, the request of {request:?}")]
    ScopeDate { scope: Box<str>, request: Box<str> },
    #[error("signature of {signed_at_s} is too old at {now_s}")]
    Expired { signed_at_s: i64, now_s: i64 },
    #[error("signature of {signed_at_s} lies in the future at {now_s}")]
    NotYetCurrent { signed_at_s: i64, now_s: i64 },
    #[error("header {name} is not signed")]
    UnsignedHeader { name: HeaderName },
    #[error("signed header {name} is not in the request")]
    SignedHeaderAbsent { name: HeaderName },
    #[error("x-amz-content-sha256 is not a digest")]
    ContentSha256Malformed,
    #[error("body differs from x-amz-content-sha256")]
    ContentSha256Mismatch,
    #[error("signature does not match")]
    SignatureMismatch,
    #[error("security token is not visible ASCII")]
    SecurityTokenMalformed,
    #[error("access key id is not known")]
    UnknownAccessKey,
}

/// What a request can have too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    AuthorizationBytes,
    SignedHeaders,
    QueryPairs,
    UriBytes,
}

/// What an `Authorization` header must bring, in the order in which AWS lists what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    Credential,
    Signature,
    SignedHeaders,
    /// Not in the header itself: `x-amz-date` or `Date` beside it.
    Date,
}

/// What a presigned request has in its query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryParameter {
    Algorithm,
    Credential,
    Signature,
    SignedHeaders,
    Date,
    Expires,
    SecurityToken,
    ContentSha256,
}

impl QueryParameter {
    pub(super) const ALL: [Self; 8] = [
        Self::Algorithm,
        Self::Credential,
        Self::Signature,
        Self::SignedHeaders,
        Self::Date,
        Self::Expires,
        Self::SecurityToken,
        Self::ContentSha256,
    ];

    /// In the order in which AWS lists what is missing.
    pub(super) const REQUIRED: [Self; 6] = [
        Self::Algorithm,
        Self::Credential,
        Self::Signature,
        Self::SignedHeaders,
        Self::Date,
        Self::Expires,
    ];

    /// As it is spelt.
    pub fn name(self) -> &'static str {
        match self {
            Self::Algorithm => "X-Amz-Algorithm",
            Self::Credential => "X-Amz-Credential",
            Self::Signature => "X-Amz-Signature",
            Self::SignedHeaders => "X-Amz-SignedHeaders",
            Self::Date => "X-Amz-Date",
            Self::Expires => "X-Amz-Expires",
            Self::SecurityToken => "X-Amz-Security-Token",
            Self::ContentSha256 => "X-Amz-Content-Sha256",
        }
    }
}

impl Rejection {
    /// The error code on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingAuthenticationToken | Self::SignatureVersion2 => {
                "MissingAuthenticationTokenException"
            }
            Self::NotPairs { .. }
            | Self::RepeatedParameter { .. }
            | Self::Incomplete { .. }
            | Self::QueryParameter { .. }
            | Self::QueryIncomplete { .. }
            | Self::ExpiresMalformed { .. }
            | Self::UnsupportedAlgorithm { .. }
            | Self::CredentialMalformed { .. }
            | Self::SignedHeadersMalformed
            | Self::DateMalformed { .. } => "IncompleteSignatureException",
            Self::TooLarge { what: Bound::AuthorizationBytes | Bound::SignedHeaders, .. } => {
                "IncompleteSignatureException"
            }
            Self::TooLarge { what: Bound::QueryPairs | Bound::UriBytes, .. }
            | Self::QueryMalformed => "MalformedQueryString",
            Self::TwoCredentials
            | Self::TwoPlaces { .. }
            | Self::PresignedExpired { .. }
            | Self::RepeatedHeader { .. }
            | Self::HostConflict
            | Self::RegionMalformed { .. }
            | Self::ServiceMalformed { .. }
            | Self::Terminator { .. }
            | Self::SignatureMalformed
            | Self::ScopeDate { .. }
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::UnsignedHeader { .. }
            | Self::SignedHeaderAbsent { .. }
            | Self::ContentSha256Malformed
            | Self::ContentSha256Mismatch
            | Self::SignatureMismatch => "InvalidSignatureException",
            Self::SecurityTokenMalformed | Self::UnknownAccessKey => "UnrecognizedClientException",
        }
    }
}

/// A piece of the request that may be shown to its sender: short, and printable ASCII only.
pub(super) fn clip(text: &[u8]) -> Box<str> {
    const SHOWN_BYTES_MAX: usize = 128;
    let printable = |byte: &u8| {
        if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '?' }
    };
    text.iter().take(SHOWN_BYTES_MAX).map(printable).collect::<String>().into()
}
