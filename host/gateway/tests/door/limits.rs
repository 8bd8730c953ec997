//! What a client gets at most. Limits are made small, so that nothing here waits for long.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use gateway::Limits;
use hyper::body::{Body, Frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Ask, Got, connect1, connect2, connect2_with, raw, send1, send2};
use crate::server::Server;

const SOON: Duration = Duration::from_millis(50);
/// Where a client has to be faster than a limit.
const IN_TIME: Duration = Duration::from_secs(1);
const NEVER: Duration = Duration::from_secs(3600);

fn limits() -> Limits {
    Limits { head_timeout: NEVER, idle_timeout: NEVER, body_window: NEVER, ..Limits::default() }
}

#[tokio::test]
async fn bodies_beyond_the_operations_limit_are_not_read() {
    let server = Server::start().await;
    let ask = Ask::to("Panic").with_text(2000);
    let message = Some("The request body must have at most 1024 bytes.");
    send1(&server, &ask).await.is_failure(413, "RequestEntityTooLargeException", message);
    send2(&server, &ask).await.is_failure(413, "RequestEntityTooLargeException", message);
    // A client that waits for leave to send is not waited for.
    let mut head = ask.head(&server, usize::MAX >> 1);
    head.truncate(head.len() - 2);
    head.extend_from_slice(b"expect: 100-continue\r\n\r\n");
    let answer = raw(&server, &head).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(server.metric("shardmill_request_body_bytes_total"), 0);
}

/// A body in pieces, which tells how many were taken.
struct Pieces {
    piece: &'static [u8],
    left: usize,
    taken: Arc<AtomicUsize>,
    /// Whether it comes to an end behind the last one.
    ends: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.left.checked_sub(1) else {
            return if self.ends { Poll::Ready(None) } else { Poll::Pending };
        };
        self.left = left;
        self.taken.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(self.piece)))))
    }
}

#[tokio::test]
async fn over_http2_a_refused_body_is_taken_to_its_end() {
    let server = Server::start().await;
    let taken = Arc::new(AtomicUsize::new(0));
    // More than the client may send before the server takes any.
    let piece = &[b'x'; 64 * 1024];
    let body = Pieces { piece, left: 100, taken: Arc::clone(&taken), ends: true };
    let request = Ask::to("Panic").with_text(2000).http2(&server).map(|_text| body);
    let answer = connect2_with(&server).await.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(taken.load(Ordering::Relaxed), 100);
}

#[tokio::test]
async fn bodies_of_unknown_length_are_held_to_the_limit() {
    let server = Server::with_limits(Limits { linger: SOON, ..limits() }).await;
    let ask = Ask::to("Panic");
    let head = String::from_utf8(ask.head(&server, 0)).unwrap();
    let head = head.replace("content-length: 0", "transfer-encoding: chunked");
    let chunk = "x".repeat(1025);
    let answer = raw(&server, format!("{head}401\r\n{chunk}\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_stops_arriving_ends_the_request() {
    let server = Server::with_limits(Limits { body_window: SOON, ..limits() }).await;
    let mut bytes = Ask::to("Echo").head(&server, 1000);
    bytes.extend_from_slice(b"{");
    let answer = raw(&server, &bytes).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert_eq!(server.metric("shardmill_body_in_flight_bytes"), 0);
}

#[tokio::test]
async fn a_body_must_keep_its_pace_in_each_window() {
    let hours = Duration::from_secs(7200);
    let pace = Limits {
        body_window: IN_TIME,
        body_bytes_per_second_min: 100,
        body_time: hours,
        ..limits()
    };
    let server = Server::with_limits(pace).await;
    let mut bytes = Ask::to("Echo").head(&server, 1000);
    // Enough for many windows at once, and then nothing.
    bytes.extend_from_slice(&[b' '; 900]);
    let answer = tokio::time::timeout(Duration::from_secs(60), raw(&server, &bytes)).await;
    let answer = answer.expect("a body that stalls is given up");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn over_http2_frames_without_a_byte_end_the_request() {
    let server = Server::with_limits(limits()).await;
    let body = Pieces { piece: b"", left: 2000, taken: Arc::default(), ends: false };
    let request = Ask::to("Echo").with_text(100).http2(&server).map(|_text| body);
    let answer = connect2_with(&server).await.send_request(request);
    let answer = tokio::time::timeout(Duration::from_secs(60), answer).await;
    // The protocol's library may close such a connection before the request is refused.
    let answer = answer.expect("it does not last as long as the body");
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 408));
}

#[tokio::test]
async fn over_http2_heads_have_a_bound() {
    let small = Limits { header_list_bytes_max: 4096, ..limits() };
    let server = Server::with_limits(small).await;
    let mut request = Ask::to("Echo").http2(&server);
    request.headers_mut().insert("x-long", "x".repeat(5000).parse().unwrap());
    let answered = connect2(&server).await.send_request(request).await;
    let status = answered.map(|answer| answer.status().as_u16());
    assert!(!matches!(status, Ok(200)), "{status:?}");
    let again = connect2(&server).await.send_request(Ask::to("Echo").http2(&server)).await;
    assert_eq!(again.unwrap().status(), 200);
}

#[tokio::test]
async fn heads_that_do_not_come_to_an_end_close_the_connection() {
    let server = Server::with_limits(Limits { head_timeout: IN_TIME, ..limits() }).await;
    for bytes in ["", "PRI * HTTP/2.0", "POST", "POST / HTTP/1.1\r\nhost: x\r\n"] {
        assert_eq!(raw(&server, bytes.as_bytes()).await, "", "{bytes}");
    }
    // The second head of a connection, too.
    let mut bytes = Ask::to("Echo").bytes(&server);
    bytes.extend_from_slice(b"POST / HT");
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&bytes).await.unwrap();
    let mut piece = [0; 4096];
    assert_ne!(stream.read(&mut piece).await.unwrap(), 0);
    stream.write_all(b"TP").await.unwrap();
    while stream.read(&mut piece).await.unwrap_or_default() > 0 {}
    assert_eq!(server.metric("shardmill_connections_expired_total{reason=\"head\"}"), 5);
}

#[tokio::test]
async fn idle_connections_are_closed_and_busy_ones_are_not() {
    let server = Server::with_limits(Limits { idle_timeout: IN_TIME, ..limits() }).await;
    let mut first = connect1(&server).await;
    let mut second = connect2(&server).await;
    server.service.leave.add_permits(1);
    let ask = Ask::to("Wait");
    let answered = first.send_request(ask.http1(&server)).await.unwrap();
    assert_eq!(Got::of(answered).await.status, 200);
    let busy = second.send_request(ask.http2(&server));
    // The first is closed while the second, as old, waits for its answer.
    let closed = async {
        while first.ready().await.is_ok() {
            tokio::task::yield_now().await;
        }
        server.service.leave.add_permits(1);
    };
    let (answered, ()) = tokio::join!(busy, closed);
    assert_eq!(Got::of(answered.unwrap()).await.status, 200);
    while second.ready().await.is_ok() {
        tokio::task::yield_now().await;
    }
    let series = "shardmill_connections_expired_total{reason=\"idle\"}";
    server.tasks.stop();
    server.tasks.drained().await;
    assert_eq!(server.metric(series), 2);
}

#[tokio::test]
async fn connections_beyond_the_cap_are_closed_on_arrival() {
    let server = Server::with_limits(Limits { connections_max: 2, ..limits() }).await;
    let mut first = connect1(&server).await;
    let answered = first.send_request(Ask::to("Echo").http1(&server)).await.unwrap();
    assert_eq!(Got::of(answered).await.status, 200);
    let _second = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(raw(&server, b"").await, "");
    assert_eq!(server.metric("shardmill_connections_refused_total{reason=\"total\"}"), 1);
    assert_eq!(server.metric("shardmill_connections_open"), 2);
}

#[tokio::test]
async fn bodies_beyond_the_budget_are_told_to_come_back() {
    let body_budget_bytes = 128 * 1024;
    let server = Server::with_limits(Limits {
        body_budget_bytes,
        body_budget_wait: Duration::ZERO,
        ..limits()
    })
    .await;
    let mut holder = connect2(&server).await;
    let held = Ask::to("Wait").with_text(90 * 1024);
    let held = holder.send_request(held.http2(&server));
    let refused = async {
        server.service.arrival().await;
        let got = send1(&server, &Ask::to("Echo").with_text(20 * 1024)).await;
        assert_eq!(got.status, 503);
        assert_eq!(got.json()["__type"], "ServiceUnavailable");
        assert_eq!(send2(&server, &Ask::to("Echo")).await.status, 200);
        server.service.leave.add_permits(1);
    };
    let (held, ()) = tokio::join!(held, refused);
    assert_eq!(held.unwrap().status(), 200);
    let got = send1(&server, &Ask::to("Echo").with_text(20 * 1024)).await;
    assert_eq!(got.status, 200);
    assert_eq!(server.metric("shardmill_body_budget_refusals_total"), 1);
}

#[tokio::test]
async fn heads_beyond_the_limit_are_refused() {
    let server = Server::start().await;
    let head = format!("POST / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(40_000));
    let answer = raw(&server, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}
