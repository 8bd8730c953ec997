//! What may stand behind a function's name: which of its versions is meant.

use std::fmt;
use std::str::FromStr;

use crate::FunctionArn;

/// One of a function's versions, by its number or by the name of an alias.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Qualifier {
    /// The function as it is now.
    Latest,
    /// The function as it was published under this number, from 1 on.
    Version(u64),
    /// Whatever the alias of this name leads to.
    Alias(AliasName),
}

/// An alias's name: 1 to 128 characters of `[a-zA-Z0-9-_]` that are not digits only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasName(String);

/// The text is not a qualifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("qualifier must be $LATEST, the number of a version or the name of an alias")]
pub struct InvalidQualifier;

impl Qualifier {
    /// How AWS writes the version that a function has as long as it has no other.
    pub const LATEST: &str = "$LATEST";
}

impl AliasName {
    /// The longest name (Lambda model).
    pub const CHARS_MAX: usize = 128;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Qualifier {
    type Err = InvalidQualifier;

    fn from_str(text: &str) -> Result<Self, InvalidQualifier> {
        if text == Self::LATEST {
            return Ok(Self::Latest);
        }
        if let Ok(alias) = text.parse() {
            return Ok(Self::Alias(alias));
        }
        // What is printed is what was read.
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let number = text.parse().ok().filter(|_| is_plain);
        number.map(Self::Version).ok_or(InvalidQualifier)
    }
}

impl FromStr for AliasName {
    type Err = InvalidQualifier;

    fn from_str(text: &str) -> Result<Self, InvalidQualifier> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let fits = (1..=Self::CHARS_MAX).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(text.to_owned())).ok_or(InvalidQualifier)
    }
}

impl fmt::Display for Qualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str(Self::LATEST),
            Self::Version(number) => number.fmt(f),
            Self::Alias(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `arn:aws:lambda:<region>:<account>:function:<name>`, and `:<qualifier>` if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualifiedArn {
    /// The function.
    pub function: FunctionArn,
    /// Which of its versions, if that is told.
    pub qualifier: Option<Qualifier>,
}

impl fmt::Display for QualifiedArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, qualifier } = self;
        match qualifier {
            None => function.fmt(f),
            Some(qualifier) => write!(f, "{function}:{qualifier}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn qualifiers_are_told_apart_by_how_they_are_written() {
        let alias = |text: &str| Ok(Qualifier::Alias(AliasName(text.to_owned())));
        for (text, expected) in [
            ("$LATEST", Ok(Qualifier::Latest)),
            ("1", Ok(Qualifier::Version(1))),
            ("18446744073709551615", Ok(Qualifier::Version(u64::MAX))),
            ("live", alias("live")),
            ("1-a", alias("1-a")),
            ("-", alias("-")),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
        let long = "a".repeat(AliasName::CHARS_MAX + 1);
        for text in ["", "0", "01", "18446744073709551616", "$LATEST.PUBLISHED", "a.b", "é", &long]
        {
            assert_eq!(text.parse::<Qualifier>(), Err(InvalidQualifier), "{text}");
        }
        assert!("12".parse::<AliasName>().is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_is_printed_as_it_was(text in "[$A-Za-z0-9_-]{0,20}") {
            if let Ok(qualifier) = text.parse::<Qualifier>() {
                prop_assert_eq!(qualifier.to_string(), text);
            }
        }
    }
}
