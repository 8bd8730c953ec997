//! What is written is read back, as published examples are; what is damaged is noticed.

use bytes::BytesMut;
use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> BytesMut {
    let text: String = text.split_whitespace().collect();
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

/// The examples of AWS's own SDKs (their `eventstream` test suites: `payload_no_headers`,
/// `payload_one_str_header`, `all_headers`).
#[test]
fn reads_and_writes_the_published_examples() {
    let plain = "0000001d 00000000 fd528c5a 7b27666f 6f273a27 62617227 7dc36539 36";
    let mut bytes = hex(plain);
    let message = take(&mut bytes).unwrap().unwrap();
    assert_eq!((message.headers.len(), &message.payload[..]), (0, &b"{'foo':'bar'}"[..]));
    assert!(bytes.is_empty());
    assert_eq!(encode(&[], b"{'foo':'bar'}"), hex(plain).freeze());

    let one = "0000003d 00000020 07fd8396 0c636f6e 74656e74 2d747970 65070010 6170706c 69636174 \
               696f6e2f 6a736f6e 7b27666f 6f273a27 62617227 7d8d9c08 b1";
    let mut bytes = hex(one);
    let message = take(&mut bytes).unwrap().unwrap();
    assert_eq!(message.header("content-type"), Some("application/json"));
    let written = encode(&[("content-type", "application/json")], b"{'foo':'bar'}");
    assert_eq!(written, hex(one).freeze());

    let all = "000000cc 000000af 0fae64ca 0a657665 6e742d74 79706504 0000a00c 0c636f6e 74656e74 \
               2d747970 65070010 6170706c 69636174 696f6e2f 6a736f6e 0a626f6f 6c206661 6c736501 \
               09626f6f 6c207472 75650004 62797465 02cf0862 79746520 62756606 00144927 6d206120 \
               6c697474 6c652074 6561706f 74210974 696d6573 74616d70 08000000 000084 5fed 05696e74 \
               3136 03002a 05696e74 36340500 00000002 8757b204 75756964 09010203 04050607 08090a0b \
               0c0d0e0f 107b2766 6f6f273a 27626172 277daba5 f10c";
    let message = take(&mut hex(all)).unwrap().unwrap();
    assert_eq!(message.headers, [("content-type".to_owned(), "application/json".to_owned())]);
}

#[test]
fn frames_say_what_they_are() {
    let read = |frame: Bytes| take(&mut BytesMut::from(&frame[..])).unwrap().unwrap();
    let first = read(initial_response(Protocol::AwsJson11));
    assert_eq!(first.header(":event-type"), Some("initial-response"));
    assert_eq!(&first.payload[..], b"{}");
    let first = read(initial_response(Protocol::AwsCbor11));
    assert_eq!(first.header(":content-type"), Some("application/x-amz-cbor-1.1"));
    let end = read(exception(Protocol::AwsJson11, "ResourceInUseException", b"{}"));
    assert_eq!(end.header(":message-type"), Some("exception"));
    assert_eq!(end.header(":exception-type"), Some("ResourceInUseException"));
    let end = read(error("ServiceUnavailable", "Try again."));
    assert_eq!(end.header(":error-message"), Some("Try again."));
}

#[test]
fn lengths_are_refused_before_anything_is_waited_for() {
    let prelude = |total: u32, headers: u32| {
        let mut bytes = BytesMut::new();
        bytes.put_u32(total);
        bytes.put_u32(headers);
        bytes.put_u32(crc32fast::hash(&bytes));
        bytes
    };
    for (total, headers) in [(0, 0), (15, 0), (16, 1), (u32::MAX, 0), (1 << 20, 200_000)] {
        let taken = take(&mut prelude(total, headers));
        assert_eq!(taken, Err(Malformed::Length), "{total} {headers}");
    }
    assert_eq!(take(&mut prelude(16, 0)), Ok(None));
    let mut wrong = prelude(16, 0);
    wrong[11] ^= 1;
    assert_eq!(take(&mut wrong), Err(Malformed::Sum));
}

proptest! {
    #[test]
    fn round_trips_however_it_is_cut(
        headers in prop::collection::vec(("[a-z:]{1,20}", "[ -~]{0,40}"), 0..5),
        payload in any::<Vec<u8>>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let borrowed: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (&**n, &**v)).collect();
        let frame = encode(&borrowed, &payload);
        let cut = cut.index(frame.len());
        let mut buffer = BytesMut::from(&frame[..cut]);
        prop_assert_eq!(take(&mut buffer), Ok(None));
        buffer.extend_from_slice(&frame[cut..]);
        buffer.extend_from_slice(&frame);
        for _ in 0..2 {
            let message = take(&mut buffer).unwrap().unwrap();
            prop_assert_eq!(&message.headers, &headers);
            prop_assert_eq!(&message.payload, &payload);
        }
        prop_assert_eq!(take(&mut buffer), Ok(None));
    }

    #[test]
    fn a_changed_bit_is_noticed(payload in any::<Vec<u8>>(), at in any::<prop::sample::Index>()) {
        let frame = encode(&[(":message-type", "event")], &payload);
        let at = at.index(frame.len());
        let mut buffer = BytesMut::from(&frame[..]);
        buffer[at] ^= 1 << (at % 8);
        prop_assert!(take(&mut buffer).is_err());
    }

    #[test]
    fn never_panics(bytes in any::<Vec<u8>>()) {
        let _ = take(&mut BytesMut::from(&bytes[..]));
    }
}
