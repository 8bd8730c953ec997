//! Clients over both protocols, and raw bytes for what no client library sends.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use identity::sigv4::{Credentials, Scope, Unsigned, sign, sign_http2};
use stdx::Tasks;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::protocol::Protocol;
use wire::testing;

use crate::server::{FORM, NOW, Server};

/// A request to be signed; tests change what they are about.
pub(crate) struct Ask {
    pub(crate) prefix: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) key: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) token: Option<&'static str>,
    pub(crate) service: &'static str,
    pub(crate) region: &'static str,
    pub(crate) now_ms: i64,
    /// Whether the host is signed as `:authority`.
    pub(crate) as_authority: bool,
    pub(crate) body: Bytes,
    pub(crate) path: &'static str,
    /// Headers that are signed besides.
    pub(crate) more: Vec<(&'static str, &'static str)>,
}

impl Ask {
    pub(crate) fn to(operation: &'static str) -> Self {
        Self {
            prefix: "Test_20261101",
            operation,
            content_type: "application/x-amz-json-1.1",
            key: "test",
            secret: "test",
            token: None,
            service: "kinesis",
            region: "us-east-1",
            now_ms: i64::try_from(NOW.0).unwrap(),
            as_authority: false,
            body: Bytes::from_static(br#"{"Text":"abc"}"#),
            path: "/",
            more: Vec::new(),
        }
    }

    /// With a text of so many characters.
    pub(crate) fn with_text(mut self, length: usize) -> Self {
        self.body = format!(r#"{{"Text":"{}"}}"#, "x".repeat(length)).into();
        self
    }

    /// The headers, signature included.
    pub(crate) fn headers(&self, host: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let content_type = HeaderValue::from_static(self.content_type);
        headers.insert(CONTENT_TYPE, content_type);
        if !self.prefix.is_empty() {
            let target = format!("{}.{}", self.prefix, self.operation);
            let name = HeaderName::from_static("x-amz-target");
            headers.insert(name, target.parse().unwrap());
        }
        for (name, value) in &self.more {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let unsigned = Unsigned {
            method: &Method::POST,
            path_and_query: self.path,
            host,
            headers: &headers,
            body: &self.body,
        };
        let credentials = Credentials {
            access_key_id: self.key,
            secret_access_key: self.secret.as_bytes(),
            security_token: self.token,
        };
        let (region, service) = (self.region, self.service);
        let scope = Scope { region, service };
        let sign = if self.as_authority { sign_http2 } else { sign };
        for (name, value) in sign(&unsigned, &credentials, &scope, self.now_ms).unwrap() {
            headers.insert(name, value);
        }
        headers
    }

    pub(crate) fn http1(&self, server: &Server) -> Request<Full<Bytes>> {
        let host = server.address.to_string();
        let mut request = Request::post(self.path).body(Full::new(self.body.clone())).unwrap();
        *request.headers_mut() = self.headers(&host);
        request.headers_mut().insert(HOST, host.parse().unwrap());
        request
    }

    pub(crate) fn http2(&self, server: &Server) -> Request<Full<Bytes>> {
        let host = server.address.to_string();
        let uri = format!("http://{host}{}", self.path);
        let mut request = Request::post(uri).body(Full::new(self.body.clone())).unwrap();
        *request.headers_mut() = self.headers(&host);
        request
    }

    /// The bytes of an HTTP/1.1 request.
    pub(crate) fn bytes(&self, server: &Server) -> Vec<u8> {
        let mut bytes = self.head(server, self.body.len());
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The bytes of its head, announcing a body of this length.
    pub(crate) fn head(&self, server: &Server, length: usize) -> Vec<u8> {
        let host = server.address.to_string();
        let mut head = format!("POST / HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n");
        for (name, value) in &self.headers(&host) {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        head += "\r\n";
        head.into_bytes()
    }
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Got {
    pub(crate) async fn of(response: Response<hyper::body::Incoming>) -> Self {
        let (head, body) = response.into_parts();
        Self {
            status: head.status,
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body, in whatever protocol it is written.
    pub(crate) fn document(&self) -> serde_json::Value {
        let protocol = match self.header("content-type") {
            "text/xml" => Some(Protocol::Query(&FORM)),
            "application/cbor" => Some(Protocol::RpcV2Cbor),
            kind => Protocol::of_content_type(kind),
        };
        testing::read(protocol.expect("one of AWS's"), &self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn is_failure(&self, status: u16, code: &str, message: Option<&str>) {
        assert_eq!(self.status, status, "{:?}", self.body);
        let mut expected = serde_json::json!({ "__type": code });
        if let Some(message) = message {
            expected["message"] = message.into();
        }
        assert_eq!(self.document(), expected);
        assert_eq!(self.header("x-amzn-errortype"), code);
    }
}

pub(crate) type Http1 = http1::SendRequest<Full<Bytes>>;
pub(crate) type Http2 = http2::SendRequest<Full<Bytes>>;

pub(crate) async fn connect1(server: &Server) -> Http1 {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    Tasks::new().spawn("client", async { drop(connection.await) });
    client
}

pub(crate) async fn connect2(server: &Server) -> Http2 {
    connect2_with(server).await
}

/// The same, for bodies of any kind.
pub(crate) async fn connect2_with<B>(server: &Server) -> http2::SendRequest<B>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + Unpin + 'static,
{
    let stream = TcpStream::connect(server.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let io = TokioIo::new(stream);
    let (client, connection) = http2::handshake(Spawner, io).await.unwrap();
    Tasks::new().spawn("client", async { drop(connection.await) });
    client
}

#[derive(Clone)]
pub(crate) struct Spawner;

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Spawner {
    fn execute(&self, future: F) {
        Tasks::new().spawn("client", future);
    }
}

/// Asks over a new HTTP/1.1 connection.
pub(crate) async fn send1(server: &Server, ask: &Ask) -> Got {
    let mut client = connect1(server).await;
    Got::of(client.send_request(ask.http1(server)).await.unwrap()).await
}

/// Asks over a new HTTP/2 connection.
pub(crate) async fn send2(server: &Server, ask: &Ask) -> Got {
    let mut client = connect2(server).await;
    Got::of(client.send_request(ask.http2(server)).await.unwrap()).await
}

/// Sends any request over a new HTTP/1.1 connection.
pub(crate) async fn send(server: &Server, request: Request<Full<Bytes>>) -> Got {
    let mut client = connect1(server).await;
    Got::of(client.send_request(request).await.unwrap()).await
}

/// Sends bytes and reads until the other side closes.
pub(crate) async fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}
