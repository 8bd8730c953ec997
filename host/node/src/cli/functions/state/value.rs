//! Values of state as people can read them.

/// Characters of a value in a table; --json has all of it.
const TEXT_CHARS: usize = 100;
/// Bytes of a value that is no text.
const HEX_BYTES: usize = 32;

/// The beginning of a value: as text if it is text, else in hexadecimal.
pub(super) fn shown(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
            cut(text.trim_end())
        }
        Ok(_) | Err(_) => {
            let hex = stdx::hex(value.get(..HEX_BYTES).unwrap_or(value));
            let rest = if value.len() > HEX_BYTES { "..." } else { "" };
            format!("0x{hex}{rest}")
        }
    }
}

fn cut(text: &str) -> String {
    let mut chars = text.chars();
    // Quotation marks, of which JSON is full, are no harm to a terminal.
    let escaped = |c: char| match c {
        '"' | '\'' => vec![c],
        c => c.escape_debug().collect(),
    };
    let mut shown: String = chars.by_ref().take(TEXT_CHARS).flat_map(escaped).collect();
    if chars.next().is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_as_text_and_all_else_in_hexadecimal() {
        assert_eq!(shown(br#"{"count":2}"#), r#"{"count":2}"#);
        assert_eq!(shown("grün\nzwei\n".as_bytes()), "grün\\nzwei");
        assert_eq!(shown(b""), "");
        assert_eq!(shown(&7u64.to_le_bytes()), "0x0700000000000000");
        assert_eq!(shown(b"\x1b[31m"), "0x1b5b33316d");
        assert_eq!(shown(&[0xff; 33]), format!("0x{}...", "ff".repeat(32)));
        assert_eq!(shown("x".repeat(101).as_bytes()), format!("{}...", "x".repeat(100)));
        // What turns the direction of a terminal's text around is written out.
        assert_eq!(shown("a\u{202e}b".as_bytes()), "a\\u{202e}b");
    }
}
