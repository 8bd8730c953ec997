//! A client of our own: AWS JSON, CBOR and REST-JSON over HTTP/1.1, signed with the product's signer.
//!
//! Unlike an SDK it never tries again, keeps "refused" apart from "not known", and sends what it is told to,
//! also what no SDK would.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use identity::sigv4::{self, Credentials, Scope, Unsigned};
use serde_json::Value;
use wire::protocol::Protocol;
use wire::testing;

use crate::http1::Connection;
pub use crate::http1::Reply;

/// Signs as one user, keeps one connection.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    key: (String, String),
    /// What Kinesis is spoken to in.
    protocol: Protocol,
    /// How functions are invoked, if not as the server does by itself.
    invocation: Option<&'static str>,
    connection: Option<Connection>,
}

/// Why a call has no answer to give.
#[derive(Debug)]
pub enum CallError {
    /// The server said no.
    Refused(Refused),
    /// Nothing was sent: there is no connection.
    NotSent(io::Error),
    /// The request or its answer was lost on the way: it may have been done or not.
    Lost(io::Error),
}

/// A reply that is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// The exception.
    pub code: String,
    /// Its text.
    pub message: String,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(Refused { status, code, message }) => {
                write!(f, "{status} {code}: {message}")
            }
            Self::NotSent(error) => write!(f, "not sent: {error}"),
            Self::Lost(error) => write!(f, "lost: {error}"),
        }
    }
}

impl std::error::Error for CallError {}

impl Client {
    /// A client with the development key.
    pub fn new(address: SocketAddr) -> Self {
        let (key, protocol) = (("test".to_owned(), "test".to_owned()), Protocol::AwsJson11);
        Self { address, key, protocol, invocation: None, connection: None }
    }

    /// The same, speaking this to Kinesis.
    #[must_use]
    pub fn speaking(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    /// A client with another key.
    pub fn with_key(address: SocketAddr, id: &str, secret: &str) -> Self {
        Self { key: (id.to_owned(), secret.to_owned()), ..Self::new(address) }
    }

    /// Calls a function asynchronously.
    ///
    /// # Errors
    /// As [`Client::rest`].
    pub fn send_event(&mut self, function: &str, event: &Value) -> Result<(), CallError> {
        self.invocation = Some("Event");
        let path = format!("/2015-03-31/functions/{function}/invocations");
        self.rest(&Method::POST, &path, event).map(drop)
    }

    /// Calls an operation of our own once; an empty reply is `Null`.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn own(&mut self, operation: &str, input: &Value) -> Result<Value, CallError> {
        let body = input.to_string().into_bytes();
        let reply = self.request(&Asked::own(operation), &body)?;
        if reply.status != 200 {
            return Err(CallError::Refused(refused(&reply)));
        }
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        let broken = |error| CallError::Lost(io::Error::new(io::ErrorKind::InvalidData, error));
        serde_json::from_slice(&reply.body).map_err(broken)
    }

    /// Asks whatever is asked, signed.
    ///
    /// # Errors
    /// `NotSent` or `Lost`; a refusal is a reply.
    pub fn request(&mut self, asked: &Asked<'_>, body: &[u8]) -> Result<Reply, CallError> {
        let head = self.head_of(asked, body);
        self.exchange(&head, body)
    }

    /// The same without a signature.
    ///
    /// # Errors
    /// As [`Client::request`].
    pub fn request_unsigned(&mut self, asked: &Asked<'_>, body: &[u8]) -> Result<Reply, CallError> {
        let Asked { method, path, target, .. } = asked;
        let (host, length) = (self.address, body.len());
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n");
        if let Some(target) = target {
            head +=
                &format!("content-type: application/x-amz-json-1.1\r\nx-amz-target: {target}\r\n");
        }
        self.exchange(&(head + "\r\n"), body)
    }

    /// Calls an operation of Kinesis once; an empty reply is `Null`.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn call(&mut self, operation: &str, input: &Value) -> Result<Value, CallError> {
        let reply = self.ask(operation, input)?;
        if reply.status != 200 {
            return Err(CallError::Refused(refused(&reply)));
        }
        let broken = |error| CallError::Lost(io::Error::new(io::ErrorKind::InvalidData, error));
        testing::read(self.protocol, &reply.body).map_err(broken)
    }

    /// The same, but a refusal is a reply.
    ///
    /// # Errors
    /// `NotSent` or `Lost`.
    pub fn ask(&mut self, operation: &str, input: &Value) -> Result<Reply, CallError> {
        let body = testing::write(self.protocol, input);
        self.send(operation, &body)
    }

    /// Calls an operation of Lambda once, by its method and path; an empty reply is `Null`.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn rest(&mut self, method: &Method, path: &str, input: &Value) -> Result<Value, CallError> {
        let body = if input.is_null() { Vec::new() } else { input.to_string().into_bytes() };
        let asked = Asked { method, path, service: "lambda", target: None };
        let reply = self.exchange(&self.head_of(&asked, &body), &body)?;
        if !(200..300).contains(&reply.status) {
            return Err(CallError::Refused(refused_rest(&reply)));
        }
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        let broken = |error| CallError::Lost(io::Error::new(io::ErrorKind::InvalidData, error));
        serde_json::from_slice(&reply.body).map_err(broken)
    }

    /// Sends a body as it is.
    ///
    /// # Errors
    /// `NotSent` or `Lost`; a refusal is a reply.
    pub fn send(&mut self, operation: &str, body: &[u8]) -> Result<Reply, CallError> {
        let head = self.head(operation, body);
        self.exchange(&head, body)
    }

    /// A GET without a signature.
    ///
    /// # Errors
    /// `NotSent` or `Lost`.
    pub fn get(&mut self, path: &str) -> Result<Reply, CallError> {
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.address);
        self.exchange(&head, b"")
    }

    fn exchange(&mut self, head: &str, body: &[u8]) -> Result<Reply, CallError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.address).map_err(CallError::NotSent)?,
        };
        let reply = connection.exchange(head, body).map_err(CallError::Lost)?;
        if reply.header("connection") != Some("close") {
            self.connection = Some(connection);
        }
        Ok(reply)
    }

    /// The head of a signed request of Kinesis, down to its empty line.
    ///
    /// # Panics
    /// For an operation whose name cannot be a header's value.
    pub fn head(&self, operation: &str, body: &[u8]) -> String {
        let target = format!("Kinesis_20131202.{operation}");
        let (method, target) = (&Method::POST, Some(target));
        self.head_of(&Asked { method, path: "/", service: "kinesis", target }, body)
    }

    fn head_of(&self, asked: &Asked<'_>, body: &[u8]) -> String {
        let host = self.address.to_string();
        let headers = self.signed(&host, asked, body).expect("a request of ours can be signed");
        let Asked { method, path, .. } = asked;
        let length = body.len();
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n");
        for (name, value) in &headers {
            let value = value.to_str().expect("our headers are ASCII");
            head += &format!("{name}: {value}\r\n");
        }
        head + "\r\n"
    }

    fn signed(&self, host: &str, asked: &Asked<'_>, body: &[u8]) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        if let Some(kind) = asked.path.strip_suffix("/invocations").and(self.invocation) {
            let name = HeaderName::from_static("x-amz-invocation-type");
            headers.insert(name, HeaderValue::from_static(kind));
        }
        let content_type = match &asked.target {
            Some(target) => {
                headers.insert(HeaderName::from_static("x-amz-target"), target.parse()?);
                self.protocol.content_type()
            }
            None => Protocol::RestJson.content_type(),
        };
        let content_type = HeaderValue::from_static(content_type);
        headers.insert(HeaderName::from_static("content-type"), content_type);
        let Asked { method, path, service, .. } = *asked;
        let request = Unsigned { method, path_and_query: path, host, headers: &headers, body };
        let credentials = Credentials {
            access_key_id: &self.key.0,
            secret_access_key: self.key.1.as_bytes(),
            security_token: None,
        };
        let scope = Scope { region: "us-east-1", service };
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let now = i64::try_from(now).context("a time of our age")?;
        let added = sigv4::sign(&request, &credentials, &scope, now)?;
        headers.extend(added);
        Ok(headers)
    }
}

/// What is asked of whom.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path, with its query.
    pub path: &'a str,
    /// The service that the signature is for.
    pub service: &'a str,
    /// `X-Amz-Target`, if the operation is found by it.
    pub target: Option<String>,
}

impl Asked<'_> {
    /// An operation of our own.
    pub fn own(operation: &str) -> Self {
        let target = Some(format!("Shardmill_20261101.{operation}"));
        Self { method: &Method::POST, path: "/", service: "shardmill", target }
    }
}

/// Reads an error's body.
pub fn refused(reply: &Reply) -> Refused {
    let protocol = reply.header("content-type").and_then(Protocol::of_content_type);
    let body = testing::read(protocol.unwrap_or(Protocol::RestJson), &reply.body);
    let body = body.unwrap_or_default();
    let word = |name: &str| body[name].as_str().map(str::to_owned);
    Refused {
        status: reply.status,
        code: word("__type").unwrap_or_default(),
        message: word("message").or_else(|| word("Message")).unwrap_or_default(),
    }
}

/// Reads an error of a REST service, whose code is in a header.
pub fn refused_rest(reply: &Reply) -> Refused {
    let code = reply.header("x-amzn-errortype").unwrap_or_default().to_owned();
    Refused { code, ..refused(reply) }
}
