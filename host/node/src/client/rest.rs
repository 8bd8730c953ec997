//! Requests of APIs that have paths and methods of their own (REST-JSON), such as Lambda's.

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use identity::sigv4::{Rejection, SignError};

use super::signer::{Head, Signer};
use super::{CALL_TIMEOUT, ClientError};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A request that is not signed yet.
#[derive(Clone)]
pub(crate) struct Rest {
    service: &'static str,
    pub(super) method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) timeout: Duration,
}

/// A reply that is a success.
pub(crate) struct RestReply {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Rest {
    /// A request to Lambda. Each of `segments` is one segment of the path, whatever it holds.
    pub(crate) fn lambda(method: Method, segments: &[&str]) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            percent_encode(segment, &mut path);
        }
        Self {
            service: "lambda",
            method,
            path,
            query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: CALL_TIMEOUT,
        }
    }

    /// Adds a parameter to the query.
    #[must_use]
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push(if self.query.is_empty() { '?' } else { '&' });
        percent_encode(name, &mut self.query);
        self.query.push('=');
        percent_encode(value, &mut self.query);
        self
    }

    /// Sets a header.
    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        let name = HeaderName::from_static(name);
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Sets a body of JSON.
    #[must_use]
    pub(crate) fn json(mut self, body: impl Into<Bytes>) -> Self {
        self.headers.insert(CONTENT_TYPE, JSON);
        self.body = body.into();
        self
    }

    /// How long to wait for the reply.
    #[must_use]
    pub(crate) fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn path_and_query(&self) -> String {
        format!("{}{}", self.path, self.query)
    }

    pub(super) fn uri(&self) -> Result<Uri, ClientError> {
        let unsendable = |_not_a_uri| SignError::Target(Rejection::QueryMalformed);
        let uri: Result<Uri, SignError> = self.path_and_query().parse().map_err(unsendable);
        uri.map_err(ClientError::Sign)
    }

    pub(super) fn sign(&self, signer: &Signer) -> Result<HeaderMap, ClientError> {
        let path_and_query = self.path_and_query();
        let head =
            Head { service: self.service, method: &self.method, path_and_query: &path_and_query };
        let now = signer.now_seconds();
        signer.sign(&head, self.headers.clone(), &self.body, now).map_err(ClientError::Sign)
    }
}

impl RestReply {
    /// The text of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Keeps what RFC 3986 calls unreserved, as AWS's clients do.
fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            // A text takes whatever is written to it.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_stays_one_segment() {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:f";
        let request = Rest::lambda(Method::GET, &["2015-03-31", "functions", arn])
            .query("Marker", "a b/c&d")
            .query("MaxItems", "50");
        assert_eq!(
            request.path_and_query(),
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af\
             ?Marker=a%20b%2Fc%26d&MaxItems=50"
        );
        let request = Rest::lambda(Method::GET, &["functions", "../x?y#ü"]);
        assert_eq!(request.uri().unwrap().path(), "/functions/..%2Fx%3Fy%23%C3%BC");
    }
}
