//! Whose names these are: account and region.

use std::fmt;
use std::str::FromStr;

/// A tenant: twelve decimal digits, as on AWS.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

/// The text is not twelve decimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("account id must be 12 decimal digits")]
pub struct InvalidAccount;

impl AccountId {
    /// The account of `serve --dev`: `000000000000`, the one that test emulators have made customary.
    pub const DEV: Self = Self(0);

    /// The number behind the digits; the leading zeros are implied.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The account with this number.
    ///
    /// # Errors
    /// [`InvalidAccount`] if it needs more than twelve digits.
    pub const fn from_number(number: u64) -> Result<Self, InvalidAccount> {
        if number < 1_000_000_000_000 { Ok(Self(number)) } else { Err(InvalidAccount) }
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccount;

    fn from_str(text: &str) -> Result<Self, InvalidAccount> {
        let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits => Ok(Self(number)),
            _ => Err(InvalidAccount),
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A region name as it stands in a signature's scope: `us-east-1`, or any other well-formed one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

/// The text is not a region name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("region must be 1 to 32 lower-case letters, digits and single hyphens")]
pub struct InvalidRegion;

impl Region {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, InvalidRegion> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let well_formed = (1..=32).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        if well_formed { Ok(Self(text.to_owned())) } else { Err(InvalidRegion) }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_twelve_digits_and_print_as_read() {
        for text in ["000000000000", "123456789012", "999999999999"] {
            assert_eq!(text.parse::<AccountId>().unwrap().to_string(), text);
        }
        for text in ["", "12345678901", "1234567890123", "12345678901x", "+12345678901"] {
            assert_eq!(text.parse::<AccountId>(), Err(InvalidAccount), "{text}");
        }
    }

    #[test]
    fn regions_are_checked() {
        for text in ["us-east-1", "local", "eu-central-1", "x1"] {
            assert!(text.parse::<Region>().is_ok(), "{text}");
        }
        for text in ["", "US-EAST-1", "us--1", "-us", "us-", "a/b", &"a".repeat(33)] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }
}
