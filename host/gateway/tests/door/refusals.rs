//! What everybody else gets, in the words of AWS.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Method};
use http_body_util::Full;
use wire::protocol::Protocol;

use crate::client::{Ask, Got, send, send1, send2};
use crate::server::Server;

const MINUTE_MS: i64 = 60_000;

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your \
                        AWS Secret Access Key and signing method. Consult the service documentation for details.";
const UNKNOWN: &str = "The security token included in the request is invalid.";
const EXPIRED: &str = "Signature expired: 20261031T235400Z is now earlier than 20261031T235500Z \
                       (20261101T000000Z - 5 min.)";
const EARLY: &str = "Signature not yet current: 20261101T000600Z is still later than 20261101T000500Z \
                     (20261101T000000Z + 5 min.)";
const SERVICE: &str = "Credential should be scoped to correct service: 'kinesis'. ";
const REGION: &str = "Credential should be scoped to a valid region. ";
const INVALID: &str = "InvalidSignatureException";
const UNRECOGNIZED: &str = "UnrecognizedClientException";

#[tokio::test]
async fn signatures_that_do_not_hold() {
    let server = Server::start().await;
    let with = |change: fn(&mut Ask)| {
        let mut ask = Ask::to("Echo");
        change(&mut ask);
        ask
    };
    for (ask, code, message) in [
        (with(|ask| ask.secret = "wrong"), INVALID, MISMATCH),
        (with(|ask| ask.key = "other"), UNRECOGNIZED, UNKNOWN),
        (with(|ask| ask.token = Some("t")), UNRECOGNIZED, UNKNOWN),
        (with(|ask| ask.now_ms -= 6 * MINUTE_MS), INVALID, EXPIRED),
        (with(|ask| ask.now_ms += 6 * MINUTE_MS), INVALID, EARLY),
        (with(|ask| ask.service = "lambda"), INVALID, SERVICE),
        (with(|ask| ask.region = "US-EAST-1"), INVALID, REGION),
    ] {
        send1(&server, &ask).await.is_failure(400, code, Some(message));
        send2(&server, &ask).await.is_failure(400, code, Some(message));
    }
    let failures = |code| format!("shardmill_authentication_failures_total{{code=\"{code}\"}}");
    assert_eq!(server.metric(&failures(INVALID)), 10);
    assert_eq!(server.metric(&failures(UNRECOGNIZED)), 4);
}

#[tokio::test]
async fn bodies_that_were_not_signed() {
    let server = Server::start().await;
    let mut request = Ask::to("Echo").http1(&server);
    *request.body_mut() = Full::new(Bytes::from_static(br#"{"Text":"abd"}"#));
    let got = send(&server, request).await;
    assert_eq!(got.json()["__type"], "InvalidSignatureException");
}

#[tokio::test]
async fn requests_without_credentials() {
    let server = Server::start().await;
    let mut request = Ask::to("Echo").http1(&server);
    request.headers_mut().remove("authorization");
    let got = send(&server, request).await;
    got.is_failure(
        400,
        "MissingAuthenticationTokenException",
        Some("Missing Authentication Token"),
    );
}

#[tokio::test]
async fn disabled_keys_and_regions_that_are_not_served() {
    let server = Server::with(|door| door.regions = Some(vec!["eu-west-1".parse().unwrap()])).await;
    let elsewhere = Ask::to("Echo");
    let got = send1(&server, &elsewhere).await;
    assert_eq!(got.json()["__type"], "InvalidSignatureException");
    let here = Ask { region: "eu-west-1", ..elsewhere };
    assert_eq!(send1(&server, &here).await.status, 200);
    server.door.keys.set_enabled("test", false);
    let got = send1(&server, &here).await;
    assert_eq!(got.json()["__type"], "UnrecognizedClientException");
}

#[tokio::test]
async fn operations_that_nobody_knows() {
    let server = Server::start().await;
    let unsigned = Ask { secret: "wrong", ..Ask::to("Nothing") };
    send1(&server, &unsigned).await.is_failure(400, "UnknownOperationException", None);
    send2(&server, &unsigned).await.is_failure(400, "UnknownOperationException", None);
}

#[tokio::test]
async fn empty_bodies_and_bodies_that_are_no_object() {
    let server = Server::start().await;
    for protocol in Protocol::NAMED {
        let content_type = protocol.content_type();
        let empty = Ask { secret: "wrong", content_type, body: Bytes::new(), ..Ask::to("Echo") };
        send1(&server, &empty).await.is_failure(400, "SerializationException", None);
    }
    let text = Ask { body: Bytes::from_static(b"{"), ..Ask::to("Echo") };
    send2(&server, &text).await.is_failure(400, "SerializationException", None);
}

async fn with_content_type(server: &Server, content_type: Option<&'static str>) -> Got {
    let mut request = Ask::to("Echo").http1(server);
    match content_type {
        Some(value) => {
            let value = HeaderValue::from_static(value);
            request.headers_mut().insert(CONTENT_TYPE, value);
        }
        None => {
            request.headers_mut().remove(CONTENT_TYPE);
        }
    }
    send(server, request).await
}

#[tokio::test]
async fn content_types_that_are_not_spoken() {
    let server = Server::start().await;
    for content_type in [None, Some("text/plain"), Some("application/x-amz-cbor-1.0")] {
        let got = with_content_type(&server, content_type).await;
        assert_eq!((got.status.as_u16(), got.text()), (404, "<UnknownOperationException/>\n"));
        assert_eq!(got.header("content-type"), "");
        assert_eq!(got.header("x-amz-id-2").len(), 96);
    }
    let got = with_content_type(&server, Some("application/json")).await;
    assert_eq!(got.status, 404);
    let expected = r#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#;
    assert_eq!(got.text(), expected);
    let got = with_content_type(&server, Some("application/x-amz-json-1.1; charset=utf-8")).await;
    assert_eq!(got.json()["__type"], "InvalidSignatureException");
}

#[tokio::test]
async fn methods_other_than_post() {
    let server = Server::start().await;
    let undetermined = "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be \
                        authorized</Message>\n</AccessDeniedException>\n";
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let mut request = Ask::to("Echo").http1(&server);
        *request.method_mut() = method;
        let got = send(&server, request).await;
        assert_eq!((got.status.as_u16(), got.text()), (403, undetermined));
    }
}

#[tokio::test]
async fn bodies_that_are_compressed() {
    let server = Server::start().await;
    let mut request = Ask::to("Echo").http1(&server);
    let gzip = HeaderValue::from_static("gzip");
    request.headers_mut().insert(CONTENT_ENCODING, gzip);
    let message = "Content-Encoding 'gzip' is not supported: send the body as it is.";
    send(&server, request).await.is_failure(415, "UnsupportedMediaTypeException", Some(message));
}
