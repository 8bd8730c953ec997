//! Functions and what names them: by name, by ARN, and by all that AWS takes between the two.

use std::fmt;
use std::str::FromStr;

use crate::{AccountId, ArnParts, Region};

/// The internal number of one incarnation of a function; never re-used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u64);

/// A function's name: 1 to 64 characters of `[a-zA-Z0-9-_]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionName(String);

/// The text is not a name of a function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("function name must be 1 to 64 characters of letters, digits, '-' and '_'")]
pub struct InvalidFunctionName;

/// Whether every character is one of a function's name; the length is another question.
fn has_name_characters(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    !text.is_empty() && text.bytes().all(allowed)
}

impl FunctionName {
    /// The longest name (Lambda API reference, CreateFunction).
    pub const CHARS_MAX: usize = 64;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FunctionName {
    type Err = InvalidFunctionName;

    fn from_str(text: &str) -> Result<Self, InvalidFunctionName> {
        let fits = text.len() <= Self::CHARS_MAX && has_name_characters(text);
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidFunctionName) }
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `arn:aws:lambda:<region>:<account>:function:<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionArn {
    /// The region the function lives in.
    pub region: Region,
    /// The account that owns the function.
    pub account: AccountId,
    /// The function's name.
    pub name: FunctionName,
}

impl fmt::Display for FunctionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, account, name } = self;
        write!(f, "arn:aws:lambda:{region}:{account}:function:{name}")
    }
}

/// A function as callers name it: a name, a partial ARN or an ARN, each with or without a qualifier.
///
/// The name may still be too long to be one: AWS tells that apart from what is no reference at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionRef {
    /// The region, if the reference tells it.
    pub region: Option<Region>,
    /// The account, if the reference tells it.
    pub account: Option<AccountId>,
    /// The name.
    pub name: String,
    /// What follows the name: `$LATEST`, the number of a version or the name of an alias.
    pub qualifier: Option<String>,
}

/// The text does not refer to a function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("function must be given as name, <account>:function:<name> or ARN")]
pub struct InvalidFunctionRef;

impl FromStr for FunctionRef {
    type Err = InvalidFunctionRef;

    fn from_str(text: &str) -> Result<Self, InvalidFunctionRef> {
        let mut parts: Vec<&str> = text.split(':').collect();
        let mut found = Self { region: None, account: None, name: String::new(), qualifier: None };
        let is_arn = parts[0] == "arn";
        if is_arn {
            let known = matches!(parts[..], [_, partition, "lambda", _, _, "function", _, ..]
                if is_partition(partition));
            if !known {
                return Err(InvalidFunctionRef);
            }
            found.region = Some(parts[3].parse().ok().ok_or(InvalidFunctionRef)?);
            found.account = Some(parts[4].parse().ok().ok_or(InvalidFunctionRef)?);
            parts.drain(..6);
        } else {
            // `<region>:<account>:function:<name>`, of which any part but the last may be missing.
            if parts.len() > 1 && is_aws_region(parts[0]) {
                found.region = parts.remove(0).parse().ok();
            }
            if let [account, _, ..] = parts[..]
                && let Ok(account) = account.parse()
            {
                found.account = Some(account);
                parts.remove(0);
            }
            if let ["function", _, ..] = parts[..] {
                parts.remove(0);
            }
        }
        let (name, qualifier) = match parts[..] {
            [name] => (name, None),
            [name, qualifier] if is_qualifier(qualifier) => (name, Some(qualifier.to_owned())),
            _ => return Err(InvalidFunctionRef),
        };
        if !has_name_characters(name) {
            return Err(InvalidFunctionRef);
        }
        Ok(Self { name: name.to_owned(), qualifier, ..found })
    }
}

/// `aws`, `aws-cn` and the like.
fn is_partition(text: &str) -> bool {
    let rest = text.strip_prefix("aws");
    rest.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-'))
}

/// Whether this is spelt as AWS's regions are: only such a one may stand before a name without `arn:`.
fn is_aws_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let ends = |it: &&str| it.len() == 1 && it.bytes().all(|byte| byte.is_ascii_digit());
    let lower = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_lowercase());
    parts.len() >= 3
        && parts.last().is_some_and(ends)
        && parts[..parts.len() - 1].iter().all(|it| lower(it))
}

/// `$LATEST`, a version or an alias.
fn is_qualifier(text: &str) -> bool {
    text == "$LATEST" || has_name_characters(text)
}

/// The role that a function acts under: `arn:aws:iam::<account>:role/<path and name>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoleArn {
    text: String,
    account: AccountId,
}

/// The text is not the ARN of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("role must look like arn:aws:iam::<account>:role/<name>")]
pub struct InvalidRole;

impl RoleArn {
    /// The ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The account that the role is of.
    pub fn account(&self) -> AccountId {
        self.account
    }
}

impl FromStr for RoleArn {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        let parts = ArnParts::of(text).ok_or(InvalidRole)?;
        let known =
            is_partition(parts.partition) && parts.service == "iam" && parts.region.is_empty();
        let account = parts.owner().ok_or(InvalidRole)?;
        let name = parts.resource.strip_prefix("role").filter(|it| !it.is_empty());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte);
        let named = name.is_some_and(|it| it.bytes().all(allowed) && it != "/");
        if known && named { Ok(Self { text: text.to_owned(), account }) } else { Err(InvalidRole) }
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (Option<String>, Option<String>, String, Option<String>) {
        let found: FunctionRef = text.parse().unwrap_or_else(|_| panic!("{text}"));
        let region = found.region.map(|it| it.to_string());
        (region, found.account.map(|it| it.to_string()), found.name, found.qualifier)
    }

    #[test]
    fn every_form_that_aws_takes_is_read() {
        let (region, account) = (Some("us-east-1".to_owned()), Some("123456789012".to_owned()));
        let latest = Some("$LATEST".to_owned());
        let name = || "my-f_1".to_owned();
        for (text, expected) in [
            ("my-f_1", (None, None, name(), None)),
            ("my-f_1:$LATEST", (None, None, name(), latest.clone())),
            ("my-f_1:7", (None, None, name(), Some("7".to_owned()))),
            ("function:my-f_1", (None, None, name(), None)),
            ("123456789012:my-f_1", (None, account.clone(), name(), None)),
            ("123456789012:function:my-f_1", (None, account.clone(), name(), None)),
            ("123456789012:function:my-f_1:live", {
                (None, account.clone(), name(), Some("live".to_owned()))
            }),
            ("us-east-1:123456789012:function:my-f_1", {
                (region.clone(), account.clone(), name(), None)
            }),
            ("arn:aws:lambda:us-east-1:123456789012:function:my-f_1", {
                (region.clone(), account.clone(), name(), None)
            }),
            ("arn:aws-cn:lambda:us-east-1:123456789012:function:my-f_1:$LATEST", {
                (region, account, name(), latest)
            }),
            ("arn:aws:lambda:local:000000000000:function:my-f_1", {
                (Some("local".to_owned()), Some("000000000000".to_owned()), name(), None)
            }),
            ("123456789012", (None, None, "123456789012".to_owned(), None)),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_names_no_function_is_refused() {
        for text in [
            "",
            ":",
            "a b",
            "ä",
            "a:",
            "a:b:c",
            "a:$OTHER",
            "arn",
            "arn:aws:lambda:us-east-1:123456789012:function",
            "arn:aws:lambda:us-east-1:123456789012:function:",
            "arn:aws:lambda:us-east-1:12345:function:f",
            "arn:aws:lambda:US:123456789012:function:f",
            "arn:aws:kinesis:us-east-1:123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:layer:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f:1:2",
        ] {
            let read = text.parse::<FunctionRef>();
            assert!(read.is_err() || text == "arn", "{text}: {read:?}");
        }
    }

    #[test]
    fn names_have_a_length() {
        assert!("x".repeat(64).parse::<FunctionName>().is_ok());
        for text in ["", "a.b", "a:b", &"x".repeat(65)] {
            assert_eq!(text.parse::<FunctionName>(), Err(InvalidFunctionName), "{text}");
        }
    }

    #[test]
    fn roles_are_checked() {
        for text in [
            "arn:aws:iam::123456789012:role/r",
            "arn:aws:iam::123456789012:role/service-role/my+role=,.@-_",
            "arn:aws-us-gov:iam::000000000000:role/x",
        ] {
            assert_eq!(text.parse::<RoleArn>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "r",
            "arn:aws:iam::123456789012:user/r",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role",
            "arn:aws:iam::12345:role/r",
            "arn:aws:iam:us-east-1:123456789012:role/r",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws:iam::123456789012:role/a\n",
        ] {
            assert_eq!(text.parse::<RoleArn>(), Err(InvalidRole), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_arn_is_read_as_it_was_printed(name in "[a-zA-Z0-9_-]{1,64}", account in 0u64..1_000_000_000_000) {
            let arn = FunctionArn {
                region: "eu-west-1".parse().unwrap(),
                account: AccountId::from_number(account).unwrap(),
                name: name.parse().unwrap(),
            };
            let read: FunctionRef = arn.to_string().parse().unwrap();
            prop_assert_eq!(read.name, name);
            prop_assert_eq!(read.account, Some(arn.account));
        }

        #[test]
        fn nothing_panics(text in "[a-z0-9:$é-]{0,40}") {
            let _ = text.parse::<FunctionRef>();
            let _ = text.parse::<RoleArn>();
        }
    }
}
