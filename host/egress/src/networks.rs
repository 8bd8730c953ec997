//! Which addresses may be connected to (pure): those of the open internet, and what the operator adds.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::address::{Special, plain, special};

/// A network: addresses with the same first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no network: write an address and how many of its bits count, such as 10.0.0.0/8 or fd00::/8, with zeros behind them"
)]
pub struct InvalidNetwork(String);

/// Where connections may go.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    /// Networks that are not of the open internet, which may be reached all the same.
    pub allowed: Vec<Network>,
    /// Where this program itself listens: never reached, whatever is allowed. An unspecified address stands for all
    /// of this machine's.
    pub own: Vec<SocketAddr>,
}

impl Network {
    /// Whether the address lies in it. An address of IPv4 that IPv6 carries counts as what is carried.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, plain(address)) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let ignored = 32 - u32::from(self.bits);
                network.to_bits().checked_shr(ignored) == address.to_bits().checked_shr(ignored)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let ignored = 128 - u32::from(self.bits);
                network.to_bits().checked_shr(ignored) == address.to_bits().checked_shr(ignored)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    /// Reads `ADDRESS/BITS`; an address alone is a network of its own.
    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_not_an_address| invalid())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= most).ok_or_else(invalid)?,
        };
        let is_clean = match address {
            IpAddr::V4(it) => it.to_bits().checked_shl(bits.into()).unwrap_or(0) == 0,
            IpAddr::V6(it) => it.to_bits().checked_shl(bits.into()).unwrap_or(0) == 0,
        };
        // A mapped address would never be met: addresses are taken for what they carry.
        if !is_clean || plain(address) != address {
            return Err(invalid());
        }
        Ok(Self { address, bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Why an address is not connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    Special(Special),
    /// This program's own door, or another program on this machine.
    Own,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Special(special) => special.fmt(f),
            Self::Own => f.write_str("an address of this machine itself"),
        }
    }
}

impl Networks {
    /// Why nothing connects there, if so. `is_here` tells whether an address is one of this machine.
    pub(crate) fn closed(
        &self,
        address: SocketAddr,
        is_here: impl Fn(IpAddr) -> bool,
    ) -> Option<Closed> {
        let ip = plain(address.ip());
        let is_door = |own: &SocketAddr| {
            let same = plain(own.ip()) == ip || own.ip().is_unspecified() && is_here(ip);
            own.port() == address.port() && same
        };
        if self.own.iter().any(is_door) {
            return Some(Closed::Own);
        }
        if self.allowed.iter().any(|network| network.contains(ip)) {
            return None;
        }
        match special(ip) {
            Some(special) => Some(Closed::Special(special)),
            // What answers only to this machine may listen on any of its addresses.
            None => is_here(ip).then_some(Closed::Own),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(allowed: &[&str], own: &[&str]) -> Networks {
        Networks {
            allowed: allowed.iter().map(|text| text.parse().unwrap()).collect(),
            own: own.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn networks_are_read_strictly() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "127.0.0.1/32", "fd00::/8", "::/0", "::1/128"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
        assert_eq!("10.1.2.3".parse::<Network>().unwrap().to_string(), "10.1.2.3/32");
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "10.0.0.0/-1",
            "10/8",
            "::ffff:10.0.0.1",
            "fd00::1/8",
            "x",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_open_internet_is_reached_unless_the_operator_says_more() {
        let closed =
            |networks: &Networks, text: &str| networks.closed(text.parse().unwrap(), |_| false);
        let none = networks(&[], &[]);
        assert_eq!(closed(&none, "8.8.8.8:443"), None);
        assert_eq!(closed(&none, "10.0.0.1:443"), Some(Closed::Special(Special::Private)));
        let some = networks(&["10.0.0.0/8"], &[]);
        assert_eq!(closed(&some, "10.0.0.1:443"), None);
        assert_eq!(closed(&some, "[::ffff:10.0.0.1]:443"), None);
        assert_eq!(closed(&some, "192.168.0.1:443"), Some(Closed::Special(Special::Private)));
        let all = networks(&["0.0.0.0/0", "::/0"], &[]);
        assert_eq!(closed(&all, "169.254.169.254:80"), None);
        assert_eq!(closed(&all, "[fd00::1]:80"), None);
    }

    #[test]
    fn the_programs_own_door_is_never_reached() {
        let own = networks(&["127.0.0.0/8", "203.0.113.0/24"], &["127.0.0.1:4566", "0.0.0.0:80"]);
        let is_here = |ip: IpAddr| ip.is_loopback() || ip.to_string() == "203.0.113.9";
        let closed = |text: &str| own.closed(text.parse().unwrap(), is_here);
        assert_eq!(closed("127.0.0.1:4566"), Some(Closed::Own));
        assert_eq!(closed("[::ffff:127.0.0.1]:4566"), Some(Closed::Own));
        assert_eq!(closed("127.0.0.1:9000"), None);
        assert_eq!(closed("203.0.113.9:80"), Some(Closed::Own));
        assert_eq!(closed("203.0.113.8:80"), None);
        let open = networks(&[], &[]);
        let here = open.closed("8.8.8.8:1".parse().unwrap(), |_| true);
        assert_eq!(here, Some(Closed::Own), "this machine, under an address of the open internet");
    }
}
