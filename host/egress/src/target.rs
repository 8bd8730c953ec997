//! Where a request goes, taken apart (pure): scheme, host and port of an absolute URL.
//!
//! Strict, because two readers who disagree about a URL are how checks are passed by: no user in front of the host, no
//! host that a resolver might take for a number, no fragment.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

/// A name in DNS has at most 253 characters, a label 63 (RFC 1035, section 2.3.4).
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// How it is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In clear text.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// As URLs write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// Whom a request is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// How.
    pub scheme: Scheme,
    /// A name in lower case, without a dot at its end, or an address, IPv6 without brackets.
    pub host: String,
    /// The scheme's own if the URL names none.
    pub port: u16,
}

/// A URL that nothing is sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    /// Not a URL at all.
    #[error("URL cannot be read: {0}")]
    Malformed(String),
    /// Neither `http://` nor `https://`.
    #[error("URL must begin with http:// or https://")]
    Scheme,
    /// `user@host`.
    #[error("URL must not hold a user or a password")]
    User,
    /// None, or not spelt as names and addresses are.
    #[error("URL's host `{0}` is neither a name nor an address")]
    Host(String),
    /// Not a number up to 65535, or 0.
    #[error("URL's port is not a number from 1 to 65535")]
    Port,
}

impl Target {
    /// Reads the URL's beginning; path and query are the caller's.
    ///
    /// # Errors
    /// If it is not an absolute URL of `http` or `https` with a host.
    pub fn of(url: &Uri) -> Result<Self, InvalidTarget> {
        let scheme = match url.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            _ => return Err(InvalidTarget::Scheme),
        };
        let authority = url.authority().ok_or(InvalidTarget::Scheme)?;
        if authority.as_str().contains('@') {
            return Err(InvalidTarget::User);
        }
        let host = host(authority.host())?;
        let port = match authority.port_u16() {
            Some(0) => return Err(InvalidTarget::Port),
            Some(port) => port,
            None if authority.as_str().len() == authority.host().len() => scheme.port(),
            None => return Err(InvalidTarget::Port),
        };
        Ok(Self { scheme, host, port })
    }

    /// Reads a URL of which only the text is there.
    ///
    /// # Errors
    /// As [`Target::of`], and if the text is no URL.
    pub fn parse(url: &str) -> Result<(Self, Uri), InvalidTarget> {
        if url.contains('#') {
            return Err(InvalidTarget::Malformed("a fragment is not sent".to_owned()));
        }
        let malformed = |error: http::uri::InvalidUri| InvalidTarget::Malformed(error.to_string());
        let url: Uri = url.parse().map_err(malformed)?;
        Ok((Self::of(&url)?, url))
    }

    /// What the `Host` header says: with the port unless it is the scheme's own. What is signed is signed with this.
    pub fn authority(&self) -> String {
        let Self { scheme, host, port } = self;
        let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        if *port == scheme.port() { shown } else { format!("{shown}:{port}") }
    }

    /// The address, if the host is one rather than a name.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

/// A host as it is compared and looked up.
pub(crate) fn host(text: &str) -> Result<String, InvalidTarget> {
    let invalid = || InvalidTarget::Host(text.chars().take(NAME_BYTES_MAX).collect());
    if let Some(inside) = text.strip_prefix('[') {
        let inside = inside.strip_suffix(']').ok_or_else(invalid)?;
        let address: std::net::Ipv6Addr = inside.parse().map_err(|_not_one| invalid())?;
        return Ok(address.to_string());
    }
    if let Ok(address) = text.parse::<std::net::Ipv4Addr>() {
        return Ok(address.to_string());
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let is_label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=LABEL_BYTES_MAX).contains(&label.len()) && label.bytes().all(allowed)
    };
    // `127.1`, `2130706433`, `0x7f.0.0.1`: resolvers know more spellings of addresses than anybody remembers. No name
    // ends in a number (WHATWG URL standard, "ends in a number").
    let last = name.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x");
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if name.len() > NAME_BYTES_MAX || !name.split('.').all(is_label) || is_number {
        return Err(invalid());
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (text, host, port, authority) in [
            ("http://Example.Com/x?y", "example.com", 80, "example.com"),
            ("https://example.com.:8443", "example.com", 8443, "example.com:8443"),
            ("https://[2001:DB8::1]/", "2001:db8::1", 443, "[2001:db8::1]"),
            ("http://10.0.0.1:9000/b/k", "10.0.0.1", 9000, "10.0.0.1:9000"),
            ("http://localhost:443", "localhost", 443, "localhost:443"),
            ("https://my_bucket.s3.test", "my_bucket.s3.test", 443, "my_bucket.s3.test"),
        ] {
            let (target, _) = Target::parse(text).unwrap();
            assert_eq!((&*target.host, target.port), (host, port), "{text}");
            assert_eq!(target.authority(), authority, "{text}");
        }
    }

    #[test]
    fn what_two_readers_might_read_in_two_ways_is_refused() {
        for text in [
            "",
            "example.com",
            "/path",
            "ftp://example.com",
            "http://",
            "http://user@example.com",
            "http://user:password@example.com",
            "http://127.0.0.1@example.com",
            "http://example.com#fragment",
            "http://2130706433",
            "http://127.1",
            "http://0x7f000001",
            "http://0x7f.0.0.1",
            "http://0177.0.0.1",
            "http://1.2.3.4.5",
            "http://example.com:",
            "http://example.com:0",
            "http://example.com:65536",
            "http://exa mple.com",
            "http://127%2e0.0.1",
            "http://a..b",
            "http://[::1",
            "http://[fe80::1%25eth0]",
            "http://[127.0.0.1]",
            "http://exämple.com",
        ] {
            assert!(Target::parse(text).is_err(), "{text}");
        }
    }
}
