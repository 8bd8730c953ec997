//! What a signed request gets.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Ask, Got, connect1, connect2, send1, send2};
use crate::server::Server;

const MIB: usize = 1024 * 1024;

#[track_caller]
fn is_answer(got: &Got, length: usize) {
    assert_eq!(got.status, 200, "{}", got.text());
    let expected = serde_json::json!({
        "Length": length, "Account": "000000000000", "Region": "us-east-1"
    });
    assert_eq!(got.json(), expected);
    assert_eq!(got.header("content-type"), "application/x-amz-json-1.1");
    assert_eq!(got.header("x-amzn-requestid").len(), 36);
    assert_eq!(got.header("x-amz-id-2").len(), 96);
    assert_eq!(got.header("content-length"), got.body.len().to_string());
}

#[tokio::test]
async fn both_protocols_are_answered_on_one_port() {
    let server = Server::start().await;
    is_answer(&send1(&server, &Ask::to("Echo")).await, 3);
    is_answer(&send2(&server, &Ask::to("Echo")).await, 3);
    let series = r#"shardmill_requests_total{service="kinesis",operation="Echo",code="OK"}"#;
    assert_eq!(server.metric(series), 2);
}

#[tokio::test]
async fn the_host_may_be_signed_as_authority() {
    let server = Server::start().await;
    let ask = Ask { as_authority: true, ..Ask::to("Echo") };
    let authorization = &ask.headers("x")["authorization"];
    assert!(authorization.to_str().unwrap().contains("=:authority;"));
    is_answer(&send2(&server, &ask).await, 3);
}

#[tokio::test]
async fn large_bodies_arrive_whole() {
    let server = Server::start().await;
    for length in [0, 100_000, MIB, 3 * MIB] {
        let ask = Ask::to("Echo").with_text(length);
        is_answer(&send1(&server, &ask).await, length);
        is_answer(&send2(&server, &ask).await, length);
    }
    assert_eq!(server.metric("shardmill_body_in_flight_bytes"), 0);
}

#[tokio::test]
async fn bodies_of_unknown_length_arrive_whole() {
    let server = Server::start().await;
    let ask = Ask::to("Echo").with_text(500_000);
    let (head, _body) = ask.http1(&server).into_parts();
    let pieces: Vec<_> = ask.body.chunks(70_001).map(Bytes::copy_from_slice).collect();
    let frames = pieces.into_iter().map(|piece| Ok::<_, std::io::Error>(Frame::data(piece)));
    let body = StreamBody::new(futures_util::stream::iter(frames)).boxed();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut client, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    stdx::Tasks::new().spawn("client", async { drop(connection.await) });
    let response = client.send_request(Request::from_parts(head, body)).await;
    is_answer(&Got::of(response.unwrap()).await, 500_000);
}

#[tokio::test]
async fn a_connection_is_used_again_also_after_a_failure() {
    let server = Server::start().await;
    let mut client = connect1(&server).await;
    let bad = Ask { secret: "wrong", ..Ask::to("Echo").with_text(MIB) };
    for (ask, status) in [(Ask::to("Echo"), 200), (bad, 400), (Ask::to("Echo"), 200)] {
        client.ready().await.unwrap();
        let response = client.send_request(ask.http1(&server)).await.unwrap();
        assert_eq!(Got::of(response).await.status, status);
    }
    assert_eq!(server.metric("shardmill_connections_accepted_total"), 1);
}

#[tokio::test]
async fn a_large_body_that_is_refused_early_does_not_hide_why() {
    let server = Server::start().await;
    let client = connect2(&server).await;
    for _ in 0..3 {
        let unknown = Ask { key: "other", ..Ask::to("Echo").with_text(3 * MIB) };
        let got = send1(&server, &unknown).await;
        assert_eq!(got.json()["__type"], "UnrecognizedClientException");
        let response = client.clone().send_request(unknown.http2(&server)).await;
        let got = Got::of(response.unwrap()).await;
        assert_eq!(got.json()["__type"], "UnrecognizedClientException");
    }
    let response = client.clone().send_request(Ask::to("Echo").http2(&server)).await;
    is_answer(&Got::of(response.unwrap()).await, 3);
}

#[tokio::test]
async fn requests_may_be_sent_before_their_turn() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut bytes = Ask::to("Echo").with_text(5).bytes(&server);
    bytes.extend(Ask::to("Echo").with_text(77).bytes(&server));
    stream.write_all(&bytes).await.unwrap();
    let mut answers = String::new();
    while !answers.contains(r#""Length":77"#) {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).await.unwrap();
        assert_ne!(length, 0, "closed after {answers}");
        answers += str::from_utf8(&piece[..length]).unwrap();
    }
    assert!(answers.find(r#""Length":5,"#).is_some(), "{answers}");
    assert_eq!(answers.matches("200 OK").count(), 2);
}

#[tokio::test]
async fn one_connection_carries_many_requests_at_once() {
    let server = Server::start().await;
    let client = connect2(&server).await;
    let ask = Ask::to("Wait");
    let requests = (0..50).map(|_| {
        let mut client = client.clone();
        let request: Request<Full<Bytes>> = ask.http2(&server);
        async move { Got::of(client.send_request(request).await.unwrap()).await.status }
    });
    let all = futures_util::future::join_all(requests);
    let release = async {
        for _ in 0..50 {
            server.service.arrival().await;
        }
        server.service.leave.add_permits(50);
    };
    let (statuses, ()) = tokio::join!(all, release);
    assert!(statuses.iter().all(|status| *status == 200));
}
