//! What a request is written in is what it is answered in, whether it worked or not.

use bytes::Bytes;
use serde_json::json;
use wire::protocol::Protocol;
use wire::testing;

use crate::client::{Ask, Got, send1, send2};
use crate::server::Server;

fn ask(protocol: Protocol, operation: &'static str) -> Ask {
    let body = testing::write(protocol, &json!({ "Text": "abc" })).into();
    Ask { content_type: protocol.content_type(), body, ..Ask::to(operation) }
}

async fn both(server: &Server, ask: &Ask) -> [Got; 2] {
    [send1(server, ask).await, send2(server, ask).await]
}

#[tokio::test]
async fn answers_are_written_as_the_request_is() {
    let server = Server::start().await;
    let expected = json!({ "Length": 3, "Account": "000000000000", "Region": "us-east-1" });
    for protocol in Protocol::NAMED {
        for got in both(&server, &ask(protocol, "Echo")).await {
            assert_eq!(got.status, 200);
            assert_eq!(got.header("content-type"), protocol.content_type());
            assert_eq!(got.document(), expected, "{protocol:?}");
        }
    }
}

#[tokio::test]
async fn refusals_are_too() {
    let server = Server::start().await;
    for protocol in Protocol::NAMED {
        let unsigned = Ask { key: "other", ..ask(protocol, "Echo") };
        let broken = Ask { body: Bytes::from_static(b"\x9f"), ..ask(protocol, "Echo") };
        let invalid = Some("The security token included in the request is invalid.");
        for (ask, code, message) in [
            (unsigned, "UnrecognizedClientException", invalid),
            (ask(protocol, "Nothing"), "UnknownOperationException", None),
        ] {
            for got in both(&server, &ask).await {
                assert_eq!(got.header("content-type"), protocol.content_type());
                got.is_failure(400, code, message);
            }
        }
        for got in both(&server, &broken).await {
            assert_eq!(got.header("content-type"), protocol.content_type());
            assert_eq!(got.document()["__type"], "SerializationException");
        }
        for got in both(&server, &ask(protocol, "Panic")).await {
            assert_eq!(got.status, 500);
            assert_eq!(got.document(), json!({ "__type": "InternalFailure" }));
        }
    }
}
