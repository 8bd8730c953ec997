//! What of a call goes into the audit trail: whether it is an event, and which of its members may stand in it.
//!
//! Members are taken by an allow-list of the operation's ([`crate::Operation::AUDITED`]) out of a body that was
//! read already, whatever its encoding: what is not on the list is skipped unseen, so a new member is left out
//! until somebody decides otherwise. Values are cut. Who keeps events, and how, is for others.

mod notes;
mod pick;
#[cfg(test)]
mod tests;

pub use notes::Notes;
pub use pick::{Allow, Members, cut, cut_at};
pub(crate) use pick::{Picked, shown};

/// What kind of event a call of an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trail {
    /// A management event that changes something.
    Write,
    /// A management event that does not.
    Read,
    /// A data event that changes something: an event if the operator wants data events.
    DataWrite,
    /// A data event that does not.
    DataRead,
    /// The operation sees to it itself: reading the trail, of which each call would bring something new to read.
    Itself,
}

impl Trail {
    /// What an operation of this name is unless it says otherwise: a management event, that changes nothing if
    /// the name begins as those of AWS do that only look.
    pub const fn of(name: &str) -> Self {
        const LOOK: [&str; 5] = ["Describe", "Get", "List", "Lookup", "Search"];
        let mut at = 0;
        while at < LOOK.len() {
            if begins_with(name.as_bytes(), LOOK[at].as_bytes()) {
                return Self::Read;
            }
            at += 1;
        }
        Self::Write
    }

    /// Whether nothing is changed.
    pub const fn is_read_only(self) -> bool {
        matches!(self, Self::Read | Self::DataRead | Self::Itself)
    }

    /// Whether it is about data rather than what holds them.
    pub const fn is_data(self) -> bool {
        matches!(self, Self::DataWrite | Self::DataRead)
    }
}

/// Members that say what a call is about and hold nothing else, whichever operation has them: what is audited of
/// an operation that has no list of its own.
pub const NAMES: &[&str] = &[
    "AccessKeyId",
    "AccountId",
    "ConsumerARN",
    "ConsumerName",
    "FunctionName",
    "PolicyName",
    "ResourceARN",
    "RoleName",
    "StreamARN",
    "StreamName",
    "UserName",
];

const fn begins_with(text: &[u8], start: &[u8]) -> bool {
    let mut at = 0;
    while at < start.len() {
        if at >= text.len() || text[at] != start[at] {
            return false;
        }
        at += 1;
    }
    true
}
