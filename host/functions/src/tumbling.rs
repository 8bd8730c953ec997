//! Tumbling windows of a handler: what its event tells of one, and the state in its answer (pure).
//!
//! Lambda's event has `window`, `state`, `shardId`, `eventSourceARN`, `isFinalInvokeForWindow` and
//! `isWindowTerminatedEarly` then, and the answer must have a `state` (Lambda developer guide, "Implementing stateful
//! Kinesis Data Streams processing in Lambda"). A state is passed on as it was written: numbers of any precision and the
//! order of members are the function's own.

use bytes::Bytes;
use consumer::Window;
use domain::Millis;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wire::shape::Moment;

use crate::kinesis_event::Origin;

/// The state with which a window begins.
const EMPTY: &[u8] = b"{}";
/// Bytes of an event that tell of a window, besides the state: names, times, shard, ARN.
const AROUND_BYTES: usize = 1024;

/// Bytes of an event that are kept free for a window of this state, which may grow from part to part of a batch.
pub(crate) fn bytes_kept_free(window: Option<&Window>) -> usize {
    let state = window.map(|window| window.state.len().max(consumer::Settings::STATE_BYTES_MAX));
    state.map_or(0, |state| state + AROUND_BYTES)
}

/// What an event tells of a window.
#[derive(Debug, Serialize)]
pub(crate) struct Told<'a> {
    window: Bounds,
    state: &'a RawValue,
    #[serde(rename = "shardId")]
    shard: &'a str,
    #[serde(rename = "eventSourceARN")]
    source: &'a str,
    #[serde(rename = "isFinalInvokeForWindow")]
    is_final: bool,
    #[serde(rename = "isWindowTerminatedEarly")]
    is_early: bool,
}

#[derive(Debug, Serialize)]
struct Bounds {
    start: String,
    end: String,
}

impl<'a> Told<'a> {
    /// `None` if the state is no JSON, as none is that a function left.
    pub(crate) fn of(window: &'a Window, origin: &Origin<'a>) -> Option<Self> {
        let state = if window.state.is_empty() { EMPTY } else { &window.state };
        Some(Self {
            window: Bounds { start: second(window.start), end: second(window.end) },
            state: serde_json::from_slice(state).ok()?,
            shard: origin.shard,
            source: origin.source,
            is_final: window.is_final,
            is_early: window.is_early,
        })
    }
}

/// As AWS writes it here: `2020-07-30T17:00:00Z`.
fn second(at: Millis) -> String {
    Moment::from(at).timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    state: Option<&'a RawValue>,
}

/// The state that an answer leaves to the next call, or why it leaves none.
pub(crate) fn state(answer: &Bytes) -> Result<Bytes, String> {
    // To serde, a list may be a structure.
    let object = answer.trim_ascii_start().starts_with(b"{").then_some(answer);
    let read = object.and_then(|answer| serde_json::from_slice(answer).ok());
    let Answer { state } = read.ok_or_else(|| missing("the answer is no object"))?;
    let state = state.ok_or_else(|| missing("the answer has no state"))?.get();
    if !state.starts_with('{') {
        return Err(missing("the state is no object"));
    }
    Ok(answer.slice_ref(state.as_bytes()))
}

fn missing(what: &str) -> String {
    format!("{what}: with TumblingWindowInSeconds a function returns {{\"state\": {{...}}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_passed_on_as_it_was_written() {
        for (answer, expected) in [
            (r#"{"state": {"b": 1e400, "a": 0.10}}"#, r#"{"b": 1e400, "a": 0.10}"#),
            (r#"{"batchItemFailures": [], "state": {}}"#, "{}"),
        ] {
            assert_eq!(state(&Bytes::from(answer)).unwrap(), expected);
        }
    }

    #[test]
    fn an_answer_without_a_state_is_a_failure_that_says_so() {
        for (answer, told) in [
            ("null", "no object"),
            ("[]", "no object"),
            ("[{}]", "no object"),
            ("3", "no object"),
            ("", "no object"),
            ("{}", "no state"),
            (r#"{"State": {}}"#, "no state"),
            (r#"{"state": null}"#, "no state"),
            (r#"{"state": 3}"#, "state is no object"),
            (r#"{"state": "{}"}"#, "state is no object"),
        ] {
            let why = state(&Bytes::from(answer)).unwrap_err();
            assert!(why.contains(told), "{answer}: {why}");
        }
    }

    #[test]
    fn an_event_tells_of_a_window_as_on_aws() {
        let (start, end) = (Millis(1_596_128_400_000), Millis(1_596_128_700_000));
        let state = Bytes::from(r#"{"1": 282}"#);
        let window = Window { start, end, state, is_final: true, is_early: false };
        let region = "us-east-1".parse().unwrap();
        let origin =
            Origin { source: "arn:s", shard: "shardId-000000000006", region: &region, role: "r" };
        let told = serde_json::to_string(&Told::of(&window, &origin)).unwrap();
        assert_eq!(
            told,
            r#"{"window":{"start":"2020-07-30T17:00:00Z","end":"2020-07-30T17:05:00Z"},"state":{"1": 282},"shardId":"shardId-000000000006","eventSourceARN":"arn:s","isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false}"#
        );
        let first = Window { state: Bytes::new(), ..window };
        let told = serde_json::to_string(&Told::of(&first, &origin)).unwrap();
        assert!(told.contains(r#""state":{},"#));
        assert!(told.len() < AROUND_BYTES);
    }
}
