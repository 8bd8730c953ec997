//! Words for uploaders: bounded, and with nothing in them that could steer a terminal.

use std::fmt::Write as _;

use crate::message::Rejection;

/// Bytes of a text for an uploader.
pub(crate) const TEXT_BYTES_MAX: usize = 1024;

/// Bytes of a name or of another's words inside of such a text.
const PART_BYTES_MAX: usize = 700;

/// A refusal that says `text`.
pub(crate) fn unfit(text: &str) -> Rejection {
    Rejection::Unfit(cut(&escaped(text), TEXT_BYTES_MAX))
}

/// A name that a stranger chose, as it may stand in a text.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", cut(&escaped(name), 200))
}

/// What a library says, as it may stand in a text.
pub(crate) fn shortened(text: &str) -> String {
    cut(&escaped(text), PART_BYTES_MAX)
}

/// `text` with line ends as `; ` and other control characters spelt out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(2 * TEXT_BYTES_MAX));
    for char in text.chars() {
        if out.len() > 2 * TEXT_BYTES_MAX {
            break;
        }
        match char {
            '\n' => out.push_str("; "),
            char if char.is_control() => {
                let _ = write!(out, "{}", char.escape_default());
            }
            char => out.push(char),
        }
    }
    out
}

/// At most `bytes` of `text`, and a mark if something is missing.
pub(crate) fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes.saturating_sub(3));
    format!("{}...", &text[..end])
}
