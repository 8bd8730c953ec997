//! What names a mapping of a stream to a function.

use std::fmt;
use std::str::FromStr;

use crate::{AccountId, Region};

/// A mapping's UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MappingId(pub [u8; 16]);

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mapping must be named by a UUID")]
pub struct InvalidMappingId;

impl MappingId {
    /// The id that these random bytes make: a UUID of version 4.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// Its resource name.
    pub fn arn(self, region: &Region, account: AccountId) -> String {
        format!("arn:aws:lambda:{region}:{account}:event-source-mapping:{self}")
    }
}

impl FromStr for MappingId {
    type Err = InvalidMappingId;

    fn from_str(text: &str) -> Result<Self, InvalidMappingId> {
        let hyphens = [8, 13, 18, 23];
        let fits = text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| {
                if hyphens.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() }
            });
        if !fits {
            return Err(InvalidMappingId);
        }
        let hex = text.replace('-', "");
        let number = u128::from_str_radix(&hex, 16).ok().ok_or(InvalidMappingId)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for MappingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", u128::from_be_bytes(self.0));
        write!(f, "{}-{}-{}-", &hex[..8], &hex[8..12], &hex[12..16])?;
        write!(f, "{}-{}", &hex[16..20], &hex[20..])
    }
}

impl fmt::Debug for MappingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_as_read_and_nothing_else_is_read() {
        let text = "0a1b2c3d-0000-4fff-8123-0123456789ab";
        let id: MappingId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(text.to_uppercase().parse(), Ok(id));
        for text in [
            "",
            "0a1b2c3d00004fff81230123456789ab",
            "0a1b2c3d-0000-4fff-8123-0123456789a",
            "0a1b2c3d-0000-4fff-8123-0123456789ag",
            "0a1b2c3d-0000-4fff-8123+0123456789ab",
            "+a1b2c3d-0000-4fff-8123-0123456789ab",
        ] {
            assert_eq!(text.parse::<MappingId>(), Err(InvalidMappingId), "{text}");
        }
    }

    #[test]
    fn random_ids_are_of_version_four() {
        let text = MappingId::from_random([0xff; 16]).to_string();
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
