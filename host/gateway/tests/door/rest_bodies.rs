//! Bodies as large as the code of a function.

use std::time::Duration;

use bytes::Bytes;
use gateway::Limits;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{Got, connect1, raw};
use crate::rest_client::{Rest, is_failure};
use crate::things::{CREATE_LIMIT, start, start_with};

const MIB: usize = 1024 * 1024;
const NEVER: Duration = Duration::from_secs(3600);

/// A busy machine is no slow client.
fn patient() -> Limits {
    Limits { linger: NEVER, body_window: NEVER, ..Limits::default() }
}

/// The body of a CreateThing of this length.
fn zip(length: usize) -> Bytes {
    let frame = r#"{"Name":"n","ZipFile":""}"#;
    let mut body = frame[..frame.len() - 2].to_owned();
    body.extend(std::iter::repeat_n('A', (length - frame.len()) / 4 * 4));
    body.push_str("\"}");
    body.extend(std::iter::repeat_n(' ', length - body.len()));
    body.into()
}

#[tokio::test]
async fn the_largest_body_arrives_whole_and_a_larger_one_is_told_so() {
    let server = start_with(|door| door.limits = patient()).await;
    let got = Rest::post("/2015-03-31/things", zip(CREATE_LIMIT)).send(&server).await;
    assert_eq!(got.status, 201, "{}", got.text());
    assert_eq!(got.json()["CodeSize"], (CREATE_LIMIT - 25) / 4 * 3);

    let message = format!("The request body must have at most {CREATE_LIMIT} bytes.");
    let got = Rest::post("/2015-03-31/things", zip(CREATE_LIMIT + 1)).send(&server).await;
    is_failure(&got, 413, "RequestEntityTooLargeException", &json!({ "message": message }));
    // The connection over which it was refused goes on.
    let mut client = connect1(&server).await;
    let large = Rest::post("/2015-03-31/things", zip(CREATE_LIMIT + 1));
    let small = Rest::post("/2015-03-31/things", zip(100));
    for (ask, status) in [(&large, 413), (&small, 201)] {
        client.ready().await.unwrap();
        let response = client.send_request(ask.http1(&server)).await.unwrap();
        assert_eq!(Got::of(response).await.status, status);
    }
    assert_eq!(server.metric("shardmill_body_in_flight_bytes"), 0);
}

#[tokio::test]
async fn a_body_that_the_budget_never_has_room_for_is_too_large() {
    let server =
        start_with(|door| door.limits = Limits { body_budget_bytes: 16 * MIB, ..patient() }).await;
    let got = Rest::post("/2015-03-31/things", zip(12 * MIB)).send(&server).await;
    assert_eq!(got.status, 201, "{}", got.text());
    let got = Rest::post("/2015-03-31/things", zip(12 * MIB + 1)).send(&server).await;
    let message = "The request body must have at most 12582912 bytes.";
    is_failure(&got, 413, "RequestEntityTooLargeException", &json!({ "message": message }));
    assert_eq!(server.metric("shardmill_body_budget_refusals_total"), 0);
}

#[tokio::test]
async fn announcing_a_large_body_takes_little_of_the_budget() {
    let server = start().await;
    let mut silent = Vec::new();
    for _ in 0..20 {
        let head = Rest::post("/2015-03-31/things", zip(1000)).signed(&server.address.to_string());
        let mut text = format!("POST /2015-03-31/things HTTP/1.1\r\nhost: {}\r\n", server.address);
        for (name, value) in &head {
            text += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        text += &format!("content-length: {CREATE_LIMIT}\r\n\r\n");
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        silent.push(stream);
    }
    while server.metric("shardmill_body_in_flight_bytes") != 20 * 4 * 1024 {
        tokio::task::yield_now().await;
    }
    let got = Rest::get("/2015-03-31/things/n").send(&server).await;
    assert_eq!(got.status, 200);
}

#[tokio::test]
async fn the_rest_of_a_refused_body_must_keep_coming() {
    let limits =
        Limits { linger: Duration::from_millis(50), linger_bytes_min: 2 * MIB, ..patient() };
    let server = start_with(|door| door.limits = limits).await;
    let mut text = format!("POST /2015-03-31/nothing HTTP/1.1\r\nhost: {}\r\n", server.address);
    text += &format!("content-length: {CREATE_LIMIT}\r\n\r\n");
    text += &"x".repeat(MIB);
    let answer = raw(&server, text.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}
