//! Where a client connects.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::refusal::Refusal;

/// An endpoint URL, `http://HOST:PORT` or `https://HOST:PORT`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// A name or an address, IPv6 without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether TLS protects what is sent there.
    pub(crate) is_tls: bool,
    /// What the `Host` header says: with the port unless it is the scheme's own.
    pub(crate) authority: String,
}

impl Endpoint {
    /// Where `shardmill serve` listens if not told otherwise.
    pub(crate) const DEFAULT: &'static str = "http://127.0.0.1:4566";

    fn new(host: &str, port: u16, is_tls: bool) -> Self {
        let shown = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let authority = if port == port_of(is_tls) { shown } else { format!("{shown}:{port}") };
        Self { host: host.to_owned(), port, is_tls, authority }
    }

    /// Whether it can only be this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self::new(&address.ip().to_string(), address.port(), false)
    }
}

impl FromStr for Endpoint {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let refuse = |why: &str| {
            // A password may stand before the host, and is not printed.
            let shown = text.rsplit_once('@').map_or(text, |(_, host)| host);
            Refusal::usage(format!("invalid endpoint `{shown}`: {why}"))
                .hint(format!("write http://HOST:PORT, such as {}", Self::DEFAULT))
        };
        let (rest, is_tls) = match text.split_once("://") {
            Some(("http", rest)) => (rest, false),
            Some(("https", rest)) => (rest, true),
            Some(_) => return Err(refuse("only http and https are supported")),
            None => (text, false),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('/') {
            return Err(refuse("it must end with the port, without a path"));
        }
        let uri: http::uri::Authority =
            rest.parse().map_err(|error: http::uri::InvalidUri| refuse(&error.to_string()))?;
        if rest.contains('@') {
            return Err(refuse("it must not hold a user"));
        }
        let host = uri.host().trim_start_matches('[').trim_end_matches(']');
        let port = match uri.port_u16() {
            Some(port) => port,
            None if uri.host().len() == rest.len() => port_of(is_tls),
            None => return Err(refuse("port is not a number up to 65535")),
        };
        if host.is_empty() {
            return Err(refuse("host is missing"));
        }
        Ok(Self::new(host, port, is_tls))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

/// The port of the scheme itself.
fn port_of(is_tls: bool) -> u16 {
    if is_tls { 443 } else { 80 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_taken_apart_and_print_as_read() {
        for (text, host, port) in [
            ("http://127.0.0.1:4566", "127.0.0.1", 4566),
            ("http://[::1]:4566", "::1", 4566),
            ("http://kinesis.test", "kinesis.test", 80),
            ("https://kinesis.us-east-1.amazonaws.com", "kinesis.us-east-1.amazonaws.com", 443),
            ("https://[::1]", "::1", 443),
            ("https://localhost:80", "localhost", 80),
            ("http://localhost:443", "localhost", 443),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!((endpoint.host.as_str(), endpoint.port), (host, port));
            assert_eq!(endpoint.to_string(), text);
        }
        let endpoint: Endpoint = "localhost:4566/".parse().unwrap();
        assert_eq!(endpoint.to_string(), "http://localhost:4566");
    }

    #[test]
    fn what_cannot_be_reached_is_refused() {
        for text in ["", "ftp://x", "http://", "http://a/b", "http://u:p@h:1", "http://h:99999"] {
            let refusal = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(!refusal.contains("u:p"), "{refusal}");
        }
        let refusal = "http://h:1/path".parse::<Endpoint>().unwrap_err().to_string();
        assert!(refusal.ends_with("without a path"), "{refusal}");
    }

    #[test]
    fn knows_what_is_this_machine() {
        let local = |text: &str| text.parse::<Endpoint>().unwrap().is_loopback();
        assert!(local("http://127.0.0.1:1") && local("http://[::1]:1") && local("localhost:1"));
        assert!(!local("http://10.0.0.1:1") && !local("http://localhost.example:1"));
    }
}
