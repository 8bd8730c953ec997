//! Whose events: each account has a log of its own, so nobody's reading depends on what others do.

use std::fmt;

use domain::AccountId;

/// Whose log an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The account of whoever signed.
    Account(AccountId),
    /// Nobody's: requests whose signature did not hold, whatever key they named. The operator reads them.
    Strangers,
}

/// How the key of the strangers' fact ends, and what they are called.
const STRANGERS: &str = "strangers";

impl Owner {
    /// The owner as it stands in facts and replies.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            STRANGERS => Some(Self::Strangers),
            text => text.parse().ok().map(Self::Account),
        }
    }

    /// The account whose share of the store's queue this takes.
    pub(super) fn tenant(self) -> u64 {
        match self {
            Self::Account(account) => account.number(),
            Self::Strangers => 0,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => account.fmt(f),
            Self::Strangers => f.write_str(STRANGERS),
        }
    }
}
