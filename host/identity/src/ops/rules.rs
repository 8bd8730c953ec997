//! The constraints that members of several operations share, as IAM's model prints its own.

use domain::{AccountId, SecretName, limits};
use wire::shape::{Int, Tags, Text};
use wire::{Checks, Pattern, TextRule};

const fn pattern(text: &'static str, matches: fn(&str) -> bool) -> Option<Pattern> {
    Some(Pattern { text, matches })
}

/// An account.
pub(super) const ACCOUNT: TextRule = TextRule {
    min: 12,
    max: 12,
    pattern: pattern(r"\d{12}", |text| text.parse::<AccountId>().is_ok()),
};
/// What the operator calls an account.
pub(super) const ACCOUNT_NAME: TextRule = TextRule {
    min: 1,
    max: 50,
    pattern: pattern(r"[\u0020-\u007E]+", |text| {
        !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    }),
};
/// A user or a role.
pub(super) const NAME: TextRule = TextRule {
    min: 1,
    max: 64,
    // How long it may be is told besides.
    pattern: pattern(r"[\w+=,.@-]+", |text| !text.is_empty() && text.bytes().all(is_name_byte)),
};
/// A policy of a user or a role.
pub(super) const POLICY_NAME: TextRule = TextRule { max: 128, ..NAME };
/// The text of a policy, white space included.
pub(super) const DOCUMENT: TextRule = TextRule { min: 1, max: 131_072, pattern: None };
/// An access key.
pub(super) const KEY_ID: TextRule = TextRule {
    min: 16,
    max: 128,
    pattern: pattern(r"[\w]+", |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !text.is_empty() && text.bytes().all(allowed)
    }),
};
/// A secret.
pub(super) const SECRET_NAME: TextRule = TextRule {
    min: 1,
    max: 512,
    pattern: pattern(r"[\w/+=.@-]+", |text| text.len() > 512 || text.parse::<SecretName>().is_ok()),
};
/// An action.
pub(super) const ACTION: TextRule = TextRule {
    min: 3,
    max: 128,
    pattern: pattern("[a-zA-Z0-9-]+:[a-zA-Z0-9]+", |text| {
        let word =
            |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric());
        let parts = text.split_once(':');
        parts.is_some_and(|(service, name)| word(&service.replace('-', "x")) && word(name))
    }),
};
/// A resource.
pub(super) const RESOURCE: TextRule = TextRule {
    min: 1,
    max: 2048,
    pattern: pattern(r"\*|arn:.+", |text| {
        text == "*" || text.strip_prefix("arn:").is_some_and(|rest| !rest.is_empty())
    }),
};

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)
}

/// Whose it is.
pub(super) fn check_account(checks: &mut Checks, account: Option<&Text<'_>>) {
    checks.text("accountId", account.map(Text::as_str), ACCOUNT);
}

/// A member that must be there.
pub(super) fn check_required(
    checks: &mut Checks,
    path: &str,
    member: Option<&Text<'_>>,
    rule: TextRule,
) {
    checks.required(path, member);
    checks.text(path, member.map(Text::as_str), rule);
}

/// How many a page may have.
pub(super) fn check_max_items(checks: &mut Checks, asked: Option<Int>) {
    checks.number("maxItems", asked.map(|Int(count)| count), 1, 1000);
}

/// How many a page has.
pub(super) fn page(asked: Option<Int>) -> usize {
    let asked = asked.and_then(|Int(count)| usize::try_from(count).ok());
    asked.unwrap_or(limits::LIST_NAMES_PAGE)
}

/// Tags of a user or a role.
pub(super) fn check_tags(checks: &mut Checks, tags: Option<&Tags<'_>>) {
    let Some(tags) = tags else { return };
    let max = limits::PRINCIPAL_TAGS_MAX;
    checks.length("tags", &format_args!("[{}]", tags.count()), tags.count(), 0, max);
    let allowed =
        |char: char| char.is_alphanumeric() || char.is_whitespace() || "_.:/=+-@".contains(char);
    let fits = |text: &Text<'_>, min: usize, max: usize| {
        let length = text.as_str().encode_utf16().count();
        (min..=max).contains(&length) && text.as_str().chars().all(allowed)
    };
    for (key, value) in tags.kept() {
        if !fits(key, 1, 128) || !fits(value, 0, 256) {
            let constraint = "Member must have a key of 1 to 128 and a value of up to 256 letters, digits, white \
                              space and _.:/=+-@";
            checks.broken(Some(&format_args!("{}={}", key.0, value.0)), &"tags", constraint);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::PrincipalName;

    use super::*;

    fn fits(rule: TextRule, text: &str) -> bool {
        let mut checks = Checks::default();
        checks.text("x", Some(text), rule);
        checks.finish().is_ok()
    }

    #[test]
    fn rules_say_what_the_types_take() {
        for text in
            ["", "a", "a b", "ops@example.org", "a:b", "\u{e4}", &"x".repeat(64), &"x".repeat(65)]
        {
            assert_eq!(fits(NAME, text), text.parse::<PrincipalName>().is_ok(), "{text}");
        }
        for text in ["", "a", "a b", "db/x", "a,b", &"x".repeat(512), &"x".repeat(513)] {
            assert_eq!(fits(SECRET_NAME, text), text.parse::<SecretName>().is_ok(), "{text}");
        }
        for text in ["", "12345678901", "123456789012", "12345678901x", "1234567890123"] {
            assert_eq!(fits(ACCOUNT, text), text.parse::<AccountId>().is_ok(), "{text}");
        }
    }

    #[test]
    fn actions_and_resources_are_spelt_as_in_policies() {
        assert!(fits(ACTION, "kinesis:PutRecord") && fits(ACTION, "execute-api:Invoke"));
        for text in ["kinesis", ":x", "kinesis:", "kinesis:Put*", "a:b:c", "*"] {
            assert!(!fits(ACTION, text), "{text}");
        }
        assert!(fits(RESOURCE, "*") && fits(RESOURCE, "arn:aws:kinesis:r:a:stream/s"));
        assert!(!fits(RESOURCE, "stream") && !fits(RESOURCE, "arn:"));
    }
}
