//! Servers that take their time or never stop, and too many calls at once.

use std::future::ready;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use bytes::Bytes;
use egress::{Bounds, Error, Kind, Resolve};
use http::Request;
use parking_lot::Mutex;

use crate::support::{Names, Server, Way, tenant};

fn bounds(response_bytes: usize) -> Bounds {
    let time = Duration::from_secs(20);
    Bounds { time, response_bytes, request_bytes: 8, ..Bounds::default() }
}

#[tokio::test]
async fn an_answer_has_a_size_whether_it_tells_it_or_not() {
    let told = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n";
    let untold =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n";
    let fits = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n1234567890";
    let server = Server::answering(&[told, untold, fits]).await;
    let way = Way::into(&["127.0.0.0/8"]);
    for _ in 0..2 {
        let error = way.get_within(&server.url("/"), bounds(10)).await.unwrap_err();
        assert!(matches!(error, Error::ResponseTooLarge(10)), "{error}");
    }
    let response = way.get_within(&server.url("/"), bounds(10)).await.unwrap();
    assert_eq!(response.body().len(), 10);
    assert_eq!(
        server.connections(),
        3,
        "a connection with the rest of an answer in it is not kept"
    );
}

#[tokio::test]
async fn where_the_status_is_what_counts_the_body_is_cut() {
    let long = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n";
    let endless =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n";
    let wrong = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\nno size\r\n";
    let slow = "HTTP/1.1 503 Busy\r\ncontent-length: 10\r\n\r\n1234";
    let fits = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n1234567890";
    let server = Server::answering(&[long, endless, wrong, slow, fits, fits]).await;
    let way = Way::into(&["127.0.0.0/8"]);
    let bounds = Bounds { cuts_response: true, ..bounds(10) };
    for (status, body) in
        [(200, ""), (200, "12345678"), (200, "12345678"), (503, "1234"), (200, "1234567890")]
    {
        let response = way.get_within(&server.url("/"), bounds).await.unwrap();
        assert_eq!((response.status().as_u16(), &**response.body()), (status, body.as_bytes()));
    }
    way.get_within(&server.url("/"), bounds).await.unwrap();
    assert_eq!(server.connections(), 5, "only the connection of a whole answer is kept");
}

#[tokio::test]
async fn a_request_has_a_size() {
    let server = Server::answering(&[]).await;
    let way = Way::into(&["127.0.0.0/8"]);
    let request = Request::post(server.url("/")).body(Bytes::from_static(b"123456789")).unwrap();
    let sent = way.egress.fetch(tenant(), &server.hosts(), request, bounds(10)).await;
    assert!(matches!(sent, Err(Error::RequestTooLarge { bytes: 9, bytes_max: 8 })));
    let large = "x".repeat(40 * 1024);
    let request =
        Request::get(server.url("/")).header("x-large", large).body(Bytes::new()).unwrap();
    let sent = way.egress.fetch(tenant(), &server.hosts(), request, bounds(10)).await;
    assert_eq!(sent.unwrap_err().kind(), Kind::Invalid);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn heads_without_end_are_not_read() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(1000));
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(100_000));
    for head in [&many, &long] {
        let server = Server::answering(&[head]).await;
        let way = Way::into(&["127.0.0.0/8"]);
        let error = way.get(&server.url("/")).await.unwrap_err();
        assert!(matches!(error, Error::Broken { .. }), "{error}");
    }
}

#[tokio::test]
async fn no_answer_takes_longer_than_its_time() {
    // It begins to answer, and never ends.
    let server = Server::answering(&["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe"]).await;
    let way = Way::into(&["127.0.0.0/8"]);
    let bounds = Bounds { time: Duration::from_millis(200), ..Bounds::default() };
    let error = way.get_within(&server.url("/"), bounds).await.unwrap_err();
    assert!(matches!(error, Error::Time(200)), "{error}");
    assert_eq!(way.metrics.egress.failed.get(), 1);
}

#[tokio::test]
async fn a_tenant_with_too_many_calls_is_told_at_once() {
    let server = Server::answering(&["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe"]).await;
    let way = Way::with(&["127.0.0.0/8"], Names::saying(&[]), |options| {
        options.limits.tenant_calls_max = 1;
    });
    let url = server.url("/");
    let bounds = Bounds { time: Duration::from_secs(20), ..Bounds::default() };
    tokio::select! {
        biased;
        _ = way.get_within(&url, bounds) => panic!("the first is never answered"),
        second = way.get(&url) => assert!(matches!(second, Err(Error::Busy))),
    }
    assert_eq!(way.metrics.egress.busy.get(), 1);
    let third = tokio::time::timeout(Duration::from_millis(100), way.get(&url)).await;
    assert!(third.is_err(), "a call that was let go gives its place back");
}

/// Knows of no name as long as the test keeps its end.
struct Silent(Mutex<Receiver<()>>);

impl Resolve for Silent {
    fn lookup(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        Err(io::Error::other(self.0.lock().recv().unwrap_err()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_lookups_of_others_ends_in_time_and_says_so() {
    let (end, silent) = sync_channel::<()>(1);
    let names = Arc::new(Silent(Mutex::new(silent)));
    let way = Way::with(&[], names, |_| {});
    let url = "http://silent.test/";
    let mut first: Vec<_> = (0..4).map(|_| Box::pin(way.get(url))).collect();
    for call in &mut first {
        tokio::select! {
            biased;
            told = call => panic!("nobody knows the name yet: {told:?}"),
            () = ready(()) => {}
        }
    }
    for (seconds, ms) in [(5, 5_000), (30, 10_000)] {
        let bounds = Bounds { time: Duration::from_secs(seconds), ..Bounds::default() };
        let error = way.get_within(url, bounds).await.unwrap_err();
        assert!(matches!(error, Error::Turn(told) if told == ms), "{error}");
        assert_eq!(error.kind(), Kind::Busy);
    }
    let error = first.remove(0).await.unwrap_err();
    assert!(matches!(error, Error::Time(10_000)), "{error}");
    assert_eq!((way.metrics.egress.busy.get(), way.metrics.egress.failed.get()), (2, 1));
    drop(end);
}
