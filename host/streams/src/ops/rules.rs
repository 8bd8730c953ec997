//! The constraints that members of several operations share, with the patterns as AWS prints them.

use wire::{Pattern, TextRule};

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
/// The ARN of anything that Kinesis has and that can be tagged.
pub(super) const RESOURCE_ARN: TextRule = TextRule {
    min: 1,
    max: 2048,
    pattern: Some(Pattern {
        text: r"arn:aws.*:kinesis:.*:\d{12}:.*(stream|channel|queue)/\S+",
        matches: is_resource_arn,
    }),
};
/// A queue's ARN.
pub(super) const QUEUE_ARN: TextRule = TextRule {
    min: 1,
    max: 2048,
    pattern: Some(Pattern {
        text: r"arn:aws.*:kinesis:.*:\d{12}:queue/\S+",
        matches: |text| is_arn_of(text, ":queue/"),
    }),
};
/// A consumer's ARN.
pub(super) const CONSUMER_ARN: TextRule = TextRule {
    min: 1,
    max: 2048,
    pattern: Some(Pattern {
        text: r"^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+",
        matches: is_consumer_arn,
    }),
};
/// A stream's id.
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
    is_arn_of(text, ":stream/")
}

fn is_arn_of(text: &str, kind: &str) -> bool {
    text.match_indices(kind).any(|(at, mark)| {
        let name = &text[at + mark.len()..];
        let named = !name.is_empty() && !name.contains(char::is_whitespace);
        named && is_arn_head(&text[..at])
    })
}

fn is_resource_arn(text: &str) -> bool {
    let kinds = ["stream/", "channel/", "queue/"];
    let named = |(at, kind): (usize, &str)| {
        let name = &text[at + kind.len()..];
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
        // `:.*` before the kind: any colon may be the one that ends the account.
        let mut colons = text[..at].match_indices(':');
        is_name
            && !text[..at].contains('\n')
            && colons.any(|(colon, _)| is_arn_head(&text[..colon]))
    };
    kinds.iter().any(|kind| text.match_indices(kind).any(named))
}

fn is_consumer_arn(text: &str) -> bool {
    let is_name = |text: &str| (NAME_PATTERN.matches)(text);
    let Some((stream, consumer)) = text.rsplit_once("/consumer/") else {
        return false;
    };
    let (Some((front, name)), Some((consumer, created))) =
        (stream.rsplit_once("stream/"), consumer.split_once(':'))
    else {
        return false;
    };
    let digits = !created.is_empty() && created.bytes().all(|byte| byte.is_ascii_digit());
    let mut colons = front.match_indices(':');
    is_name(name)
        && is_name(consumer)
        && digits
        && !front.contains('\n')
        && colons.any(|(colon, _)| is_arn_head(&front[..colon]))
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
    fn arns_of_resources_name_more_than_streams() {
        for text in [
            "arn:aws:kinesis:us-east-1:123456789012:stream/quakes",
            "arn:aws:kinesis:us-east-1:123456789012:stream/quakes/consumer/c:1",
            "arn:aws:kinesis:us-east-1:123456789012:channel/c",
            "arn:aws:kinesis:us-east-1:123456789012:queue/q",
            "arn:aws-cn:kinesis:::123456789012:x:upstream/a",
        ] {
            assert!(fits(RESOURCE_ARN, text), "{text}");
        }
        for text in [
            "",
            "stream/q",
            "arn:aws:kinesis:us-east-1:12345678901:queue/q",
            "arn:aws:kinesis:us-east-1:123456789012:queue/",
            "arn:aws:kinesis:us-east-1:123456789012:topic/q",
            "arn:aws:kinesis:us-east-1:123456789012:queue/a b",
            "arn:aws:sqs:us-east-1:123456789012:queue/q",
        ] {
            assert!(!fits(RESOURCE_ARN, text), "{text}");
        }
    }

    #[test]
    fn arns_of_consumers_have_a_name_and_a_time() {
        let arn = "arn:aws:kinesis:us-east-1:123456789012:stream/quakes/consumer/app:1790068000";
        assert!(fits(CONSUMER_ARN, arn));
        assert!(fits(CONSUMER_ARN, &arn.replace("stream/quakes", "upstream/quakes")));
        for text in [
            "",
            "app",
            &arn.replace(":1790068000", ""),
            &arn.replace("1790068000", "x"),
            &arn.replace("quakes", "a b"),
            &arn.replace("quakes", ""),
            &arn.replace("app", "é"),
            &arn.replace("123456789012", "1"),
            &arn.replace("kinesis", "sqs"),
        ] {
            assert!(!fits(CONSUMER_ARN, text), "{text}");
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
