//! Answers as bytes and headers: successes, failures in each of AWS's styles, and what browsers need.

use base64_simd::STANDARD;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue,
};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use stdx::Entropy;
use wire::protocol::Protocol;
use wire::{Body, Failure};

use crate::admit::Answered;
use crate::feed::{Source, Told};
use crate::outgoing::Outgoing;

pub(crate) type Response = http::Response<Outgoing>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ID_2: HeaderName = HeaderName::from_static("x-amz-id-2");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

const EXPOSED: HeaderValue = HeaderValue::from_static(
    "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date",
);

/// How a failure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// As the protocol has it.
    Aws(Protocol),
    /// What AWS answers to plain `application/json`.
    Coral,
    /// What AWS answers to requests that are in no protocol it knows.
    Xml,
}

/// A failure and how to write it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) failure: Failure,
    pub(crate) style: Style,
}

impl Refusal {
    pub(crate) fn of(failure: Failure, style: Style) -> Self {
        Self { failure, style }
    }

    /// The answer to a request in clear text where TLS is demanded. No redirection: the client would send its
    /// next request in clear text, too.
    pub(crate) fn in_clear_text(head: &Parts) -> Self {
        let message = "This server takes requests over TLS only: use https:// in the endpoint.";
        let failure = Failure { status: 403, ..Failure::caller("AccessDeniedException", message) };
        let is_root = head.uri.path() == "/";
        let protocol = if is_root { Protocol::AwsJson11 } else { Protocol::RestJson };
        Self::of(failure, Style::Aws(protocol))
    }
}

/// A successful answer. What becomes of one that is a stream is told by `told`.
pub(crate) fn success(answered: Answered, told: impl FnOnce() -> Told) -> Response {
    let Answered { reply, share } = answered;
    let mut response = Response::new(match reply.body {
        Body::Whole(bytes) => Outgoing::held(bytes, share),
        Body::Frames(frames) => Outgoing::Source(Box::new(Source { frames, share, told: told() })),
    });
    *response.status_mut() = status(reply.status);
    if let Some(content_type) = reply.content_type {
        set(&mut response, CONTENT_TYPE, content_type);
    }
    set_all(&mut response, &reply.headers);
    response
}

/// A failure's answer.
pub(crate) fn failure(refusal: &Refusal, request_id: &str) -> Response {
    let Refusal { failure, style } = refusal;
    let code = &failure.code;
    let (body, content_type) = match style {
        Style::Aws(protocol) => {
            (protocol.encode_failure(failure, request_id), Some(protocol.content_type()))
        }
        Style::Coral => {
            let body = format!(
                r#"{{"Output":{{"__type":"com.amazon.coral.service#{code}"}},"Version":"1.0"}}"#
            );
            (body.into(), Some("application/json"))
        }
        Style::Xml => {
            let body = match &failure.message {
                Some(message) => format!("<{code}>\n  <Message>{message}</Message>\n</{code}>\n"),
                None => format!("<{code}/>\n"),
            };
            (body.into(), None)
        }
    };
    let mut response = Response::new(Outgoing::small(body));
    *response.status_mut() = status(failure.status);
    if let Some(content_type) = content_type {
        set(&mut response, CONTENT_TYPE, content_type);
        set(&mut response, ERROR_TYPE, code);
    }
    if let Style::Aws(protocol) = style {
        set_all(&mut response, &protocol.headers());
    }
    if let Some(details) = &failure.details {
        set_all(&mut response, &details.headers);
    }
    response
}

/// Tells what the exception is called in the query form.
pub(crate) fn name_query_error(response: &mut Response, failure: &Failure) {
    set(response, QUERY_ERROR, &wire::query::error_header(failure));
}

/// A reply of the program itself rather than of a service.
pub(crate) fn plain(code: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Outgoing::small(body));
    *response.status_mut() = code;
    set(&mut response, CONTENT_TYPE, content_type);
    response
}

/// The answer to a browser that asks whether it may ask.
pub(crate) fn preflight(asked: &HeaderMap) -> Response {
    let mut response = Response::default();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("172800"));
    for (question, answer) in [
        (ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_ALLOW_HEADERS),
        (ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_ALLOW_METHODS),
    ] {
        if let Some(value) = asked.get(question) {
            headers.insert(answer, value.clone());
        }
    }
    response
}

/// Lets a browser show the answer to the page that asked.
pub(crate) fn allow_origin(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// Names the request; every answer has this.
pub(crate) fn name(response: &mut Response, request_id: &str) {
    set(response, REQUEST_ID, request_id);
}

/// The second name, which AWS's support would ask for; every answer to an operation has it.
pub(crate) fn name_again(response: &mut Response, entropy: &dyn Entropy) {
    let id: [u8; 72] = entropy.bytes();
    set(response, ID_2, &STANDARD.encode_to_string(id));
}

/// Ends an HTTP/1.1 connection after this answer.
pub(crate) fn close(response: &mut Response) {
    set(response, CONNECTION, "close");
}

/// What a service wants to be said in headers.
fn set_all(response: &mut Response, headers: &[(&'static str, String)]) {
    for (name, value) in headers {
        if let Ok(name) = HeaderName::try_from(*name) {
            set(response, name, value);
        }
    }
}

/// Leaves out a value that cannot stand in a header, which none of ours is.
fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
