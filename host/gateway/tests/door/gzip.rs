//! Bodies in gzip: for operations that take them, bounded by what comes out.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::client::{Ask, send1};
use crate::server::Server;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn packed(operation: &'static str, body: Vec<u8>) -> Ask {
    let more = vec![("content-encoding", "gzip")];
    Ask { body: Bytes::from(body), more, ..Ask::to(operation) }
}

fn text(length: usize) -> Vec<u8> {
    format!(r#"{{"Text":"{}"}}"#, "x".repeat(length)).into_bytes()
}

#[tokio::test]
async fn a_packed_body_is_read_as_what_is_in_it() {
    let server = Server::start().await;
    let got = send1(&server, &packed("Packed", gzip(&text(60_000)))).await;
    assert_eq!((got.status.as_u16(), &got.document()["Length"]), (200, &json!(60_000)));
    let form = b"Action=Packed&Text=abc";
    let content_type = "application/x-www-form-urlencoded";
    let ask = Ask { content_type, prefix: "", ..packed("", gzip(form)) };
    let got = send1(&server, &ask).await;
    assert_eq!((got.status.as_u16(), &got.document()["Length"]), (200, &json!(3.0)));
    assert_eq!(server.door.metrics.door.body_in_flight_bytes.get(), 0);
}

#[tokio::test]
async fn what_comes_out_is_bounded() {
    let server = Server::start().await;
    let bomb = gzip(&text(30 * 1024 * 1024));
    let got = send1(&server, &packed("Packed", bomb)).await;
    let message = "The request body must have at most 65536 bytes.";
    got.is_failure(413, "RequestEntityTooLargeException", Some(message));
}

#[tokio::test]
async fn what_is_no_gzip_or_not_allowed_is_refused() {
    let server = Server::start().await;
    let whole = gzip(&text(10));
    let cut = whole[..whole.len() - 4].to_vec();
    let mut wrong = whole.clone();
    let end = wrong.len() - 5;
    wrong[end] ^= 1;
    let longer = [&whole[..], b"x"].concat();
    for body in [text(10), cut, wrong, longer] {
        let got = send1(&server, &packed("Packed", body)).await;
        assert_eq!(got.status, 400);
        assert_eq!(got.document()["__type"], "SerializationException");
    }
    let message = "Content-Encoding 'gzip' is not supported: send the body as it is.";
    let got = send1(&server, &packed("Echo", whole.clone())).await;
    got.is_failure(415, "UnsupportedMediaTypeException", Some(message));
    // It is not taken apart for somebody who cannot sign it.
    let forged = Ask { secret: "other", ..packed("Packed", b"no gzip".to_vec()) };
    assert_eq!(send1(&server, &forged).await.document()["__type"], "InvalidSignatureException");
    let form = gzip(b"Action=Echo&Text=abc");
    let content_type = "application/x-www-form-urlencoded";
    let ask = Ask { content_type, prefix: "", ..packed("", form) };
    assert_eq!(send1(&server, &ask).await.status, 415);
}
