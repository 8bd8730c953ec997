//! Answers that are streams.

use std::time::Duration;

use bytes::BytesMut;
use gateway::Limits;
use http::StatusCode;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::event_stream::{self, Message};

use crate::client::{Ask, connect2, send1};
use crate::server::Server;

const OPEN: &str = "shardmill_reply_streams_open";
const IN_FLIGHT: &str = "shardmill_reply_in_flight_bytes";
const EXPIRED: &str = "shardmill_connections_expired_total{reason=\"frame\"}";
const IDLE: &str = "shardmill_connections_expired_total{reason=\"idle\"}";
const SOON: Duration = Duration::from_millis(50);

fn ticks(text: &str) -> Ask {
    Ask { body: text.to_owned().into(), ..Ask::to("Ticks") }
}

fn messages(bytes: &[u8]) -> Vec<Message> {
    let mut bytes = BytesMut::from(bytes);
    let mut all = Vec::new();
    while let Some(message) = event_stream::take(&mut bytes).expect("whole messages") {
        all.push(message);
    }
    assert!(bytes.is_empty());
    all
}

fn kinds(messages: &[Message]) -> Vec<&str> {
    let kind = |it: &'_ Message| it.header(":exception-type").is_some();
    let name = |it: &'_ Message| if kind(it) { ":exception-type" } else { ":event-type" };
    messages.iter().map(|it| it.header(name(it)).expect("it has a type")).collect()
}

#[tokio::test]
async fn a_stream_comes_in_chunks_and_ends() {
    let server = Server::start().await;
    let got = send1(&server, &ticks(r#"{"Text":"3"}"#)).await;
    assert_eq!(got.status, StatusCode::OK);
    assert_eq!(got.headers["content-type"], "application/vnd.amazon.eventstream");
    assert_eq!(got.headers["transfer-encoding"], "chunked");
    assert_eq!(kinds(&messages(&got.body)), ["initial-response", "Tick", "Tick", "Tick"]);
    server.reaches(OPEN, 0).await;
    assert_eq!(server.metric(IN_FLIGHT), 0);
}

#[tokio::test]
async fn a_failure_on_the_way_is_the_last_message_and_counted() {
    let server = Server::start().await;
    let got = send1(&server, &ticks(r#"{"Text":"2 and fail"}"#)).await;
    let expected = ["initial-response", "Tick", "Tick", "InternalFailureException"];
    assert_eq!(kinds(&messages(&got.body)), expected);
    let failed = "shardmill_requests_total{service=\"kinesis\",operation=\"Ticks\",code=\"InternalFailure\"}";
    assert_eq!(server.metric(failed), 1);
    let got = send1(&server, &ticks(r#"{"Text":"1 and panic"}"#)).await;
    assert_eq!(kinds(&messages(&got.body)), ["initial-response", "Tick"]);
    assert_eq!(server.metric("shardmill_request_panics_total"), 1);
    // What is refused before the stream begins is an ordinary failure.
    send1(&server, &ticks("{")).await.is_failure(400, "SerializationException", None);
}

#[tokio::test]
async fn a_stream_that_is_silent_is_not_idle_and_ends_at_once_at_shutdown() {
    let server =
        Server::with_limits(Limits { idle_timeout: Duration::from_secs(1), ..Limits::default() })
            .await;
    let mut client = connect2(&server).await;
    let waiting =
        client.send_request(ticks(r#"{"Text":"1 and wait"}"#).http2(&server)).await.unwrap();
    let mut body = waiting.into_body();
    let mut got = BytesMut::new();
    while messages_so_far(&got) < 2 {
        got.extend_from_slice(&body.frame().await.unwrap().unwrap().into_data().unwrap());
    }
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    silent.write_all(&ticks(r#"{"Text":"0 and wait"}"#).bytes(&server)).await.unwrap();
    server.reaches(OPEN, 2).await;
    // Whoever came later and asks for nothing is gone by now.
    let idle = connect2(&server).await;
    server.reaches(IDLE, 1).await;
    assert_eq!(server.metric(OPEN), 2);
    drop(idle);
    server.tasks.stop();
    assert_eq!(body.collect().await.unwrap().to_bytes().len(), 0);
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"\r\n0\r\n\r\n"));
    server.tasks.drained().await;
    assert_eq!(server.metric(OPEN), 0);
}

fn messages_so_far(bytes: &[u8]) -> usize {
    let mut bytes = BytesMut::from(bytes);
    let mut count = 0;
    while let Ok(Some(_)) = event_stream::take(&mut bytes) {
        count += 1;
    }
    count
}

#[tokio::test]
async fn who_does_not_read_costs_a_few_frames_and_not_for_ever() {
    let limits = Limits {
        frame_timeout: SOON,
        reply_window: Duration::from_secs(3600),
        ..Limits::default()
    };
    let server = Server::with_limits(limits).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&ticks(r#"{"Text":"1000 of 1048576"}"#).bytes(&server)).await.unwrap();
    server.reaches(EXPIRED, 1).await;
    server.reaches(OPEN, 0).await;
    let mut client = connect2(&server).await;
    let unread = client.send_request(ticks(r#"{"Text":"1000 of 1048576"}"#).http2(&server)).await;
    let unread = unread.unwrap();
    server.reaches(EXPIRED, 2).await;
    server.reaches(IN_FLIGHT, 0).await;
    drop(unread);
}

#[tokio::test]
async fn frames_wait_for_their_share_and_lose_nothing() {
    let limits = Limits {
        reply_budget_bytes: 64 * 1024,
        body_budget_wait: Duration::ZERO,
        ..Limits::default()
    };
    let server = Server::with_limits(limits).await;
    let asks: Vec<Ask> = (0..4).map(|_| ticks(r#"{"Text":"20 of 30000"}"#)).collect();
    let answers = futures_util::future::join_all(asks.iter().map(|ask| send1(&server, ask))).await;
    for got in answers {
        assert_eq!(messages(&got.body).len(), 21);
    }
    assert_eq!(server.metric("shardmill_reply_budget_refusals_total"), 0);
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_stream_with_it() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&ticks(r#"{"Text":"1 and wait"}"#).bytes(&server)).await.unwrap();
    server.reaches(OPEN, 1).await;
    drop(stream);
    server.reaches(OPEN, 0).await;
    let mut client = connect2(&server).await;
    let waiting =
        client.send_request(ticks(r#"{"Text":"1 and wait"}"#).http2(&server)).await.unwrap();
    server.reaches(OPEN, 1).await;
    drop(waiting);
    server.reaches(OPEN, 0).await;
}
