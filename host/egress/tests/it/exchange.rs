//! What is sent, and what comes back.

use bytes::Bytes;
use egress::{Bounds, Hosts, Kind};
use http::{Request, StatusCode};

use crate::support::{Server, Way, tenant};

const HELLO: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: keep-alive, x-hop\r\n\
                     x-hop: 1\r\nx-kept: 2\r\nkeep-alive: timeout=5\r\n\r\nhello";

#[tokio::test]
async fn a_request_arrives_as_it_was_meant_and_the_answer_comes_back() {
    let server = Server::answering(&[HELLO]).await;
    let way = Way::into(&["127.0.0.0/8"]);
    let request = Request::post(server.url("/a%20b?c=d"))
        .header("host", "elsewhere.test")
        .header("content-length", "99")
        .header("transfer-encoding", "chunked")
        .header("connection", "x-private")
        .header("x-private", "hush")
        .header("proxy-authorization", "hush")
        .header("x-mine", "yes")
        .body(Bytes::from_static(b"body"))
        .unwrap();
    let response = server.fetch(&way, request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(&response.body()[..], b"hello");
    assert_eq!(response.headers()["x-kept"], "2");
    for gone in ["x-hop", "connection", "keep-alive"] {
        assert!(!response.headers().contains_key(gone), "{gone} is about the connection");
    }
    let seen = server.seen.requests.lock()[0].clone();
    assert!(seen.starts_with("POST /a%20b?c=d HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains(&format!("host: {}\r\n", server.address)), "{seen}");
    assert!(seen.contains("content-length: 4\r\n") && seen.ends_with("\r\n\r\nbody"), "{seen}");
    assert!(seen.contains("x-mine: yes\r\n") && seen.contains("user-agent: shardmill/"), "{seen}");
    for gone in ["elsewhere", "hush", "chunked", "connection"] {
        assert!(!seen.contains(gone), "{gone} in {seen}");
    }
    let numbers = &way.metrics.egress;
    assert_eq!((numbers.answered.get(), numbers.sent_bytes.get()), (1, 4));
    assert_eq!(numbers.received_bytes.get(), 5);
}

#[tokio::test]
async fn a_connection_is_kept_for_the_same_tenant_and_for_nobody_else() {
    let server = Server::answering(&[HELLO]).await;
    let way = Way::into(&["127.0.0.0/8"]);
    for _ in 0..3 {
        way.get(&server.url("/")).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    let request = Request::get(server.url("/")).body(Bytes::new()).unwrap();
    let other = "444455556666".parse().unwrap();
    way.egress.fetch(other, &server.hosts(), request, Bounds::default()).await.unwrap();
    assert_eq!(server.connections(), 2);
    way.egress.close();
    way.get(&server.url("/")).await.unwrap();
    assert_eq!(server.connections(), 3, "what was kept is closed");
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let inside = Server::answering(&[HELLO]).await;
    let location = inside.url("/latest/meta-data");
    let found = format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let server = Server::answering(&[&found]).await;
    let way = Way::into(&["127.0.0.0/8"]);
    let response = way.get(&server.url("/")).await.unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(response.headers()["location"], location);
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_apart_from_what_may_not() {
    let server = Server::answering(&[HELLO]).await;
    let way = Way::into(&["127.0.0.0/8"]);
    let request = |method: &str, url: &str| {
        Request::builder().method(method).uri(url).body(Bytes::new()).unwrap()
    };
    let fetch = async |hosts: &Hosts, request| {
        let result = way.egress.fetch(tenant(), hosts, request, Bounds::default()).await;
        result.unwrap_err().kind()
    };
    let hosts = server.hosts();
    assert_eq!(fetch(&hosts, request("GET", "/only/a/path")).await, Kind::Invalid);
    assert_eq!(fetch(&hosts, request("CONNECT", &server.url("/"))).await, Kind::Invalid);
    assert_eq!(fetch(&Hosts::default(), request("GET", &server.url("/"))).await, Kind::Denied);
    let other = Hosts::parse(["example.com"]).unwrap();
    assert_eq!(fetch(&other, request("GET", &server.url("/"))).await, Kind::Denied);
    assert_eq!(server.connections(), 0);
    let numbers = &way.metrics.egress;
    assert_eq!((numbers.invalid.get(), numbers.denied.get()), (2, 2));
}
