//! TLS on the door's port: what clients agree on, what they are told, and what a bad handshake costs.

use std::time::Duration;

use gateway::Limits;
use http::header::{HOST, LOCATION};
use http::{Method, Request};
use http_body_util::Full;
use rustls::HandshakeKind;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Ask, Got, connect2, raw, send, send1, send2};
use crate::server::Server;
use crate::tls::{Made, Witness, over_http1, over_http2, shake, trusting, trusting_over};

const SOON: Duration = Duration::from_millis(50);

#[tokio::test]
async fn one_port_speaks_both_and_requests_know_how_they_came() {
    let made = Made::new();
    let mut witness = None;
    let server = Server::with(|door| {
        made.on(door, false);
        witness = Some(Witness::at(door));
    })
    .await;
    let witness = witness.unwrap();
    for ask in [&Ask::to("Echo")] {
        assert_eq!(send1(&server, ask).await.status, 200);
        assert_eq!(send2(&server, ask).await.status, 200);
        assert_eq!(witness.last().tls, None);
    }
    for (alpn, version) in [("h2", &TLS13), ("http/1.1", &TLS12)] {
        let stream = shake(server.address, trusting_over(&made, &[alpn], &[version])).await;
        let stream = stream.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(alpn.as_bytes()));
        let got = match alpn {
            "h2" => over_http2(stream).await.send_request(Ask::to("Echo").http2(&server)).await,
            _ => over_http1(stream).await.send_request(Ask::to("Echo").http1(&server)).await,
        };
        assert_eq!(got.unwrap().status(), 200, "{alpn}");
        let origin = witness.last();
        let tls = origin.tls.unwrap();
        let known = [
            ("TLSv1.3", "TLS_AES_256_GCM_SHA384"),
            ("TLSv1.3", "TLS_AES_128_GCM_SHA256"),
            ("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
            ("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        ];
        assert!(known.contains(&(tls.version, tls.cipher)), "{tls:?}");
        assert_eq!(origin.address, Some("127.0.0.1".parse().unwrap()));
    }
    assert_eq!(server.metric("shardmill_tls_handshakes_total"), 2);
}

/// As older releases of the SDK for Java do.
#[tokio::test]
async fn http2_needs_no_alpn() {
    let made = Made::new();
    let server = Server::with(|door| drop(made.on(door, true))).await;
    let stream = shake(server.address, trusting(&made, &[])).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), None);
    let mut client = over_http2(stream).await;
    for _ in 0..3 {
        let got = client.send_request(Ask::to("Echo").with_text(100_000).http2(&server)).await;
        assert_eq!(got.unwrap().status(), 200);
    }
    // What is agreed on is not held against a client either.
    let stream = shake(server.address, trusting(&made, &["h2"])).await.unwrap();
    let got = over_http1(stream).await.send_request(Ask::to("Echo").http1(&server)).await;
    assert_eq!(got.unwrap().status(), 200);
}

#[tokio::test]
async fn where_tls_is_required_clear_text_is_told_so() {
    let made = Made::new();
    let server = Server::with(|door| drop(made.on(door, true))).await;
    let message = "This server takes requests over TLS only: use https:// in the endpoint.";
    for got in [send1(&server, &Ask::to("Echo")).await, send2(&server, &Ask::to("Echo")).await] {
        got.is_failure(403, "AccessDeniedException", Some(message));
        assert!(!got.headers.contains_key(LOCATION));
    }
    let get = |path: &str, method| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(HOST, "localhost").header("origin", "http://page.test");
        request.body(Full::default()).unwrap()
    };
    let rest = send(&server, get("/2015-03-31/functions/", Method::GET)).await;
    assert_eq!(
        (rest.status.as_u16(), rest.header("x-amzn-errortype")),
        (403, "AccessDeniedException")
    );
    let preflight = send(&server, get("/", Method::OPTIONS)).await;
    assert_eq!(preflight.status, 403);
    // What looks after the program on the same machine needs no certificate.
    for path in ["/health", "/metrics"] {
        assert_eq!(send(&server, get(path, Method::GET)).await.status, 200, "{path}");
    }
    let stream = shake(server.address, trusting(&made, &[])).await.unwrap();
    let got = over_http1(stream).await.send_request(Ask::to("Echo").http1(&server)).await;
    assert_eq!(got.unwrap().status(), 200);
}

#[tokio::test]
async fn without_a_certificate_a_hello_is_a_bad_request() {
    let server = Server::start().await;
    let answer = raw(&server, b"\x16\x03\x01\x00\x05hello\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_bad_hello_costs_its_connection_only() {
    let made = Made::new();
    let server = Server::with(|door| drop(made.on(door, false))).await;
    let mut other = connect2(&server).await;
    let garbage: [&[u8]; 4] = [
        b"\x16garbage that is no record",
        b"\x16\x03\x01\x40\x01",
        &[0x16; 20_000],
        b"\x16\x03\x03\x00\x04\x01\xff\xff\xff",
    ];
    for bytes in garbage {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // An alert, or a reset if bytes were left unread.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer[0] == 0x15, "{answer:?}");
    }
    assert_eq!(server.metric("shardmill_tls_handshake_failures_total{reason=\"failed\"}"), 4);
    let got = other.send_request(Ask::to("Echo").http2(&server)).await.unwrap();
    assert_eq!(got.status(), 200);
    assert_eq!(server.tasks.panics(), 0);
}

#[tokio::test]
async fn a_slow_handshake_is_ended() {
    let made = Made::new();
    let server = Server::with(|door| {
        made.on(door, false);
        door.limits = Limits { handshake_timeout: SOON, ..Limits::default() };
    })
    .await;
    // The beginning of a record that never comes.
    let answer = raw(&server, b"\x16\x03\x01\x02\x00\x01\x00").await;
    assert_eq!(answer, "");
    assert_eq!(server.metric("shardmill_tls_handshake_failures_total{reason=\"slow\"}"), 1);
}

#[tokio::test]
async fn one_who_says_nothing_is_slow_with_its_head() {
    let made = Made::new();
    let server = Server::with(|door| {
        made.on(door, false);
        door.limits = Limits { head_timeout: SOON, ..Limits::default() };
    })
    .await;
    assert_eq!(raw(&server, b"").await, "");
    assert_eq!(server.metric("shardmill_connections_expired_total{reason=\"head\"}"), 1);
}

#[tokio::test]
async fn handshakes_count_as_connections() {
    let made = Made::new();
    let server = Server::with(|door| {
        made.on(door, false);
        door.limits = Limits { connections_max: 20, ..Limits::default() };
    })
    .await;
    let mut flood = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"\x16\x03\x01\x02\x00").await.unwrap();
        flood.push(stream);
    }
    for _ in 0..5 {
        assert!(shake(server.address, trusting(&made, &[])).await.is_err());
    }
    assert_eq!(server.metric("shardmill_connections_refused_total{reason=\"total\"}"), 5);
    drop(flood);
    while server.metric("shardmill_connections_open") > 0 {
        tokio::task::yield_now().await;
    }
    shake(server.address, trusting(&made, &[])).await.unwrap();
}

#[tokio::test]
async fn handshakes_under_way_do_not_delay_the_end() {
    let made = Made::new();
    let server = Server::with(|door| drop(made.on(door, false))).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"\x16\x03\x01\x02\x00").await.unwrap();
    let silent = TcpStream::connect(server.address).await.unwrap();
    while server.metric("shardmill_connections_open") < 2 {
        tokio::task::yield_now().await;
    }
    server.tasks.stop();
    server.tasks.drained().await;
    drop((stream, silent));
}

#[tokio::test]
async fn another_certificate_is_for_those_who_come_next() {
    let (old, new) = (Made::new(), Made::new());
    let mut tls = None;
    let server = Server::with(|door| tls = Some(old.on(door, false))).await;
    let tls = tls.unwrap();
    let config = trusting(&old, &[]);
    let stream = shake(server.address, config.clone()).await.unwrap();
    let mut open = over_http1(stream).await;
    let got = open.send_request(Ask::to("Echo").http1(&server)).await.unwrap();
    assert_eq!(Got::of(got).await.status, 200);
    let resumed = shake(server.address, config.clone()).await.unwrap();
    assert_eq!(resumed.get_ref().1.handshake_kind(), Some(HandshakeKind::Resumed));

    tls.show(new.certificate());
    open.ready().await.unwrap();
    let got = open.send_request(Ask::to("Echo").http1(&server)).await.unwrap();
    assert_eq!(Got::of(got).await.status, 200);
    // Nobody gets by with a session of the old one.
    assert!(shake(server.address, config).await.is_err());
    let stream = shake(server.address, trusting(&new, &[])).await.unwrap();
    assert_eq!(stream.get_ref().1.peer_certificates().unwrap()[0], new.der);
}
