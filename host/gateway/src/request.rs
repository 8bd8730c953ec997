//! What a request's head says, read without interpreting more than the door needs.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HOST, HeaderName, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Version};

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");

/// The authority that the client asked for, which its signature covers: `:authority` with HTTP/2, the `Host`
/// header otherwise. Empty if there is none, which no signature matches.
pub(crate) fn host(head: &Parts) -> &str {
    let authority = head.uri.authority().filter(|_| is_http2(head));
    match authority {
        Some(authority) => authority.as_str(),
        None => text(&head.headers, &HOST).unwrap_or_default(),
    }
}

pub(crate) fn is_http2(head: &Parts) -> bool {
    head.version == Version::HTTP_2
}

/// What stands before the parameters of the content type.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    let value = text(headers, &CONTENT_TYPE).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

pub(crate) fn target(headers: &HeaderMap) -> &str {
    text(headers, &TARGET).unwrap_or_default()
}

/// A coding that the body would have to be freed from first.
pub(crate) fn content_encoding(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .map(|value| value.to_str().unwrap_or("unknown"))
        .find(|value| !value.is_empty() && !value.eq_ignore_ascii_case("identity"))
}

/// Whether the client waits for a word before it sends the body.
pub(crate) fn expects_continue(headers: &HeaderMap) -> bool {
    headers.contains_key(EXPECT)
}

/// Whether a browser asks for another site's page.
pub(crate) fn has_origin(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN)
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
