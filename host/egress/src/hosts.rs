//! Which hosts somebody may reach (pure): a list of patterns, empty for none.

use std::fmt;
use std::str::FromStr;

use crate::target::{Scheme, Target, host};

/// Patterns of one list: a policy is written by people.
const PATTERNS_MAX: usize = 1000;

/// Hosts that may be reached. Empty, none may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Pattern>);

/// `[SCHEME://]HOST[:PORT]`. HOST is a name, an address, `*.NAME` for all names below one, or `*` for any. Without a
/// scheme it is for both, without a port for the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    scheme: Option<Scheme>,
    host: Name,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Any,
    /// This and no other.
    Only(String),
    /// All names that end with it, which begins with a dot.
    Below(String),
}

/// A text that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHost {
    /// It is not spelt as one.
    #[error(
        "`{0}` names no host: write [http://|https://]HOST[:PORT], HOST being a name, an address, *.NAME or *"
    )]
    Malformed(String),
    /// There are too many.
    #[error("more than {PATTERNS_MAX} hosts")]
    TooMany,
}

impl Hosts {
    /// The hosts that these patterns name.
    ///
    /// # Errors
    /// If one is malformed, or there are more than a thousand.
    pub fn parse<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidHost> {
        let mut read = Vec::new();
        for text in patterns {
            if read.len() == PATTERNS_MAX {
                return Err(InvalidHost::TooMany);
            }
            read.push(text.parse()?);
        }
        Ok(Self(read))
    }

    /// Just this one, for a caller who has decided already.
    pub fn only(target: &Target) -> Self {
        let Target { scheme, host, port } = target.clone();
        Self(vec![Pattern { scheme: Some(scheme), host: Name::Only(host), port: Some(port) }])
    }

    /// Whether the target may be reached.
    pub fn permit(&self, target: &Target) -> bool {
        self.0.iter().any(|pattern| pattern.matches(target))
    }
}

impl Pattern {
    fn matches(&self, target: &Target) -> bool {
        let is_host = match &self.host {
            Name::Any => true,
            Name::Only(host) => *host == target.host,
            Name::Below(end) => target.host.ends_with(&**end) && target.address().is_none(),
        };
        let own = if target.scheme == Scheme::Https { 443 } else { 80 };
        let port = self.port.unwrap_or(own);
        is_host && port == target.port && self.scheme.is_none_or(|it| it == target.scheme)
    }
}

impl FromStr for Pattern {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let malformed = || InvalidHost::Malformed(text.chars().take(300).collect());
        let (scheme, rest) = match text.split_once("://") {
            None => (None, text),
            Some(("http", rest)) => (Some(Scheme::Http), rest),
            Some(("https", rest)) => (Some(Scheme::Https), rest),
            Some(_) => return Err(malformed()),
        };
        // The colons of IPv6 stand in brackets.
        let (name, port) = match rest.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => {
                let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(malformed)?;
                (name, Some(port))
            }
            _ => (rest, None),
        };
        let host = match (name, name.strip_prefix("*.")) {
            ("*", _) => Name::Any,
            (_, Some(below)) => {
                let below = host(below).map_err(|_why| malformed())?;
                Name::Below(format!(".{below}"))
            }
            (_, None) => Name::Only(host(name).map_err(|_why| malformed())?),
        };
        Ok(Self { scheme, host, port })
    }
}

impl fmt::Display for Hosts {
    /// The patterns, one after the other, for messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Pattern { scheme, host, port }) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            if let Some(scheme) = scheme {
                write!(f, "{}://", scheme.as_str())?;
            }
            match host {
                Name::Any => f.write_str("*")?,
                Name::Only(host) if host.contains(':') => write!(f, "[{host}]")?,
                Name::Only(host) => f.write_str(host)?,
                Name::Below(end) => write!(f, "*{end}")?,
            }
            if let Some(port) = port {
                write!(f, ":{port}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permit(pattern: &str, url: &str) -> bool {
        Hosts::parse([pattern]).unwrap().permit(&Target::parse(url).unwrap().0)
    }

    #[test]
    fn patterns_name_hosts_with_scheme_and_port() {
        for (pattern, url, expected) in [
            ("example.com", "https://example.com/x", true),
            ("Example.com.", "http://example.com", true),
            ("example.com", "https://example.com:8443", false),
            ("example.com", "https://www.example.com", false),
            ("example.com", "https://example.com.evil.test", false),
            ("example.com:8443", "https://example.com:8443", true),
            ("https://example.com", "http://example.com", false),
            ("https://example.com", "https://example.com", true),
            ("https://example.com:444", "https://example.com:444", true),
            ("*.example.com", "https://a.b.example.com", true),
            ("*.example.com", "https://example.com", false),
            ("*.example.com", "https://badexample.com", false),
            ("*", "https://anything.test", true),
            ("*", "https://anything.test:8080", false),
            ("10.0.0.1:80", "http://10.0.0.1", true),
            ("[::1]:8080", "http://[::1]:8080", true),
        ] {
            assert_eq!(permit(pattern, url), expected, "{pattern} {url}");
        }
        let target = Target::parse("https://example.com").unwrap().0;
        assert!(!Hosts::default().permit(&target), "no list, no way out");
        assert!(Hosts::only(&target).permit(&target));
    }

    #[test]
    fn patterns_print_as_they_are_read() {
        for text in ["example.com", "https://*.example.com:8443", "*", "[::1]:80", "10.0.0.1"] {
            assert_eq!(Hosts::parse([text]).unwrap().to_string(), text);
        }
    }

    #[test]
    fn malformed_patterns_are_refused() {
        for text in [
            "",
            "ftp://a.test",
            "a.test/x",
            "a.*",
            "*a.test",
            "a.test:0",
            "a.test:x",
            "::1",
            "a b",
            "http://",
        ] {
            assert!(Hosts::parse([text]).is_err(), "{text}");
        }
        let many = vec!["a.test"; PATTERNS_MAX + 1];
        assert_eq!(Hosts::parse(many), Err(InvalidHost::TooMany));
    }
}
