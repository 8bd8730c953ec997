//! The constraints of the model that several operations share, as the model prints them.

use domain::{ArnParts, FunctionRef, RoleArn, StreamArn, limits};
use wire::{Pattern, TextRule};

/// The rule of a pattern without a length.
const fn pattern(text: &'static str, matches: fn(&str) -> bool) -> TextRule {
    TextRule { min: 0, max: 0, pattern: Some(Pattern { text, matches }) }
}

/// A function where only functions of one's own are meant.
pub(super) const FUNCTION: TextRule = TextRule {
    min: 1,
    max: 140,
    ..pattern(
        r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
        |text| text.parse::<FunctionRef>().is_ok(),
    )
};
/// A function where names may hold dots; no function here has one.
pub(super) const NAMESPACED_FUNCTION: TextRule = TextRule {
    min: 1,
    max: 256,
    ..pattern(
        r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
        |text| {
            text.replace('.', "_").replace("$LATEST_PUBLISHED", "x").parse::<FunctionRef>().is_ok()
        },
    )
};
/// A partition key for which something is kept, or the beginning of one; also of a record that has none.
pub(super) const STATE_KEY: TextRule = TextRule {
    min: 0,
    max: 0,
    ..pattern("at most 1024 bytes", |text| text.len() <= consumer::Row::KEY_BYTES_MAX)
};
/// The beginning of a name under which something is kept.
pub(super) const STATE_NAME: TextRule = TextRule {
    min: 0,
    max: 0,
    ..pattern("at most 512 bytes", |text| text.len() <= consumer::Row::NAME_BYTES_MAX)
};
/// A version or an alias.
pub(super) const QUALIFIER: TextRule = TextRule {
    min: 1,
    max: 128,
    ..pattern(r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+", |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte);
        text == "$LATEST.PUBLISHED" || (!text.is_empty() && text.bytes().all(allowed))
    })
};
/// An alias.
pub(super) const ALIAS: TextRule = TextRule {
    min: 1,
    max: 128,
    ..pattern("(?!^[0-9]+$)([a-zA-Z0-9-_]+)", |text| {
        is_made_of(text, b"-_") && !text.bytes().all(|byte| byte.is_ascii_digit())
    })
};
/// The number of a version, or `$LATEST`.
pub(super) const VERSION: TextRule = TextRule {
    min: 1,
    max: 1024,
    ..pattern(r"(\$LATEST(\.PUBLISHED)?|[0-9]+)", |text| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number || ["$LATEST", "$LATEST.PUBLISHED"].contains(&text)
    })
};
/// A role.
pub(super) const ROLE: TextRule = TextRule {
    min: 0,
    max: 10_000,
    ..pattern(r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+", |text| {
        text.parse::<RoleArn>().is_ok()
    })
};
/// A handler.
pub(super) const HANDLER: TextRule = TextRule {
    min: 0,
    max: 128,
    ..pattern(r"[^\s]+", |text| !text.is_empty() && !text.contains(char::is_whitespace))
};
/// A description.
pub(super) const DESCRIPTION: TextRule = TextRule { min: 0, max: 256, pattern: None };
/// An ARN of anything. That of a stream is always one: regions here may be called what they like.
pub(super) const ARN: TextRule = TextRule {
    min: 0,
    max: 10_000,
    ..pattern(
        r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)",
        |text| text.parse::<StreamArn>().is_ok() || is_arn(text),
    )
};
/// A destination.
pub(super) const DESTINATION: TextRule = TextRule {
    min: 0,
    max: 350,
    ..pattern(
        r"$|https?://\S+|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)",
        |text| {
            let is_url = ["kafka://", "https://", "http://"].iter().any(|it| text.starts_with(it));
            text.is_empty() || is_url || is_arn(text)
        },
    )
};
/// A filter's pattern; AWS's rule of a pattern lets every text pass.
pub(super) const FILTER: TextRule =
    TextRule { min: 0, max: limits::FILTER_CHARS_MAX, pattern: None };
/// A mapping's UUID.
pub(super) const UUID: TextRule = TextRule { min: 36, max: 36, pattern: None };

/// A statement of a policy.
pub(super) const STATEMENT_ID: TextRule =
    TextRule { min: 1, max: 100, ..pattern("([a-zA-Z0-9-_]+)", |text| is_made_of(text, b"-_")) };
/// A statement that may be one of AWS's own.
pub(super) const NAMESPACED_STATEMENT_ID: TextRule =
    TextRule { min: 1, max: 100, ..pattern("([a-zA-Z0-9-_.]+)", |text| is_made_of(text, b"-_.")) };
/// An action that a policy lets somebody do.
pub(super) const PERMITTED_ACTION: TextRule = TextRule {
    min: 0,
    max: 10_000,
    ..pattern("(lambda:[*]|lambda:[a-zA-Z]+|[*])", |text| {
        let name = text.strip_prefix("lambda:").unwrap_or_default();
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        text == "*" || name == "*" || is_name
    })
};
/// Whom a policy lets in.
pub(super) const PRINCIPAL: TextRule = TextRule {
    min: 0,
    max: 2048,
    ..pattern(r"[^\s]+", |text| !text.is_empty() && !text.contains(char::is_whitespace))
};
/// An account on whose behalf a service calls.
pub(super) const SOURCE_ACCOUNT: TextRule = TextRule {
    min: 0,
    max: 12,
    ..pattern(r"\d{12}", |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
};
/// What Alexa sends along.
pub(super) const SOURCE_TOKEN: TextRule =
    TextRule { min: 0, max: 256, ..pattern(r"[a-zA-Z0-9._\-]+", |text| is_made_of(text, b"._-")) };
/// An organization.
pub(super) const ORGANIZATION: TextRule = TextRule {
    min: 12,
    max: 34,
    ..pattern("o-[a-z0-9]{10,32}", |text| {
        let id = text.strip_prefix("o-").unwrap_or_default();
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        (10..=32).contains(&id.len()) && id.bytes().all(allowed)
    })
};

/// Letters, digits and these others, one at least.
fn is_made_of(text: &str, others: &[u8]) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

/// Six parts, of which the account is one or missing.
fn is_arn(text: &str) -> bool {
    let Some(ArnParts { partition, service, account, .. }) = ArnParts::of(text) else {
        return false;
    };
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    partition.starts_with("aws")
        && !service.is_empty()
        && (account.is_empty() || digits)
        && !text.contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(rule: TextRule, text: &str) -> bool {
        rule.pattern.is_none_or(|pattern| (pattern.matches)(text))
    }

    #[test]
    fn patterns_match_as_they_are_printed() {
        assert!(fits(NAMESPACED_FUNCTION, "a.b:$LATEST.PUBLISHED"));
        assert!(!fits(FUNCTION, "a.b"));
        assert!(!fits(NAMESPACED_FUNCTION, "a b"));
        for text in ["$LATEST", "$LATEST.PUBLISHED", "7", "live-1"] {
            assert!(fits(QUALIFIER, text), "{text}");
        }
        assert!(!fits(QUALIFIER, "a.b") && !fits(QUALIFIER, ""));
        assert!(fits(ALIAS, "live-1") && !fits(ALIAS, "12") && !fits(ALIAS, "a.b"));
        assert!(fits(VERSION, "$LATEST") && fits(VERSION, "12") && !fits(VERSION, "live"));
        assert!(fits(HANDLER, "a.b::c") && !fits(HANDLER, "a b"));
        for text in [
            "arn:aws:sqs:us-east-1:123456789012:q",
            "arn:aws:s3:::bucket",
            "arn:aws:kinesis:local:123456789012:stream/s",
        ] {
            assert!(fits(ARN, text) && fits(DESTINATION, text), "{text}");
        }
        for text in ["queue", "arn:aws:sqs:us-east-1:1:q", "arn:aws:x"] {
            assert!(!fits(ARN, text) && !fits(DESTINATION, text), "{text}");
        }
        assert!(fits(DESTINATION, ""));
        for text in ["*", "lambda:*", "lambda:InvokeFunction"] {
            assert!(fits(PERMITTED_ACTION, text), "{text}");
        }
        for text in ["", "lambda:", "s3:Get", "lambda:Invoke*"] {
            assert!(!fits(PERMITTED_ACTION, text), "{text}");
        }
        assert!(fits(NAMESPACED_STATEMENT_ID, "a.b") && !fits(STATEMENT_ID, "a.b"));
        assert!(fits(ORGANIZATION, "o-abcdefghij") && !fits(ORGANIZATION, "o-ABCDEFGHIJ"));
        assert!(fits(SOURCE_ACCOUNT, "123456789012") && !fits(SOURCE_ACCOUNT, "1234"));
    }
}
