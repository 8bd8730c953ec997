//! What is sent, under a name that follows from what it is about (pure).
//!
//! The names are those that AWS gives (Lambda developer guide, "Retain discarded batch records for a Kinesis Data Streams
//! event source" and "Capturing records of Lambda asynchronous invocations"), except that their time is not when they
//! were sent, and what is random there is derived here.

use bytes::Bytes;
use consumer::Batch;
use domain::{FunctionName, MappingId, Millis};
use ring::digest::{SHA256, digest};
use wire::shape::Moment;

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    /// What an object is called.
    pub(crate) name: String,
    /// The same for the same matter however often it is sent, and for no other.
    pub(crate) id: String,
    /// JSON.
    pub(crate) body: Bytes,
}

impl Parcel {
    /// What is told of a batch that a mapping gives up.
    pub(crate) fn of_batch(mapping: MappingId, batch: &Batch, body: Bytes) -> Self {
        let shard = batch.shard.id;
        let records = &batch.records;
        let (matter, at) = match (records.first(), records.last(), &batch.window) {
            (Some(first), Some(last), _) => {
                (format!("{}/{}", first.number, last.number), first.arrival)
            }
            // The end of a window, which has no records.
            (_, _, Some(window)) => (format!("window/{}", window.end.0), window.end),
            (_, _, None) => (String::new(), Millis::default()),
        };
        let id = id(&format!("{mapping}/{shard}/{matter}"));
        let name = format!("{}{shard}/{}-{id}", prefix(mapping), day_and_second(at));
        Self { name, id, body }
    }

    /// What is told of an event: `request_id` is that of the call which brought it at that time.
    pub(crate) fn of_event(
        function: &FunctionName,
        request_id: &str,
        accepted: Millis,
        body: Bytes,
    ) -> Self {
        let moment = day_and_second(accepted);
        let name = format!("{}{moment}-{request_id}", event_prefix(function));
        Self { name, id: request_id.to_owned(), body }
    }
}

/// How all names begin.
pub(crate) const PREFIX: &str = "aws/lambda/";

/// How names of what is told of batches of a mapping begin.
pub(crate) fn prefix(mapping: MappingId) -> String {
    format!("{PREFIX}{mapping}/")
}

/// How names of what is told of events of a function begin.
pub(crate) fn event_prefix(function: &FunctionName) -> String {
    format!("{PREFIX}async/{function}/")
}

/// A UUID that follows from a text (RFC 9562, version 8).
fn id(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    MappingId(bytes).to_string()
}

/// `2026/11/28/2026-11-28T02.05.00`
fn day_and_second(at: Millis) -> String {
    Moment::from(at).timestamp().strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_what_they_are_about() {
        let event = Parcel::of_event(&"f".parse().unwrap(), "id", Millis(0), Bytes::new());
        assert_eq!(event.name, "aws/lambda/async/f/1970/01/01/1970-01-01T00.00.00-id");
        let (one, other) = (id("a"), id("b"));
        assert_eq!(one, id("a"));
        assert_ne!(one, other);
        assert_eq!((one.len(), &one[14..15]), (36, "8"));
    }
}
