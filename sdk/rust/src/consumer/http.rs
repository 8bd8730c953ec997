//! Requests to other hosts, as far as the role may reach them (`shardmill:Fetch`).
//!
//! ```
//! use shardmill_guest::consumer::http::{Request, Response};
//! use shardmill_guest::consumer::secrets;
//! use shardmill_guest::testing;
//!
//! testing::add_secret("token", "hush");
//! testing::answer_requests(|request| {
//!     assert_eq!(request.url, "https://example.com/a");
//!     Ok(Response { status: 200, body: b"found".to_vec(), ..Response::default() })
//! });
//! let token = secrets::open("token").unwrap();
//! let request = Request::get("https://example.com/a").secret("authorization", "Bearer ", token);
//! assert_eq!(request.send().unwrap().text(), Ok("found"));
//! ```
//!
//! A request goes out when it is sent, and is not taken back if the batch fails: what must happen once needs a name that
//! the host over there knows again, such as the sequence number of its record. Redirects are answers.

use std::fmt;
use std::str::Utf8Error;
use std::time::Duration;

use super::secrets::Secret;

/// A request that was not sent yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Absolute.
    pub url: String,
    /// In their order.
    pub headers: Vec<(String, Value)>,
    /// What is sent.
    pub body: Vec<u8>,
    /// How long it may take: up to a minute, half of one if nothing is said.
    pub time: Option<Duration>,
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// This.
    Plain(Vec<u8>),
    /// What the host puts in for a secret, with text before it.
    Secret {
        /// Which.
        secret: Secret,
        /// What stands before it.
        prefix: String,
    },
}

/// An answer, whatever its status says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// 200 if all went well.
    pub status: u16,
    /// Names in lower case and values, in their order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What it brings.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The role, or the operator's networks, do not allow it.
    Denied(String),
    /// It cannot be asked for like this.
    Invalid(String),
    /// The batch has had what it may have.
    TooMany(String),
    /// Too much is under way at the moment. Nothing was sent.
    Busy(String),
    /// The host has no address, or does not take the connection. Nothing was sent.
    NotReached(String),
    /// No answer in time. The request may have arrived.
    TimedOut(String),
    /// The answer is larger than is taken. The request arrived.
    TooLarge(String),
    /// The connection broke, or what came is no answer. The request may have arrived.
    Failed(String),
}

impl Request {
    /// One with this method and an absolute URL.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self { method: method.into(), url: url.into(), ..Self::default() }
    }

    /// A `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// A `POST` of a body.
    pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::new("POST", url) }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), Value::Plain(value.into())));
        self
    }

    /// With a header that the host makes of `prefix` and what the secret says. Only over https.
    #[must_use]
    pub fn secret(
        mut self,
        name: impl Into<String>,
        prefix: impl Into<String>,
        secret: Secret,
    ) -> Self {
        self.headers.push((name.into(), Value::Secret { secret, prefix: prefix.into() }));
        self
    }

    /// With a time within which the answer must be there.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }

    /// Sends it and waits for the answer.
    ///
    /// # Errors
    /// If there is none. What is given as an error may be answered by going on without, by failing the record, or by
    /// trying the batch again.
    pub fn send(self) -> Result<Response, Error> {
        #[cfg(all(target_family = "wasm", feature = "consumer"))]
        return crate::abi::fetch(self);
        #[cfg(not(target_family = "wasm"))]
        return crate::testing::fetch(&self);
        #[cfg(all(target_family = "wasm", not(feature = "consumer")))]
        unreachable!("requests are for consumers");
    }
}

impl Response {
    /// Whether the status says that all went well.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What a header says, if there is one; names in any case.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_slice())
    }

    /// What it brings, as text.
    ///
    /// # Errors
    /// If it is not UTF-8.
    pub fn text(&self) -> Result<&str, Utf8Error> {
        std::str::from_utf8(&self.body)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(why)
            | Self::Invalid(why)
            | Self::TooMany(why)
            | Self::Busy(why)
            | Self::NotReached(why)
            | Self::TimedOut(why)
            | Self::TooLarge(why)
            | Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}
