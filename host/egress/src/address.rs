//! Which addresses are not on the open internet, and why (pure).
//!
//! From IANA's registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890 and what followed it). Of IPv6 only
//! 2000::/3 is given out for use in the open at all. Forms of IPv6 that carry an address of IPv4 are taken for what they
//! carry: whoever translates them would deliver there.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not one of the open internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// This machine itself.
    Loopback,
    /// A network of somebody's own (RFC 1918), or a unique local address (RFC 4193).
    Private,
    /// The same cable: where clouds answer with credentials of the machine (169.254.169.254).
    LinkLocal,
    /// Between providers and their customers (RFC 6598).
    Shared,
    /// No address at all.
    Unspecified,
    /// Many at once.
    Multicast,
    /// Set apart for something else: documentation, benchmarks, protocols, the future.
    Reserved,
    /// IPv6 that carries an address of IPv4 through a relay (6to4, Teredo, ISATAP, NAT64 of somebody's own): where it would arrive is up
    /// to that relay.
    Relayed,
}

impl fmt::Display for Special {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "a loopback address",
            Self::Private => "an address of a private network",
            Self::LinkLocal => "a link-local address",
            Self::Shared => "an address shared by customers of a provider",
            Self::Unspecified => "an unspecified address",
            Self::Multicast => "a multicast address",
            Self::Reserved => "a reserved address",
            Self::Relayed => "an address that a relay translates",
        })
    }
}

/// What an address is apart from one of the open internet; none if it is just that.
pub fn special(address: IpAddr) -> Option<Special> {
    match plain(address) {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

/// The address that is meant: of IPv6 that stands for IPv4 (mapped, compatible, NAT64's well-known prefix) what it
/// carries.
pub(crate) fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        // Compatible form; `::` and `::1` are what they are.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => v4(high, low),
        _ => address,
    }
}

fn v4(high: u16, low: u16) -> IpAddr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

fn special_v4(address: Ipv4Addr) -> Option<Special> {
    match address.octets() {
        [0, 0, 0, 0] => Some(Special::Unspecified),
        [0, ..] => Some(Special::Reserved),
        [127, ..] => Some(Special::Loopback),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Some(Special::Private),
        [169, 254, ..] => Some(Special::LinkLocal),
        // Looks public, and is what a virtual machine on Azure asks about itself.
        [168, 63, 129, 16] => Some(Special::LinkLocal),
        [100, 64..=127, ..] => Some(Special::Shared),
        [224..=239, ..] => Some(Special::Multicast),
        // Protocols, documentation, the relay of 6to4, benchmarks, and class E with broadcast at its end.
        [192, 0, 0 | 2, _]
        | [192, 31, 196, _]
        | [192, 52, 193, _]
        | [192, 88, 99, _]
        | [192, 175, 48, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [240..=255, ..] => Some(Special::Reserved),
        _ => None,
    }
}

fn special_v6(address: Ipv6Addr) -> Option<Special> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some(Special::Unspecified),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Special::Loopback),
        [0xfe80..=0xfebf, ..] => Some(Special::LinkLocal),
        // Unique local, and site-local before that.
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some(Special::Private),
        [0xff00..=0xffff, ..] => Some(Special::Multicast),
        // ISATAP hides an address of IPv4 behind whatever prefix.
        [_, _, _, _, 0 | 0x200, 0x5efe, _, _] => Some(Special::Relayed),
        [0x2002, ..] | [0x2001, 0, ..] | [0x64, 0xff9b, 1, ..] => Some(Special::Relayed),
        // Protocols (2001::/23), documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => {
            Some(Special::Reserved)
        }
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Special::Reserved),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        for (text, expected) in [
            ("8.8.8.8", None),
            ("172.15.0.1", None),
            ("172.32.0.1", None),
            ("100.63.255.255", None),
            ("100.128.0.0", None),
            ("223.255.255.255", None),
            ("2606:4700::1111", None),
            ("2001:4860:4860::8888", None),
            ("127.0.0.1", Some(Special::Loopback)),
            ("127.255.255.254", Some(Special::Loopback)),
            ("0.0.0.0", Some(Special::Unspecified)),
            ("0.1.2.3", Some(Special::Reserved)),
            ("10.1.2.3", Some(Special::Private)),
            ("172.16.0.1", Some(Special::Private)),
            ("172.31.255.255", Some(Special::Private)),
            ("192.168.0.1", Some(Special::Private)),
            ("169.254.169.254", Some(Special::LinkLocal)),
            ("168.63.129.16", Some(Special::LinkLocal)),
            ("168.63.129.17", None),
            ("100.64.0.1", Some(Special::Shared)),
            ("198.18.0.1", Some(Special::Reserved)),
            ("192.0.2.1", Some(Special::Reserved)),
            ("224.0.0.1", Some(Special::Multicast)),
            ("255.255.255.255", Some(Special::Reserved)),
            ("::", Some(Special::Unspecified)),
            ("::1", Some(Special::Loopback)),
            ("::ffff:127.0.0.1", Some(Special::Loopback)),
            ("::ffff:8.8.8.8", None),
            ("::127.0.0.1", Some(Special::Loopback)),
            ("::10.0.0.1", Some(Special::Private)),
            ("64:ff9b::10.0.0.1", Some(Special::Private)),
            ("64:ff9b::8.8.8.8", None),
            ("64:ff9b:1::1", Some(Special::Relayed)),
            ("2002:7f00:1::", Some(Special::Relayed)),
            ("2001:0:1::1", Some(Special::Relayed)),
            ("2606:4700::5efe:7f00:1", Some(Special::Relayed)),
            ("fd00:ec2::254", Some(Special::Private)),
            ("fe80::1", Some(Special::LinkLocal)),
            ("fec0::1", Some(Special::Private)),
            ("ff02::1", Some(Special::Multicast)),
            ("2001:db8::1", Some(Special::Reserved)),
            ("3fff::1", Some(Special::Reserved)),
            ("4000::1", Some(Special::Reserved)),
            ("100::1", Some(Special::Reserved)),
        ] {
            assert_eq!(special(text.parse().unwrap()), expected, "{text}");
        }
    }

    proptest! {
        /// No spelling in IPv6 says of an address of IPv4 that it is in the open when it is not.
        #[test]
        fn carriers_hide_nothing(
            first in prop_oneof![any::<u8>(), Just(127), Just(10), Just(169), Just(192)],
            rest in any::<[u8; 3]>(),
        ) {
            let [b, c, d] = rest;
            let address = Ipv4Addr::new(first, b, c, d);
            let [a, b, c, d] = address.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            let inside = special(IpAddr::V4(address)).is_some();
            for carrier in [
                address.to_ipv6_mapped(),
                address.to_ipv6_compatible(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            ] {
                let outside = special(IpAddr::V6(carrier)).is_some();
                prop_assert_eq!(outside, inside, "{} in {}", address, carrier);
            }
            for relayed in [
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2606, 0, 0, 0, 0, 0x5efe, high, low),
            ] {
                prop_assert!(special(IpAddr::V6(relayed)).is_some(), "{}", relayed);
            }
        }
    }
}
