//! One record a line.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::merge::Got;

/// Prints data as text if it is text, else as base64; with `json`, all that is known of the record.
///
/// # Errors
/// If the output is gone.
pub(super) fn record(out: &mut impl Write, got: &Got, json: bool) -> io::Result<()> {
    let text = std::str::from_utf8(&got.data).ok();
    let base64 = || base64_simd::STANDARD.encode_to_string(&got.data);
    if !json {
        return match text {
            Some(text) => writeln!(out, "{text}"),
            None => writeln!(out, "{}", base64()),
        };
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

    fn printed(data: &[u8], json: bool) -> String {
        let got = Got {
            shard: "shardId-000000000000".into(),
            sequence_number: "49".into(),
            partition_key: "k".into(),
            arrival: 1_517_363_399.65,
            data: data.into(),
            ..Got::default()
        };
        let mut out = Vec::new();
        record(&mut out, &got, json).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_is_text_and_the_rest_base64() {
        assert_eq!(printed(b"hello", false), "hello\n");
        assert_eq!(printed(&[0, 0xff], false), "AP8=\n");
        let line = printed(b"hello", true);
        assert!(line.contains(r#""arrival":"2018-01-31T01:49:59.650Z""#), "{line}");
        assert!(line.contains(r#""data":"hello""#), "{line}");
        assert!(printed(&[0, 0xff], true).contains(r#""dataBase64":"AP8=""#));
    }
}
