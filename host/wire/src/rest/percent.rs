//! Percent-decoding, once: what is decoded here is never decoded again.

use std::borrow::Cow;

/// The text behind `raw`, borrowed if it has no escapes. Nothing if an escape is cut or is none, or if the
/// bytes are no UTF-8. A plus is a plus, as it is for signatures.
pub(super) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('%') {
        return Some(Cow::Borrowed(raw));
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, tail @ ..] = rest else {
            return None;
        };
        bytes.push(digit(*high)? << 4 | digit(*low)?);
        rest = tail;
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn digit(character: u8) -> Option<u8> {
    let value = char::from(character).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_decoded_once() {
        for (raw, text) in [
            ("", ""),
            ("plain", "plain"),
            ("arn%3Aaws%3alambda", "arn:aws:lambda"),
            ("arn:aws", "arn:aws"),
            ("%24LATEST", "$LATEST"),
            ("a+b%20c%2B", "a+b c+"),
            ("%252F", "%2F"),
            ("%2F..%2f", "/../"),
            ("%E1%88%B4", "ሴ"),
            ("%00", "\0"),
        ] {
            assert_eq!(decode(raw).as_deref(), Some(text), "{raw}");
        }
        assert!(matches!(decode("plain"), Some(Cow::Borrowed(_))));
    }

    #[test]
    fn what_is_no_escape_is_refused() {
        for raw in ["%", "a%2", "%zz", "%%20", "%+1", "%ff", "%C3", "%é0", "%c0%af"] {
            assert_eq!(decode(raw), None, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn decodes_what_is_encoded(text in ".*") {
            let raw: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let decoded = decode(&raw);
            prop_assert_eq!(decoded.as_deref(), Some(&*text));
        }

        #[test]
        fn anything_is_taken_or_refused(raw in "[%0-9a-fg/é]{0,24}") {
            if let Some(text) = decode(&raw) {
                prop_assert!(text.len() <= raw.len());
                prop_assert_eq!(text == raw, !raw.contains('%'));
            }
        }
    }
}
