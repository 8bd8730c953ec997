//! Where to listen: one address, and further ones with names.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::refusal::Refusal;

pub(super) const LISTEN_DEFAULT: &str = "127.0.0.1:4566";

/// As long as a label of DNS; the ids of AWS's endpoints have 22 characters.
const NAME_BYTES_MAX: usize = 63;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listen {
    /// A name or an address, IPv6 without brackets.
    pub(crate) host: String,
    /// 0 picks a free one.
    pub(crate) port: u16,
}

/// A further address, and what policies know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedListen {
    pub(crate) name: String,
    pub(crate) listen: Listen,
}

/// The flags' listeners, or those of the file if there are none.
///
/// # Errors
/// A usage error for a name or an address that cannot be.
pub(super) fn named(
    flags: Vec<String>,
    file: Option<BTreeMap<String, String>>,
) -> Result<Vec<NamedListen>, Refusal> {
    let mut named = BTreeMap::new();
    for text in &flags {
        let Some((name, listen)) = text.split_once('=') else {
            return Err(Refusal::usage(format!("invalid listener `{text}`: it has no name"))
                .hint("write NAME=HOST:PORT, such as vpce-orders=10.0.0.5:4567"));
        };
        if named.insert(name.to_owned(), listen.to_owned()).is_some() {
            return Err(Refusal::usage(format!("listener `{name}` is given twice")));
        }
    }
    let named = if flags.is_empty() { file.unwrap_or_default() } else { named };
    let checked = named.into_iter().map(|(name, listen)| {
        check_name(&name)?;
        Ok(NamedListen { name, listen: listen.parse()? })
    });
    checked.collect()
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(Refusal::usage(format!("invalid name `{name}` of a listener")).hint(format!(
        "use at most {NAME_BYTES_MAX} letters, digits, `-`, `_` and `.`, such as vpce-orders"
    )))
}

impl FromStr for Listen {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let refuse = |why: &str| {
            Refusal::usage(format!("invalid listen address `{text}`: {why}"))
                .hint(format!("write HOST:PORT, such as {LISTEN_DEFAULT} or [::1]:4566"))
        };
        let (host, port) = text.rsplit_once(':').ok_or_else(|| refuse("port is missing"))?;
        let port = port.parse().map_err(|_not_a_port: std::num::ParseIntError| {
            refuse("port is not a number up to 65535")
        })?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        match bare.unwrap_or(host) {
            "" => Err(refuse("host is missing")),
            host if bare.is_none() && host.contains(':') => {
                Err(refuse("an IPv6 address stands in brackets"))
            }
            host => Ok(Self { host: host.to_owned(), port }),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listen_addresses_are_checked_and_print_as_read() {
        for text in ["127.0.0.1:4566", "localhost:0", "[::1]:80"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        for text in ["", "4566", ":4566", "host:", "host:x", "host:70000", "::1:80", "[]:1"] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }

    #[test]
    fn further_addresses_have_names() {
        let listeners = |flags: &[&str], file: &[(&str, &str)]| {
            let pair = |(name, listen): &(&str, &str)| ((*name).to_owned(), (*listen).to_owned());
            let file = file.iter().map(pair).collect();
            named(flags.iter().map(|flag| (*flag).to_owned()).collect(), Some(file))
        };
        let found = listeners(&[], &[("vpce-b", "[::1]:2"), ("vpce-a", "10.0.0.5:1")]).unwrap();
        let shown: Vec<_> =
            found.iter().map(|one| format!("{}={}", one.name, one.listen)).collect();
        assert_eq!(shown, ["vpce-a=10.0.0.5:1", "vpce-b=[::1]:2"]);
        let found = listeners(&["c=h:3"], &[("vpce-a", "10.0.0.5:1")]).unwrap();
        assert_eq!(found.len(), 1);
        let long = format!("{}=h:1", "a".repeat(64));
        for flags in
            [&["h:1"][..], &["a=h"], &["=h:1"], &["a b=h:1"], &["a=h:1", "a=h:2"], &[&long]]
        {
            assert!(listeners(flags, &[]).is_err(), "{flags:?}");
        }
    }
}
