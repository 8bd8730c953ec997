//! Names in an account that belong to no service: of users and roles, and of secrets.

use std::fmt;
use std::str::FromStr;

/// The name of a user or a role: 1 to 64 characters of `[A-Za-z0-9_+=,.@-]` (IAM model).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalName(String);

/// The text is not the name of a user or a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("name must be 1 to 64 characters of letters, digits and _+=,.@-")]
pub struct InvalidPrincipalName;

/// The name of a secret: 1 to 512 characters of `[A-Za-z0-9/_+=.@-]` (Secrets Manager API reference).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

/// The text is not the name of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("name must be 1 to 512 characters of letters, digits and /_+=.@-")]
pub struct InvalidSecretName;

/// Whether `text` has 1 to `max` letters, digits and characters of `others`.
fn is_spelt(text: &str, max: usize, others: &[u8]) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
    (1..=max).contains(&text.len()) && text.bytes().all(allowed)
}

impl PrincipalName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PrincipalName {
    type Err = InvalidPrincipalName;

    fn from_str(text: &str) -> Result<Self, InvalidPrincipalName> {
        let fits = is_spelt(text, 64, b"_+=,.@-");
        fits.then(|| Self(text.to_owned())).ok_or(InvalidPrincipalName)
    }
}

impl fmt::Display for PrincipalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SecretName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretName {
    type Err = InvalidSecretName;

    fn from_str(text: &str) -> Result<Self, InvalidSecretName> {
        let fits = is_spelt(text, 512, b"/_+=.@-");
        fits.then(|| Self(text.to_owned())).ok_or(InvalidSecretName)
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_and_print_as_read() {
        for text in ["a", "ops@example.org", "a+b=c,d.e_f-9", &"x".repeat(64)] {
            assert_eq!(text.parse::<PrincipalName>().unwrap().to_string(), text);
        }
        for text in ["", "a b", "a/b", "a:b", "\u{e4}", &"x".repeat(65)] {
            assert!(text.parse::<PrincipalName>().is_err(), "{text}");
        }
        for text in ["db/password", "a", &"x".repeat(512)] {
            assert_eq!(text.parse::<SecretName>().unwrap().to_string(), text);
        }
        for text in ["", "a:b", "a,b", &"x".repeat(513)] {
            assert!(text.parse::<SecretName>().is_err(), "{text}");
        }
    }
}
