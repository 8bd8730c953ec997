//! Where a client connects.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::refusal::Refusal;

/// An endpoint URL, `http://HOST:PORT`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// A name or an address, IPv6 without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// What the `Host` header says: with the port unless it is 80.
    pub(crate) authority: String,
}

impl Endpoint {
    /// Where `shardmill serve` listens if not told otherwise.
    pub(crate) const DEFAULT: &'static str = "http://127.0.0.1:4566";

    /// Whether it can only be this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        let port = address.port();
        Self {
            host: address.ip().to_string(),
            port,
            authority: if port == 80 {
                bracketed(&address.ip().to_string())
            } else {
                address.to_string()
            },
        }
    }
}

impl FromStr for Endpoint {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let refuse = |why: &str| {
            Refusal::usage(format!("invalid endpoint `{text}`: {why}"))
                .hint(format!("write http://HOST:PORT, such as {}", Self::DEFAULT))
        };
        let rest = match text.split_once("://") {
            Some(("http", rest)) => rest,
            Some(("https", _)) => return Err(refuse("TLS is not supported by this command")),
            Some(_) => return Err(refuse("only http is supported")),
            None => text,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let uri: http::uri::Authority =
            rest.parse().map_err(|error: http::uri::InvalidUri| refuse(&error.to_string()))?;
        if rest.contains('@') {
            return Err(refuse("it must not hold a user"));
        }
        let host = uri.host().trim_start_matches('[').trim_end_matches(']');
        let port = match uri.port_u16() {
            Some(port) => port,
            None if uri.host().len() == rest.len() => 80,
            None => return Err(refuse("port is not a number up to 65535")),
        };
        if host.is_empty() {
            return Err(refuse("host is missing"));
        }
        let authority =
            if port == 80 { bracketed(host) } else { format!("{}:{port}", bracketed(host)) };
        Ok(Self { host: host.to_owned(), port, authority })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
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
        for text in [
            "",
            "https://kinesis.us-east-1.amazonaws.com",
            "ftp://x",
            "http://",
            "http://a/b",
            "http://u:p@h:1",
            "http://h:99999",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn knows_what_is_this_machine() {
        let local = |text: &str| text.parse::<Endpoint>().unwrap().is_loopback();
        assert!(local("http://127.0.0.1:1") && local("http://[::1]:1") && local("localhost:1"));
        assert!(!local("http://10.0.0.1:1") && !local("http://localhost.example:1"));
    }
}
