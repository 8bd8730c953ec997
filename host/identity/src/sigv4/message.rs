//! What the client reads when it is refused.
//!
//! The wording is AWS's where AWS has one. Never part of a message: secrets, derived keys, and the
//! canonical string that AWS appends for debugging (it would hand whoever probes the door the exact
//! text to sign).

use http::HeaderName;

use super::encoding::base64;
use super::rejection::{Bound, Parameter, QueryParameter, Rejection};
use super::time::{bound_in_message, in_message};
use super::{ALGORITHM, EXPIRES_SECONDS_MAX, SKEW_MINUTES_MAX, TERMINATOR};

impl Rejection {
    /// The text for the client, to be sent with [`Rejection::code`].
    pub fn public_message(&self) -> String {
        match self {
            Self::MissingAuthenticationToken => "Missing Authentication Token".into(),
            Self::TwoCredentials => TWO_CREDENTIALS.into(),
            Self::SignatureVersion2 => SIGNATURE_VERSION_2.into(),
            Self::QueryParameter { parameter } => {
                format!("Query-string parameter '{}' must be there once.", parameter.name())
            }
            Self::QueryIncomplete { missing } => query_incomplete(missing),
            Self::ExpiresMalformed { got } => format!(
                "X-Amz-Expires must be a number of seconds from 1 to {EXPIRES_SECONDS_MAX}, not '{got}'."
            ),
            Self::TwoPlaces { name } => format!(
                "Found the header '{name}' beside credentials in the query string, where it belongs."
            ),
            Self::PresignedExpired { signed_at_s, now_s, expires_s } => {
                presigned_expired(*signed_at_s, *now_s, *expires_s)
            }
            Self::RepeatedHeader { name } => format!("Found more than one '{name}' header."),
            Self::HostConflict => "The 'Host' header differs from ':authority'.".into(),
            Self::TooLarge { what, max } => what.message(*max),
            Self::QueryMalformed => "The query string contains a syntax error.".into(),
            Self::UnsupportedAlgorithm { got } => {
                format!("Unsupported AWS 'algorithm': '{got}' (only {ALGORITHM} for now).")
            }
            Self::NotPairs { authorization_sha256 } => format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with \
                 SHA-256 and encoded with Base64): '{}'.",
                base64(authorization_sha256)
            ),
            Self::RepeatedParameter { parameter } => {
                format!("Authorization header has more than one '{parameter:?}' parameter.")
            }
            Self::Incomplete { missing, authorization_sha256 } => {
                incomplete(missing, authorization_sha256)
            }
            Self::CredentialMalformed { got } => format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{got}'"
            ),
            Self::RegionMalformed { got } => {
                format!("Credential should be scoped to a valid region, not '{got}'.")
            }
            Self::ServiceMalformed { got } => {
                format!("Credential should be scoped to correct service, not '{got}'.")
            }
            Self::Terminator { got } => format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{got}'."
            ),
            Self::SignedHeadersMalformed => SIGNED_HEADERS_MALFORMED.into(),
            Self::DateMalformed { got } => format!(
                "Date must be in ISO-8601 'basic format'. Got '{got}'. See \
                 http://en.wikipedia.org/wiki/ISO_8601"
            ),
            Self::ScopeDate { scope, request } => format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date \
                 from HTTP: '{scope}' != '{}', from '{request}'.",
                request.get(..8).unwrap_or(request)
            ),
            Self::Expired { signed_at_s, now_s } => expired(*signed_at_s, *now_s),
            Self::NotYetCurrent { signed_at_s, now_s } => not_yet_current(*signed_at_s, *now_s),
            Self::UnsignedHeader { name } => must_be_signed(name),
            Self::SignedHeaderAbsent { .. }
            | Self::SignatureMalformed
            | Self::SignatureMismatch => SIGNATURE_MISMATCH.into(),
            Self::ContentSha256Malformed => CONTENT_SHA256_MALFORMED.into(),
            Self::ContentSha256Mismatch => CONTENT_SHA256_MISMATCH.into(),
            Self::SecurityTokenMalformed | Self::UnknownAccessKey => INVALID_TOKEN.into(),
        }
    }
}

const TWO_CREDENTIALS: &str =
    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.";

const SIGNATURE_VERSION_2: &str = "Missing Authentication Token: signature version 2 is not accepted, \
                                   sign with version 4.";

const SIGNED_HEADERS_MALFORMED: &str =
    "'SignedHeaders' must be a sorted list of distinct lower-case header names.";

const SIGNATURE_MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your \
     AWS Secret Access Key and signing method. Consult the service documentation for details.";

const CONTENT_SHA256_MALFORMED: &str = "x-amz-content-sha256 must be a valid sha256 value; \
                                        unsigned and streaming payloads are not accepted.";

const CONTENT_SHA256_MISMATCH: &str =
    "The provided 'x-amz-content-sha256' header does not match what was computed.";

const INVALID_TOKEN: &str = "The security token included in the request is invalid.";

impl Bound {
    fn message(self, max: usize) -> String {
        match self {
            Self::AuthorizationBytes => {
                format!("Authorization header must have length less than or equal to {max}.")
            }
            Self::SignedHeaders => {
                format!("'SignedHeaders' must have at most {max} elements.")
            }
            Self::QueryPairs => format!("The query string must have at most {max} parameters."),
            Self::UriBytes => format!("The URI must have length less than or equal to {max}."),
        }
    }
}

fn incomplete(missing: &[Parameter], authorization_sha256: &[u8; 32]) -> String {
    let mut message = String::new();
    for parameter in missing {
        message.push_str(match parameter {
            Parameter::Credential => "Authorization header requires 'Credential' parameter. ",
            Parameter::Signature => "Authorization header requires 'Signature' parameter. ",
            Parameter::SignedHeaders => "Authorization header requires 'SignedHeaders' parameter. ",
            Parameter::Date => {
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header. "
            }
        });
    }
    let digest = base64(authorization_sha256);
    message + "(Hashed with SHA-256 and encoded with Base64) Authorization=" + &digest
}

fn query_incomplete(missing: &[QueryParameter]) -> String {
    let mut message = String::new();
    for parameter in missing {
        let name = parameter.name();
        message += &format!("AWS query-string parameters must include '{name}'. ");
    }
    message + "Re-examine the query-string parameters."
}

fn presigned_expired(signed_at_s: i64, now_s: i64, expires_s: i64) -> String {
    let (signed_at, now) = (in_message(signed_at_s), in_message(now_s));
    let earliest = in_message(now_s.saturating_sub(expires_s));
    let span = match expires_s % 60 {
        0 => format!("{} min.", expires_s / 60),
        _ => format!("{expires_s} sec."),
    };
    format!("Signature expired: {signed_at} is now earlier than {earliest} ({now} - {span})")
}

fn expired(signed_at_s: i64, now_s: i64) -> String {
    let (signed_at, now) = (in_message(signed_at_s), in_message(now_s));
    let earliest = bound_in_message(now_s, -1);
    format!(
        "Signature expired: {signed_at} is now earlier than {earliest} \
         ({now} - {SKEW_MINUTES_MAX} min.)"
    )
}

fn not_yet_current(signed_at_s: i64, now_s: i64) -> String {
    let (signed_at, now) = (in_message(signed_at_s), in_message(now_s));
    let latest = bound_in_message(now_s, 1);
    format!(
        "Signature not yet current: {signed_at} is still later than {latest} \
         ({now} + {SKEW_MINUTES_MAX} min.)"
    )
}

fn must_be_signed(name: &HeaderName) -> String {
    let shown = match name.as_str() {
        "host" => "'Host' or ':authority'",
        other => return format!("'{other}' must be a 'SignedHeader' in the AWS Authorization."),
    };
    format!("{shown} must be a 'SignedHeader' in the AWS Authorization.")
}
