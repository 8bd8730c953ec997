//! Signed requests for operations that are bound to a method and a path.

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::Full;
use identity::sigv4::{Credentials, Scope, Unsigned, sign};
use serde_json::Value;

use crate::client::{Got, connect2, send};
use crate::server::{NOW, Server};

/// A request to be signed.
pub(crate) struct Rest {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) secret: &'static str,
    pub(crate) key: &'static str,
    pub(crate) service: &'static str,
    pub(crate) body: Bytes,
}

impl Rest {
    pub(crate) fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: HeaderMap::new(),
            secret: "test",
            key: "test",
            service: "lambda",
            body: Bytes::new(),
        }
    }

    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target)
    }

    pub(crate) fn post(target: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::new(Method::POST, target) }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// With its signature; the host is one of HTTP/1.1.
    pub(crate) fn http1(&self, server: &Server) -> Request<Full<Bytes>> {
        let host = server.address.to_string();
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.parse().unwrap();
        *request.headers_mut() = self.signed(&host);
        request.headers_mut().insert(HOST, host.parse().unwrap());
        request
    }

    pub(crate) fn http2(&self, server: &Server) -> Request<Full<Bytes>> {
        let host = server.address.to_string();
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = format!("http://{host}{}", self.target).parse().unwrap();
        *request.headers_mut() = self.signed(&host);
        request
    }

    pub(crate) fn signed(&self, host: &str) -> HeaderMap {
        let unsigned = Unsigned {
            method: &self.method,
            path_and_query: &self.target,
            host,
            headers: &self.headers,
            body: &self.body,
        };
        let credentials = Credentials {
            access_key_id: self.key,
            secret_access_key: self.secret.as_bytes(),
            security_token: None,
        };
        let scope = Scope { region: "us-east-1", service: self.service };
        let now_ms = i64::try_from(NOW.0).unwrap();
        let mut headers = self.headers.clone();
        headers.extend(sign(&unsigned, &credentials, &scope, now_ms).unwrap());
        headers
    }

    /// What both protocols answer, which is the same.
    pub(crate) async fn send(&self, server: &Server) -> Got {
        let one = send(server, self.http1(server)).await;
        let mut client = connect2(server).await;
        let two = Got::of(client.send_request(self.http2(server)).await.unwrap()).await;
        assert_eq!((one.status, &one.body), (two.status, &two.body));
        one
    }
}

#[track_caller]
pub(crate) fn is_failure(got: &Got, status: u16, code: &str, body: &Value) {
    assert_eq!((got.status.as_u16(), &got.json()), (status, body), "{}", got.text());
    assert_eq!(got.header("x-amzn-errortype"), code);
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(got.header("x-amzn-requestid").len(), 36);
}
