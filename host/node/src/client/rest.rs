//! Requests to operations that are bound to a method and a path: those of Lambda.

#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};

use super::CALL_TIMEOUT;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A request, to be sent by [`super::Client::rest`].
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(super) service: &'static str,
    pub(super) method: Method,
    /// Path and query, encoded.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) timeout: Duration,
}

impl Rest {
    /// A request without a body. `path` has the segments as they are meant: they are encoded here, so that a
    /// name may have any characters.
    pub(crate) fn new(service: &'static str, method: Method, path: &[&str]) -> Self {
        let mut target = String::new();
        for segment in path {
            target.push('/');
            push_encoded(&mut target, segment);
        }
        let headers = HeaderMap::new();
        Self { service, method, target, headers, body: Bytes::new(), timeout: CALL_TIMEOUT }
    }

    /// With one more parameter in the query.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        push_encoded(&mut self.target, name);
        self.target.push('=');
        push_encoded(&mut self.target, value);
        self
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With members as the body.
    pub(crate) fn json(self, body: impl Into<Bytes>) -> Self {
        self.header(CONTENT_TYPE, JSON).payload(body)
    }

    /// With a body of any kind.
    pub(crate) fn payload(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// With another bound on the time until the whole answer is there.
    pub(crate) fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// Everything but the characters that need no escape anywhere.
fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}
