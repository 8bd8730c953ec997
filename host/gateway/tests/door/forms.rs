//! Requests that say elsewhere what they ask for: in their body, in the query form, or in their path, in RPC v2.

use bytes::Bytes;
use serde_json::json;
use wire::protocol::Protocol;

use crate::client::{Ask, Got, send1, send2};
use crate::server::Server;

fn form(body: &'static str) -> Ask {
    let content_type = "application/x-www-form-urlencoded; charset=utf-8";
    Ask { prefix: "", content_type, body: Bytes::from_static(body.as_bytes()), ..Ask::to("") }
}

fn rpc(path: &'static str, body: &'static [u8]) -> Ask {
    Ask {
        prefix: "",
        path,
        content_type: "application/cbor",
        body: Bytes::from_static(body),
        more: vec![("smithy-protocol", "rpc-v2-cbor")],
        ..Ask::to("")
    }
}

async fn both(server: &Server, ask: &Ask) -> [Got; 2] {
    [send1(server, ask).await, send2(server, ask).await]
}

const TEXT: &[u8] = b"\xa1\x64Text\x63abc";

#[tokio::test]
async fn the_query_form_is_answered_in_xml() {
    let server = Server::start().await;
    for got in both(&server, &form("Action=Echo&Version=2026-11-01&Text=a%26c")).await {
        assert_eq!((got.status.as_u16(), got.header("content-type")), (200, "text/xml"));
        let text = got.text();
        assert!(text.starts_with("<EchoResponse xmlns=\"http://test/\"><EchoResult>"), "{text}");
        let id = format!("<RequestId>{}</RequestId>", got.header("x-amzn-requestid"));
        assert!(text.contains(&id), "{text}");
        assert_eq!(got.document()["Length"], json!(3.0));
    }
    let counted = r#"_total{service="kinesis",operation="Echo""#;
    assert!(server.door.metrics.expose().contains(counted), "calls are counted as the operation's");
}

#[tokio::test]
async fn the_query_form_is_refused_in_xml() {
    let server = Server::start().await;
    let unsigned = Ask { key: "other", ..form("Action=Echo&Text=a") };
    let forged = Ask { secret: "other", ..form("Action=Echo&Text=a") };
    for (ask, status, code) in [
        (unsigned, 403, "InvalidClientTokenId"),
        (forged, 403, "SignatureDoesNotMatch"),
        (form("Action=Nothing"), 400, "InvalidAction"),
        (form("Action=Echo&Version=2010-08-01"), 400, "InvalidAction"),
        (form("Text=a"), 400, "MissingAction"),
        (form(""), 400, "MissingAction"),
        (form("Action=Echo&Text=%"), 400, "MalformedQueryString"),
        (form("Action=Panic&Text=a"), 500, "InternalFailure"),
    ] {
        for got in both(&server, &ask).await {
            assert_eq!((got.status.as_u16(), got.header("content-type")), (status, "text/xml"));
            assert_eq!(got.document()["__type"], code, "{}", got.text());
            let id = format!("<RequestId>{}</RequestId>", got.header("x-amzn-requestid"));
            assert!(got.text().contains(&id));
        }
    }
    // An operation reads in no form more than it does in others.
    let text = format!("Action=Large&Text={}", "1".repeat(1100));
    let long = Ask { body: text.into(), ..form("") };
    assert_eq!(send1(&server, &long).await.status, 413);
    let elsewhere = Ask { service: "sns", ..form("Action=Echo&Text=a") };
    let got = send1(&server, &elsewhere).await;
    assert_eq!((got.status.as_u16(), got.header("content-type")), (403, ""));
}

#[tokio::test]
async fn rpc_v2_is_answered_as_it_asks() {
    let server = Server::start().await;
    let expected = json!({ "Length": 3, "Account": "000000000000", "Region": "us-east-1" });
    let paths =
        ["/service/Test_20261101/operation/Echo", "/x/service/Test_20261101/operation/Echo"];
    for path in paths {
        for got in both(&server, &rpc(path, TEXT)).await {
            assert_eq!(
                (got.status.as_u16(), got.header("content-type")),
                (200, "application/cbor")
            );
            assert_eq!(got.header("smithy-protocol"), "rpc-v2-cbor");
            assert_eq!(got.document(), expected);
        }
    }
}

#[tokio::test]
async fn rpc_v2_is_refused_as_it_asks() {
    let server = Server::start().await;
    let echo = "/service/Test_20261101/operation/Echo";
    let unsigned = Ask { key: "other", ..rpc(echo, TEXT) };
    let json = Ask { content_type: "application/json", ..rpc(echo, b"{}") };
    for (ask, status, code) in [
        (unsigned, 400, "UnrecognizedClientException"),
        (rpc("/service/Test_20261101/operation/Nothing", TEXT), 404, "UnknownOperationException"),
        (rpc("/service/Other/operation/Echo", TEXT), 404, "UnknownOperationException"),
        (rpc(echo, b"\x9f"), 400, "SerializationException"),
        (json, 415, "UnsupportedMediaTypeException"),
        (rpc("/service/Test_20261101/operation/Panic", TEXT), 500, "InternalFailure"),
    ] {
        for got in both(&server, &ask).await {
            assert_eq!(got.status, status, "{code}");
            assert_eq!(got.header("content-type"), Protocol::RpcV2Cbor.content_type());
            assert_eq!(got.header("smithy-protocol"), "rpc-v2-cbor");
            assert_eq!(got.document()["__type"], code);
        }
    }
    // Without the header it is a path of nobody.
    let bare = Ask { more: Vec::new(), ..rpc(echo, TEXT) };
    assert_eq!(send1(&server, &bare).await.header("content-type"), "application/json");
}
