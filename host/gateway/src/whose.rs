//! Whose part of a budget something is.
//!
//! An account has as many keys as its users have, so keys count for their account. A key id is no secret, though: before
//! the signature holds, whoever sends a body under one holds it as the address that it comes from, or four ids and no
//! signature would be enough to keep everybody out.

use std::net::IpAddr;

use domain::AccountId;

use crate::caps::counted_as;

/// Whose part of a budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    Account(AccountId),
    /// An address, as connections are counted.
    Stranger(IpAddr),
}

impl Whose {
    /// Who sends from `peer` and claims to be of this account. Loopback is no address to tell anybody by: proxies send
    /// from there for all.
    pub(crate) fn claims(account: AccountId, peer: IpAddr) -> Self {
        counted_as(peer).map_or(Self::Account(account), Self::Stranger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_told_apart_by_address_and_those_of_loopback_by_account() {
        let account = AccountId::DEV;
        let claims = |peer: &str| Whose::claims(account, peer.parse().unwrap());
        assert_eq!(claims("127.0.0.1"), Whose::Account(account));
        assert_eq!(claims("192.0.2.1"), Whose::Stranger("192.0.2.1".parse().unwrap()));
        assert_eq!(claims("2001:db8::1"), claims("2001:db8::2"));
        assert_ne!(claims("192.0.2.1"), claims("192.0.2.2"));
    }
}
