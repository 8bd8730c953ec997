//! The constraints that members of several operations share, with the patterns as AWS prints them.

use wire::shape::{Tags, Text};
use wire::{Checks, Pattern, TextRule};

/// A stream's name.
pub(super) const NAME: TextRule = TextRule { min: 1, max: 128, pattern: Some(NAME_PATTERN) };
/// A shard's id: any name, since what names no shard is told in other words.
pub(super) const SHARD_ID: TextRule = NAME;
/// A stream's ARN.
pub(super) const ARN: TextRule = TextRule {
    min: 1,
    max: 2048,
    pattern: Some(Pattern { text: r"arn:aws.*:kinesis:.*:\d{12}:stream/\S+", matches: is_arn }),
};
/// A stream's id, which AWS reserves and nobody has.
pub(super) const STREAM_ID: TextRule = TextRule {
    min: 1,
    max: 24,
    pattern: Some(Pattern { text: "[a-z0-9]{20}-[a-z0-9]{3}", matches: is_stream_id }),
};
/// A sequence number.
pub(super) const SEQUENCE: TextRule = TextRule {
    min: 0,
    max: 0,
    pattern: Some(Pattern { text: r"0|([1-9]\d{0,128})", matches: |text| is_number(text, 129) }),
};
/// A hash key.
pub(super) const HASH_KEY: TextRule = TextRule {
    min: 0,
    max: 0,
    pattern: Some(Pattern { text: r"0|([1-9]\d{0,38})", matches: |text| is_number(text, 39) }),
};
/// A partition key.
pub(super) const PARTITION_KEY: TextRule =
    TextRule { min: 1, max: domain::limits::PARTITION_KEY_CHARS_MAX, pattern: None };
/// A page token.
pub(super) const NEXT_TOKEN: TextRule = TextRule { min: 1, max: 1_048_576, pattern: None };
/// A shard iterator.
pub(super) const SHARD_ITERATOR: TextRule = TextRule { min: 1, max: 512, pattern: None };

const NAME_PATTERN: Pattern = Pattern {
    text: "[a-zA-Z0-9_.-]+",
    matches: |text| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        !text.is_empty() && text.bytes().all(allowed)
    },
};

fn is_number(text: &str, digits_max: usize) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    digits && canonical && (1..=digits_max).contains(&text.len())
}

fn is_stream_id(text: &str) -> bool {
    let allowed = |part: &str, length: usize| {
        let byte = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        part.len() == length && part.bytes().all(byte)
    };
    let parts = text.split_once('-');
    parts.is_some_and(|(head, tail)| allowed(head, 20) && allowed(tail, 3))
}

fn is_arn(text: &str) -> bool {
    text.match_indices(":stream/").any(|(at, mark)| {
        let name = &text[at + mark.len()..];
        let named = !name.is_empty() && !name.contains(char::is_whitespace);
        named && is_arn_head(&text[..at])
    })
}

/// `arn:aws.*:kinesis:.*:\d{12}`
fn is_arn_head(head: &str) -> bool {
    let Some((front, account)) = head.rsplit_once(':') else {
        return false;
    };
    let account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let service = front.strip_prefix("arn:aws");
    account && service.is_some_and(|it| it.contains(":kinesis:") && !it.contains('\n'))
}

/// Tags that a call may bring (Kinesis model, `TagMap`); what a stream may have is fewer.
const TAGS_MAX: usize = 200;
const _: () = assert!(TAGS_MAX < Tags::KEPT);

/// The entries of a map of tags.
pub(super) fn check_tags(checks: &mut Checks, tags: Option<&Tags<'_>>) {
    let Some(tags) = tags else { return };
    let (count, tags) = (tags.count(), tags.kept());
    let shown: Vec<String> =
        tags.iter().map(|(key, value)| format!("{}={}", key.0, value.0)).collect();
    let shown = format!("{{{}}}", shown.join(", "));
    checks.length("tags", &shown, count, 1, TAGS_MAX);
    let length = |text: &Text<'_>| text.as_str().encode_utf16().count();
    if tags.iter().any(|(key, _)| !(1..=128).contains(&length(key))) {
        let constraint = "Map keys must satisfy constraint: [Member must have length less than or \
                          equal to 128, Member must have length greater than or equal to 1]";
        checks.broken(Some(&shown), &"tags", constraint);
    }
    for (key, value) in tags.iter().filter(|(_, value)| length(value) > 256) {
        let constraint = "Map value must satisfy constraint: [Member must have length less than or \
                          equal to 256, Member must have length greater than or equal to 0]";
        let path = format!("tags.{}.member", key.0);
        checks.broken(Some(&value.0), &path, constraint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(rule: TextRule, text: &str) -> bool {
        rule.pattern.is_none_or(|pattern| (pattern.matches)(text))
    }

    #[test]
    fn arns_match_as_the_pattern_says() {
        for text in [
            "arn:aws:kinesis:us-east-1:123456789012:stream/quakes",
            "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/a/b",
            "arn:aws:x:kinesis:::123456789012:stream/é",
        ] {
            assert!(fits(ARN, text), "{text}");
        }
        for text in [
            "",
            "quakes",
            "arn:aws:kinesis:us-east-1:12345678901:stream/q",
            "arn:aws:kinesis:us-east-1:123456789012:stream/",
            "arn:aws:kinesis:us-east-1:123456789012:stream/a b",
            "arn:aws:lambda:us-east-1:123456789012:stream/q",
            "arn:aws:kinesis:us-east-1:123456789012:stream/q\n",
            "arn:aws:kinesis:123456789012:stream/q",
        ] {
            assert!(!fits(ARN, text), "{text}");
        }
    }

    #[test]
    fn numbers_are_canonical_and_whole() {
        for text in ["0", "1", "10", &"9".repeat(39)] {
            assert!(fits(HASH_KEY, text), "{text}");
        }
        for text in ["", "00", "01", "-1", "1a", "0\n", &"9".repeat(40)] {
            assert!(!fits(HASH_KEY, text), "{text}");
        }
        assert!(fits(SEQUENCE, &"9".repeat(129)));
        assert!(!fits(SEQUENCE, &"9".repeat(130)));
    }

    #[test]
    fn stream_ids_have_two_parts() {
        assert!(fits(STREAM_ID, "abcdefghij0123456789-abc"));
        assert!(!fits(STREAM_ID, "abcdefghij0123456789abc"));
    }
}
