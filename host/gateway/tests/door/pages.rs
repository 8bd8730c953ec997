//! Health, metrics and browsers.

use std::sync::Arc;

use bytes::Bytes;
use gateway::{HealthCheck, HealthReport};
use http::Request;
use http_body_util::Full;

use crate::client::{Ask, Got, send, send1};
use crate::server::Server;

async fn get(server: &Server, path: &str) -> Got {
    let request = Request::get(path).body(Full::new(Bytes::new())).unwrap();
    send(server, request).await
}

#[tokio::test]
async fn health_is_open_and_tells_what_is_wrong() {
    let server = Server::start().await;
    let got = get(&server, "/health").await;
    assert_eq!((got.status.as_u16(), got.text()), (200, r#"{"checks":[],"status":"ok"}"#));
    assert_eq!(got.header("content-type"), "application/json");

    let report = || HealthReport {
        checks: vec![HealthCheck { name: "storage", problem: Some("disk full".to_owned()) }],
    };
    let server = Server::with(|door| door.health = Arc::new(report)).await;
    let got = get(&server, "/health?x=1").await;
    assert_eq!(got.status, 503);
    assert_eq!(got.json()["checks"][0]["problem"], "disk full");
}

#[tokio::test]
async fn metrics_are_shown_to_this_machine() {
    let server = Server::start().await;
    let got = get(&server, "/metrics").await;
    assert_eq!(got.status, 200);
    assert!(got.header("content-type").starts_with("application/openmetrics-text"));
    assert!(got.text().contains("shardmill_connections_open 1\n"));
    assert_eq!(got.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn metrics_ask_this_machine_for_the_token_too() {
    let token = stdx::Secret::new("t0ken".to_owned());
    let server = Server::with(|door| door.metrics_token = Some(token)).await;
    let got = get(&server, "/metrics").await;
    assert_eq!((got.status.as_u16(), got.header("www-authenticate")), (401, "Bearer"));
    let request = Request::get("/metrics").header("authorization", "Bearer t0ken");
    let got = send(&server, request.body(Full::new(Bytes::new())).unwrap()).await;
    assert_eq!(got.status, 200);
}

#[tokio::test]
async fn other_methods_see_no_pages() {
    let server = Server::start().await;
    for path in ["/metrics", "/health"] {
        let request = Request::post(path).body(Full::new(Bytes::new())).unwrap();
        assert_eq!(send(&server, request).await.status, 404);
    }
}

#[tokio::test]
async fn browsers_are_answered() {
    let server = Server::start().await;
    let request = Request::options("/")
        .header("origin", "http://example.com")
        .header("access-control-request-headers", "x-amz-target")
        .header("access-control-request-method", "POST")
        .body(Full::new(Bytes::new()))
        .unwrap();
    let got = send(&server, request).await;
    assert_eq!((got.status.as_u16(), got.text()), (200, ""));
    assert_eq!(got.header("access-control-allow-origin"), "*");
    assert_eq!(got.header("access-control-allow-headers"), "x-amz-target");
    assert_eq!(got.header("access-control-allow-methods"), "POST");
    assert_eq!(got.header("access-control-max-age"), "172800");
    assert_eq!((got.header("x-amz-id-2"), got.header("content-type")), ("", ""));
    assert_eq!(got.header("x-amzn-requestid").len(), 36);

    let mut request = Ask::to("Echo").http1(&server);
    request.headers_mut().insert("origin", "http://example.com".parse().unwrap());
    let got = send(&server, request).await;
    assert_eq!((got.status.as_u16(), got.header("access-control-allow-origin")), (200, "*"));
    assert!(got.header("access-control-expose-headers").contains("x-amzn-RequestId"));
    let plain = send1(&server, &Ask::to("Echo")).await;
    assert_eq!(plain.header("access-control-allow-origin"), "");
}
