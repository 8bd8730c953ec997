//! What a request's head says, read without interpreting more than the door needs.

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HOST, HeaderName, ORIGIN, USER_AGENT,
};
use http::request::Parts;
use http::{HeaderMap, Version};

/// Policies compare it, so it costs time, and the trail keeps it, so it costs room.
const USER_AGENT_BYTES_MAX: usize = 1024;

const QUERY_MODE: HeaderName = HeaderName::from_static("x-amzn-query-mode");
const SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");
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

/// Whether the client knows exceptions by the names of the query form, whatever it speaks.
pub(crate) fn is_query_mode(headers: &HeaderMap) -> bool {
    text(headers, &QUERY_MODE).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// What a body has to be freed from first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding<'a> {
    Plain,
    Gzip,
    /// What nobody here can take away.
    Unknown(&'a str),
}

pub(crate) fn content_encoding(headers: &HeaderMap) -> Coding<'_> {
    let all = headers.get_all(CONTENT_ENCODING).iter();
    let all = all.map(|value| value.to_str().unwrap_or("unknown").trim());
    let mut all = all.filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("identity"));
    match (all.next(), all.next()) {
        (None, _) => Coding::Plain,
        (Some(value), None) if value.eq_ignore_ascii_case("gzip") => Coding::Gzip,
        (Some(_), Some(value)) | (Some(value), None) => Coding::Unknown(value),
    }
}

/// Whether the client says that it speaks Smithy's RPC v2 with CBOR.
pub(crate) fn is_rpc_v2_cbor(headers: &HeaderMap) -> bool {
    text(headers, &SMITHY_PROTOCOL) == Some("rpc-v2-cbor")
}

/// The service in the scope of the header that signs a request; nothing of it is checked yet.
pub(crate) fn signing_name(headers: &HeaderMap) -> Option<&str> {
    let (_, credential) = text(headers, &AUTHORIZATION)?.split_once("Credential=")?;
    let scope = credential.split([',', ' ']).next()?;
    scope.rsplit('/').nth(1)
}

/// Whether the client waits for a word before it sends the body.
pub(crate) fn expects_continue(headers: &HeaderMap) -> bool {
    headers.contains_key(EXPECT)
}

/// Whether a browser asks for another site's page.
pub(crate) fn has_origin(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN)
}

/// The beginning of what the client calls itself.
pub(crate) fn user_agent(headers: &HeaderMap) -> Option<&str> {
    let agent = text(headers, &USER_AGENT)?;
    Some(&agent[..agent.floor_char_boundary(USER_AGENT_BYTES_MAX)])
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_and_signing_names_are_read() {
        let coding = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, value.parse().unwrap());
            }
            match content_encoding(&headers) {
                Coding::Plain => "plain".to_owned(),
                Coding::Gzip => "gzip".to_owned(),
                Coding::Unknown(coding) => format!("unknown {coding}"),
            }
        };
        assert_eq!(coding(&["identity", ""]), "plain");
        assert_eq!(coding(&["GZIP", "identity"]), "gzip");
        assert_eq!(coding(&["gzip", "gzip"]), "unknown gzip");
        assert_eq!(coding(&["gzip, br"]), "unknown gzip, br");
        let name = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, text.parse().unwrap());
            signing_name(&headers).map(str::to_owned)
        };
        let scope = "AWS4-HMAC-SHA256 Credential=a/b/20261101/us-east-1/monitoring/aws4_request";
        assert_eq!(name(&format!("{scope}, Signature=x")).as_deref(), Some("monitoring"));
        assert_eq!(name("AWS4-HMAC-SHA256 Credential=a"), None);
        assert_eq!(name("Basic x"), None);
    }

    #[test]
    fn a_user_agent_is_known_by_its_beginning() {
        let agent = |length: usize| {
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, "x".repeat(length).parse().unwrap());
            user_agent(&headers).map(str::len)
        };
        assert_eq!([agent(0), agent(1024), agent(30_000)], [Some(0), Some(1024), Some(1024)]);
        assert_eq!(user_agent(&HeaderMap::new()), None);
    }
}
