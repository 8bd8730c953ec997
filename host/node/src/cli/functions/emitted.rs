//! What an invocation gave, for people (pure but for the output).

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::Value;

/// The reply of a transform.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reply {
    pub(super) records: Vec<Emitted>,
    #[serde(default)]
    pub(super) batch_item_failures: Vec<Failure>,
}

/// A record that a function emitted.
#[derive(Debug, Deserialize)]
pub(super) struct Emitted {
    /// Base64.
    data: String,
}

/// A record that a function could not handle.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failure {
    pub(super) item_identifier: String,
}

/// What a failed invocation says.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Trouble {
    error_type: String,
    error_message: String,
    stack_trace: Vec<Value>,
}

/// The reply of a transform; `None` if it is something else.
pub(super) fn reply(payload: &[u8]) -> Option<Reply> {
    serde_json::from_slice(payload).ok()
}

/// One record a line: text as text, the rest as base64.
///
/// # Errors
/// If the output is gone.
pub(super) fn write_records(out: &mut impl Write, records: &[Emitted]) -> io::Result<()> {
    for Emitted { data } in records {
        let bytes = base64_simd::STANDARD.decode_to_vec(data).unwrap_or_default();
        match std::str::from_utf8(&bytes) {
            Ok(text) if !bytes.is_empty() => writeln!(out, "{text}")?,
            _ => writeln!(out, "{data}")?,
        }
    }
    Ok(())
}

impl Trouble {
    /// What a payload says; the payload itself if it is of no known form.
    pub(super) fn of(payload: &[u8]) -> Self {
        let told: Option<Self> = serde_json::from_slice(payload).ok();
        told.filter(|told| !told.error_message.is_empty()).unwrap_or_else(|| Self {
            error_message: String::from_utf8_lossy(payload).into_owned(),
            ..Self::default()
        })
    }

    /// `Type: message`.
    pub(super) fn sentence(&self) -> String {
        match self.error_type.as_str() {
            "" => self.error_message.clone(),
            kind => format!("{kind}: {}", self.error_message),
        }
    }

    /// Where it happened, a line for each frame.
    pub(super) fn frames(&self) -> impl Iterator<Item = String> {
        self.stack_trace.iter().map(|frame| match frame {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_printed_as_text_if_they_are_text() {
        let payload =
            br#"{"records":[{"data":"aGVsbG8=","partitionKey":"k"},{"data":"AP8="},{"data":""}],
            "batchItemFailures":[{"itemIdentifier":"49"}]}"#;
        let reply = reply(payload).unwrap();
        let mut out = Vec::new();
        write_records(&mut out, &reply.records).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "hello\nAP8=\n\n");
        assert_eq!(reply.batch_item_failures[0].item_identifier, "49");
    }

    #[test]
    fn what_is_no_reply_of_a_transform_is_left_alone() {
        for payload in [&b"null"[..], b"{}", b"", b"\"hello\"", br#"{"records":[{}]}"#] {
            assert!(reply(payload).is_none(), "{payload:?}");
        }
    }

    #[test]
    fn failures_are_told_whatever_their_form() {
        let payload =
            br#"{"errorMessage":"unreachable","errorType":"Trap","stackTrace":["a","b"]}"#;
        let trouble = Trouble::of(payload);
        assert_eq!(trouble.sentence(), "Trap: unreachable");
        assert_eq!(trouble.frames().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(Trouble::of(b"out of order").sentence(), "out of order");
        assert_eq!(Trouble::of(br#"{"errorMessage":"m"}"#).sentence(), "m");
    }
}
