//! The JSON that a handler is called with and answers (pure): it is looked at, never changed.

use bytes::Bytes;
use serde::de::IgnoredAny;
use wasm::message::Fault;

/// What a handler is given of a call without a payload, as on AWS.
const NOTHING: &[u8] = b"{}";

/// The event of a call; the error is for the caller.
pub(crate) fn event(payload: Bytes) -> Result<Bytes, String> {
    if payload.is_empty() {
        return Ok(Bytes::from_static(NOTHING));
    }
    match wrong(&payload) {
        Some(why) => Err(format!("Could not parse request body into json: {why}")),
        None => Ok(payload),
    }
}

/// What a handler answered.
pub(crate) fn answer(answer: Bytes) -> Result<Bytes, Fault> {
    match wrong(&answer) {
        Some(why) => Err(Fault::Malformed(format!("the answer is no JSON: {why}"))),
        None => Ok(answer),
    }
}

/// Why something is no JSON.
fn wrong(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Some(error.to_string()),
    };
    // Values that are ignored are read without recursion, whatever their depth.
    serde_json::from_str::<IgnoredAny>(text).err().map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn json_goes_through_as_it_is() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        for text in [r#" {"a": 1.50, "a": [null]} "#, "null", "\"é\"", "0", &deep] {
            let bytes = Bytes::copy_from_slice(text.as_bytes());
            assert_eq!(event(bytes.clone()), Ok(bytes.clone()));
            assert_eq!(answer(bytes.clone()), Ok(bytes));
        }
        assert_eq!(event(Bytes::new()), Ok(Bytes::from_static(b"{}")));
    }

    #[test]
    fn anything_else_is_told() {
        for bytes in [&b"{"[..], b"{}{}", b"'a'", b"\"\xff\"", b" ", b"NaN"] {
            let told = event(Bytes::from_static(bytes)).unwrap_err();
            assert!(told.starts_with("Could not parse request body into json: "), "{told}");
        }
        let Err(Fault::Malformed(told)) = answer(Bytes::new()) else { panic!("it is no JSON") };
        assert!(told.starts_with("the answer is no JSON: "), "{told}");
    }

    proptest! {
        #[test]
        fn no_more_is_taken_than_what_a_reader_takes(bytes in any::<Vec<u8>>(), open in 0usize..9) {
            let bytes = [&b"[[1,\"a\"]"[..open.min(9)], &bytes].concat();
            let is_json = serde_json::from_slice::<Value>(&bytes).is_ok();
            prop_assert_eq!(answer(bytes.into()).is_ok(), is_json);
        }
    }
}
