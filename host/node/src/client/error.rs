//! Why a call did not work, and what the user can do about it.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use identity::sigv4::SignError;
use serde::Deserialize;

/// A call that did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The server answered with an exception.
    #[error("{code} ({status}){}", suffix(.message))]
    Api { status: StatusCode, code: String, message: String },
    /// There is no connection to be had.
    #[error("cannot connect to {endpoint}")]
    Connect { endpoint: String, source: std::io::Error },
    /// There is a connection, but not to whom it must be.
    #[error("cannot trust {endpoint}")]
    Untrusted { endpoint: String, source: std::io::Error },
    /// The connection broke; whether the server did it is not known.
    #[error("connection broke before the reply was complete")]
    Transport(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No reply came; whether the server did it is not known.
    #[error("no reply within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The reply is not what the operation answers.
    #[error("reply cannot be read")]
    Malformed(#[source] serde_json::Error),
    /// The request cannot be signed.
    #[error("request cannot be signed")]
    Sign(#[from] SignError),
}

fn suffix(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

const THROTTLED: &[&str] = &[
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "ThrottlingException",
    "KMSThrottlingException",
    "TooManyRequestsException",
    "SlowDown",
];
/// Texts of a LimitExceededException that are no matter of pace: the same call is refused a second later, too.
const FOR_GOOD: &[&str] =
    &["UpdateShardCount cannot scale", "This request would exceed", "24 hours, which is the limit"];
const NOT_LET_IN: &[&str] = &[
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "InvalidClientTokenId",
    "IncompleteSignatureException",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
];

impl ClientError {
    /// The exception in a reply that is no success: its name is in a header or in the body.
    pub(super) fn from_reply(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Body {
            #[serde(rename = "__type")]
            kind: String,
            #[serde(alias = "Message")]
            message: String,
        }
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        let named = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let named = named.unwrap_or(&body.kind);
        // Some servers write the namespace before the name, or an address behind it.
        let code = named.split(':').next().unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default();
        let code = if code.is_empty() { "unknown error" } else { code };
        Self::Api { status, code: code.to_owned(), message: body.message }
    }

    /// The exception's name, if the server gave one.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Api { code, .. } => Some(code),
            _ => None,
        }
    }

    /// What the server says of it, if it refused.
    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Self::Api { message, .. } => Some(message),
            _ => None,
        }
    }

    /// Whether the server asks for less.
    pub(crate) fn is_throttling(&self) -> bool {
        let is_for_good = |message: &str| FOR_GOOD.iter().any(|text| message.contains(text));
        self.code().is_some_and(|code| THROTTLED.contains(&code))
            && !self.message().is_some_and(is_for_good)
    }

    /// Whether the same call may work later. It may then happen twice, as with every AWS client.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Self::Api { status, .. } => status.is_server_error() || self.is_throttling(),
            Self::Connect { .. } | Self::Transport(_) | Self::Timeout(_) => true,
            Self::Untrusted { .. } | Self::Malformed(_) | Self::Sign(_) => false,
        }
    }

    /// Whether it is unknown if the call was done.
    pub(crate) fn is_indefinite(&self) -> bool {
        match self {
            Self::Api { status, .. } => status.is_server_error(),
            Self::Transport(_) | Self::Timeout(_) | Self::Malformed(_) => true,
            Self::Connect { .. } | Self::Untrusted { .. } | Self::Sign(_) => false,
        }
    }

    /// What the user can do.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Untrusted { source, .. } => return super::trust::hint(source),
            Self::Connect { .. } => {
                "is the server running there? `shardmill serve --dev` starts one, `--endpoint` names another"
            }
            Self::Api { code, .. } if NOT_LET_IN.contains(&code.as_str()) => {
                "a key may be wrong, revoked, or of another server: ask whoever gave it. The operator's is in \
                 `root.credentials` in the server's data directory, for AWS_SHARED_CREDENTIALS_FILE; with --dev it \
                 is test/test"
            }
            // Lambda answers so, Kinesis with 400.
            Self::Api { status: StatusCode::NOT_FOUND, code, .. }
                if code == "ResourceNotFoundException" =>
            {
                "functions belong to an account and a region: check --region and the key; \
                 `shardmill functions list` shows what is there"
            }
            Self::Api { code, .. } if code == "ResourceNotFoundException" => {
                "streams belong to an account and a region: check --region and the key; \
                 `shardmill streams list` shows what is there"
            }
            Self::Api { code, .. } if code == "TooManyRequestsException" => {
                "more calls of functions run than may at once: try again"
            }
            Self::Api { message, .. } if message.contains("AccessKeysPerUser") => {
                "delete one of its keys first: `shardmill keys list`, then `shardmill keys delete ID`"
            }
            Self::Api { code, .. } if code == "ProvisionedThroughputExceededException" => {
                "the server holds the limits of AWS: use more shards, or start it with --no-limits"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn reply(status: u16, body: &str) -> ClientError {
        let status = StatusCode::from_u16(status).unwrap();
        ClientError::from_reply(status, &HeaderMap::new(), body.as_bytes())
    }

    fn rest_reply(status: StatusCode, code: &'static str, body: &str) -> ClientError {
        let code = HeaderValue::from_static(code);
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-amzn-errortype"), code)]);
        ClientError::from_reply(status, &headers, body.as_bytes())
    }

    #[test]
    fn shows_what_stands_in_headers() {
        let body = r#"{"Type":"User","Message":"Function not found: f"}"#;
        let error = rest_reply(StatusCode::NOT_FOUND, "ResourceNotFoundException:http://x/", body);
        let text = "ResourceNotFoundException (404 Not Found): Function not found: f";
        assert_eq!(error.to_string(), text);
        assert!(error.hint().unwrap().starts_with("functions belong"));
        let error = rest_reply(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "{}");
        assert!(error.is_throttling() && error.is_retryable() && !error.is_indefinite());
        assert!(!error.hint().unwrap().contains("shards"));
    }

    #[test]
    fn shows_code_and_message() {
        let body = r#"{"__type":"ResourceNotFoundException","message":"Stream s not found."}"#;
        let error = reply(400, body);
        assert_eq!(
            error.to_string(),
            "ResourceNotFoundException (400 Bad Request): Stream s not found."
        );
        assert!(error.hint().is_some());
        let error = reply(400, r#"{"__type":"a#SerializationException","Message":"M"}"#);
        assert_eq!(error.code(), Some("SerializationException"));
        let error = reply(502, "<html>");
        assert_eq!(error.to_string(), "unknown error (502 Bad Gateway)");
    }

    #[test]
    fn knows_what_to_try_again() {
        let throttled = reply(400, r#"{"__type":"ProvisionedThroughputExceededException"}"#);
        assert!(throttled.is_retryable() && throttled.is_throttling());
        assert!(!throttled.is_indefinite());
        let paced =
            r#"{"__type":"LimitExceededException","message":"Rate exceeded for stream s."}"#;
        assert!(reply(400, paced).is_retryable());
        let beyond = r#"{"__type":"LimitExceededException","message":"UpdateShardCount cannot scale up over double"}"#;
        assert!(!reply(400, beyond).is_retryable());
        let failed = reply(500, r#"{"__type":"InternalFailure"}"#);
        assert!(failed.is_retryable() && failed.is_indefinite());
        let refused = reply(400, r#"{"__type":"ValidationException"}"#);
        assert!(!refused.is_retryable() && !refused.is_indefinite());
    }
}
