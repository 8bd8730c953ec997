//! Addresses and ranges of them, in the notation of CIDR.

use std::net::{IpAddr, Ipv6Addr};

/// A range of addresses of one family. An IPv4 address that is written as an IPv6 one is the IPv4 address:
/// listeners for both families show it so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    is_v4: bool,
    /// The lowest address.
    base: u128,
    mask: u128,
}

/// Bits of an IPv6 address before the IPv4 address in it.
const MAPPED_PREFIX: u32 = 96;

impl Network {
    /// An address, or an address and how many bits of it count.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(length(prefix)?)),
            None => (text, None),
        };
        let written: IpAddr = address.parse().ok()?;
        let width = if written.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width {
            return None;
        }
        let is_mapped = written.is_ipv6() && written.to_canonical().is_ipv4();
        let is_v4 = written.is_ipv4() || (is_mapped && prefix >= MAPPED_PREFIX);
        let prefix = if written.is_ipv4() { prefix + MAPPED_PREFIX } else { prefix };
        let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
        Some(Self { is_v4, base: bits(written) & mask, mask })
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        address.to_canonical().is_ipv4() == self.is_v4 && bits(address) & self.mask == self.base
    }
}

/// The address as one of IPv6.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => Ipv6Addr::to_bits(address),
    }
}

fn length(text: &str) -> Option<u32> {
    let well_formed =
        (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_their_addresses_and_no_others() {
        let cases = [
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.7/24", "203.0.113.1", true),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "10.0.0.1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:DB8::/32", "2001:db9::", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "11.1.2.3", false),
            ("10.0.0.0/31", "10.0.0.1", true),
            ("10.0.0.0/31", "10.0.0.2", false),
        ];
        for (network, address, expected) in cases {
            let network = Network::parse(network).unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                expected,
                "{network:?} {address}"
            );
        }
    }

    #[test]
    fn other_texts_are_no_ranges() {
        let bad = [
            "",
            "10.0.0",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "::/129",
            "*",
            "10.0.0.256",
            "010.0.0.1",
            "10.0.0.0/8/8",
            "fe80::1%eth0",
            "10.0.*",
            "10.0.0.0 /8",
        ];
        for text in bad {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
