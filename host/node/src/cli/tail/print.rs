//! One record a line.

use std::io::{self, IsTerminal, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::merge::Got;
use crate::cli::functions::visible;

/// How records are shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// Their data, as it is.
    Plain,
    /// Their data, for somebody who looks at a terminal: what a producer put must not drive it.
    Screen,
    /// All that is known of them.
    Json,
}

impl Form {
    /// That of stdout.
    pub(super) fn stdout(json: bool) -> Self {
        match (json, io::stdout().is_terminal()) {
            (true, _) => Self::Json,
            (false, true) => Self::Screen,
            (false, false) => Self::Plain,
        }
    }
}

/// Prints a record. Data is text if it can be, else base64.
///
/// # Errors
/// If the output is gone.
pub(super) fn record(out: &mut impl Write, got: &Got, form: Form) -> io::Result<()> {
    let text = std::str::from_utf8(&got.data).ok();
    let base64 = || base64_simd::STANDARD.encode_to_string(&got.data);
    match (form, text) {
        (Form::Plain, Some(text)) => return writeln!(out, "{text}"),
        (Form::Screen, Some(text)) => return writeln!(out, "{}", visible(text)),
        (Form::Plain | Form::Screen, None) => return writeln!(out, "{}", base64()),
        (Form::Json, _) => {}
    }
    let line = Line {
        shard: &got.shard,
        sequence_number: &got.sequence_number,
        sub_sequence: got.sub_sequence,
        partition_key: &got.partition_key,
        arrival: moment(got.arrival),
        data: text,
        data_base64: text.is_none().then(base64),
    };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    shard: &'a str,
    sequence_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_sequence: Option<u32>,
    #[serde(skip_serializing_if = "str::is_empty")]
    partition_key: &'a str,
    arrival: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
}

/// A time in Unix seconds, to the millisecond, as people write it.
#[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates")]
pub(in crate::cli) fn moment(seconds: f64) -> String {
    let millis = (seconds * 1000.0).round() as i64;
    Timestamp::from_millisecond(millis)
        .map_or_else(|_| seconds.to_string(), |moment| format!("{moment:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(data: &[u8], form: Form) -> String {
        let got = Got {
            shard: "shardId-000000000000".into(),
            sequence_number: "49".into(),
            partition_key: "k".into(),
            arrival: 1_517_363_399.65,
            data: data.into(),
            ..Got::default()
        };
        let mut out = Vec::new();
        record(&mut out, &got, form).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_text_and_the_rest_base64() {
        assert_eq!(printed(b"hello", Form::Plain), "hello\n");
        assert_eq!(printed(&[0, 0xff], Form::Plain), "AP8=\n");
        let line = printed(b"hello", Form::Json);
        assert!(line.contains(r#""arrival":"2018-01-31T01:49:59.650Z""#), "{line}");
        assert!(line.contains(r#""data":"hello""#), "{line}");
        assert!(printed(&[0, 0xff], Form::Json).contains(r#""dataBase64":"AP8=""#));
    }

    #[test]
    fn a_terminal_is_not_driven_by_what_was_put() {
        let data = b"a\x1b[2Jb";
        assert_eq!(printed(data, Form::Screen), "a\\u{1b}[2Jb\n");
        assert_eq!(printed(data, Form::Plain), "a\x1b[2Jb\n");
        assert_eq!(printed(&[0, 0xff], Form::Screen), "AP8=\n");
    }
}
