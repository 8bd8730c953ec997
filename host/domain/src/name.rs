//! Checked names.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// A stream's name: 1 to 128 characters of `[a-zA-Z0-9_.-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName(String);

/// The text is not a name of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("name must be 1 to 128 characters of letters, digits, '_', '.' and '-'")]
pub struct InvalidName;

/// Whether `text` is a name as the Kinesis model spells it.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

impl StreamName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StreamName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if is_name(text) { Ok(Self(text.to_owned())) } else { Err(InvalidName) }
    }
}

/// Maps by names can be asked with a text that need not be one.
impl Borrow<str> for StreamName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for text in ["a", "A.b_c-9", &"x".repeat(128)] {
            assert!(text.parse::<StreamName>().is_ok(), "{text}");
        }
        for text in ["", "a b", "ä", "a/b", &"x".repeat(129)] {
            assert!(text.parse::<StreamName>().is_err(), "{text}");
        }
    }
}
