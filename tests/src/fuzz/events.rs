//! Messages of event streams, as our own client reads them: all at once, and cut in two.

use bytes::BytesMut;
use wire::event_stream::{self, HEADERS_BYTES_MAX, Malformed, Message, PAYLOAD_BYTES_MAX};
use wire::protocol::Protocol;

pub(super) fn run(bytes: &[u8]) {
    let whole = read(&mut BytesMut::from(bytes), &[]);
    let middle = bytes.len() / 2;
    let cut = read(&mut BytesMut::from(&bytes[..middle]), &bytes[middle..]);
    assert_eq!(whole, cut, "where bytes are cut makes no difference");
}

fn read(buffer: &mut BytesMut, mut rest: &[u8]) -> (Vec<Message>, Option<Malformed>) {
    let mut messages = Vec::new();
    loop {
        match event_stream::take(buffer) {
            Ok(Some(message)) => {
                let headers: usize = message.headers.iter().map(|(n, v)| n.len() + v.len()).sum();
                assert!(headers <= HEADERS_BYTES_MAX && message.payload.len() <= PAYLOAD_BYTES_MAX);
                messages.push(message);
            }
            Ok(None) if rest.is_empty() => return (messages, None),
            Ok(None) => buffer.extend_from_slice(std::mem::take(&mut rest)),
            Err(malformed) => return (messages, Some(malformed)),
        }
    }
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let event =
        event_stream::event(Protocol::AwsJson11, "SubscribeToShardEvent", b"{\"Records\":[]}");
    let first = event_stream::initial_response(Protocol::AwsCbor11);
    let both = [&first[..], &event[..]].concat();
    let failure = event_stream::error("ThrottlingException", "slower");
    [("event", event.to_vec()), ("two", both), ("error", failure.to_vec())]
        .map(|(name, bytes)| (name.to_owned(), bytes))
        .into()
}
