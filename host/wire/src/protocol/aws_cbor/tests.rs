//! What is read and what is not, byte by byte. The bytes of requests are as Jackson writes them for the SDKs for
//! Java: maps and lists without a length, long strings in pieces.

mod bounds;
mod equivalence;

use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::shape::{Blob, BlobOut, Flag, Int, List, Moment, Structure, Tags, Text};
use crate::{ApiError, Failure, Fault};

/// Every kind of member that operations have.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    count: Option<Int>,
    dry_run: Option<Flag>,
    #[serde(borrow)]
    data: Option<Blob<'a>>,
    timestamp: Option<Moment>,
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
    #[serde(borrow)]
    records: Option<List<Structure<Record<'a>>, 4>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    #[serde(borrow)]
    partition_key: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<Blob<'a>>,
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A map of one member, whose value is given in hex.
fn member(name: &str, value: &str) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap();
    [&[0xa1, 0x60 + length], name.as_bytes(), &bytes(value)].concat()
}

fn read(body: &[u8]) -> Input<'_> {
    Protocol::AwsCbor11.decode(body).unwrap()
}

fn refusal(body: &[u8]) -> Option<String> {
    let failure = Protocol::AwsCbor11.decode::<Input<'_>>(body).unwrap_err();
    assert_eq!((failure.status, &*failure.code), (400, "SerializationException"));
    failure.message
}

#[test]
fn requests_are_read_as_the_sdk_for_java_writes_them() {
    let body = bytes(
        "bf 64 4e616d65 66 7175616b6573 65 436f756e74 19 0200 69 54696d657374616d70 c1 1b 000001a013accc38 \
         67 5265636f726473 9f bf 6c 506172746974696f6e4b6579 61 70 64 44617461 43 0001ff ff bf ff ff ff",
    );
    let input = read(&body);
    assert_eq!(input.name.unwrap().as_str(), "quakes");
    assert_eq!(input.count, Some(Int(512)));
    assert_eq!(input.timestamp, Some(Moment(1_787_036_486_712)));
    let records = input.records.unwrap();
    let Some(Structure(first)) = &records.kept()[0] else { panic!("{records:?}") };
    assert_eq!(first.partition_key.as_ref().unwrap().as_str(), "p");
    assert_eq!(first.data.as_ref().unwrap().to_vec(), [0, 1, 255]);
    assert_eq!(records.count(), 2);
}

#[test]
fn whole_strings_and_blobs_are_borrowed_and_pieces_are_joined() {
    let borrowed = |body: &[u8]| {
        let range = body.as_ptr_range();
        let input = read(body);
        let text = matches!(&input.name, Some(Text(std::borrow::Cow::Borrowed(text)))
            if range.contains(&text.as_ptr()));
        // A blob does not show how it is kept, but its printed form does not hide it.
        (text, format!("{input:?}"))
    };
    assert!(borrowed(&member("Name", "63 616263")).0);
    let (text, shown) = borrowed(&member("Name", "7f 62 6162 60 61 63 ff"));
    assert!(!text && shown.contains("\"abc\""), "{shown}");
    let joined = member("Data", "5f 42 0001 40 41 02 ff");
    assert_eq!(read(&joined).data.unwrap().to_vec(), [0, 1, 2]);
    let whole = member("Data", "43 000102");
    assert_eq!(read(&whole).data, read(&joined).data);
}

#[test]
fn times_are_whole_milliseconds_or_seconds_with_a_fraction() {
    for (value, ms) in [
        ("c1 1b 000001a013accc38", 1_787_036_486_712),
        ("1b 000001a013accc38", 1_787_036_486_712),
        ("c1 00", 0),
        ("c1 38 63", -100),
        ("c1 fb 41d579ccecb77cee", 1_441_215_410_867),
        ("fb 3ff8000000000000", 1500),
        ("fa 3fc00000", 1500),
        ("1b ffffffffffffffff", i64::MAX),
        ("3b ffffffffffffffff", i64::MIN),
        ("fb 7fefffffffffffff", i64::MAX),
    ] {
        assert_eq!(read(&member("Timestamp", value)).timestamp, Some(Moment(ms)), "{value}");
    }
}

#[test]
fn nothing_is_read_as_nothing() {
    for value in ["f6", "f7"] {
        for name in ["Name", "Count", "DryRun", "Data", "Timestamp", "Tags", "Records"] {
            assert_eq!(read(&member(name, value)), Input::default(), "{name} {value}");
        }
    }
    for body in ["a0", "bf ff", "d9d9f7 a0", "a1 61 78 82 a1 61 79 f6 5f ff"] {
        assert_eq!(read(&bytes(body)), Input::default(), "{body}");
    }
}

#[test]
fn wrong_types_are_told_in_the_words_of_aws() {
    let number = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";
    let list = "Start of list found where not expected";
    let map = "Start of structure or map found where not expected.";
    for (name, value, message) in [
        ("Name", "01", &*format!("{number} can not be converted to an String")),
        ("Name", "f5", "class java.lang.Boolean can not be converted to an String"),
        ("Name", "41 61", "class java.nio.HeapByteBuffer can not be converted to an String"),
        ("Name", "80", list),
        ("Name", "a0", map),
        ("Count", "61 31", "class java.lang.String can not be converted to an Integer"),
        ("Count", "5f ff", "class java.nio.HeapByteBuffer can not be converted to an Integer"),
        ("DryRun", "00", &*format!("{number} can not be converted to an Boolean")),
        ("Data", "64 41414141", "class java.lang.String can not be converted to a Blob"),
        ("Data", "7f 64 41414141 ff", "class java.lang.String can not be converted to a Blob"),
        ("Data", "00", &*format!("{number} can not be converted to a Blob")),
        ("Timestamp", "c1 61 31", "CBOR tag 1 is not read here: only tag 1 is, around a number"),
        ("Timestamp", "c2 41 05", "CBOR tag 2 is not read here: only tag 1 is, around a number"),
        ("Timestamp", "fb 7ff0000000000000", "Infinity and NaN are no numbers here"),
        ("Timestamp", "c1 fb fff0000000000000", "Infinity and NaN are no numbers here"),
        ("Timestamp", "fa 7fc00000", "Infinity and NaN are no numbers here"),
        ("Count", "fb 7ff8000000000000", "Infinity and NaN are no numbers here"),
        ("Count", "fa 7f800000", "Infinity and NaN are no numbers here"),
        (
            "Timestamp",
            "61 31",
            "class java.lang.String can not be converted to milliseconds since epoch",
        ),
        ("Tags", "80", list),
        ("Tags", "41 00", "Expected map or null"),
        ("Tags", "a2 61 61 60 61 61 60", "Map key given twice"),
        ("Tags", "a1 00 60", "The keys of maps must be text"),
        ("Records", "a0", map),
        ("Records", "40", "Expected list or null"),
        ("Records", "81 80", list),
        ("Records", "81 01", "Expected null"),
    ] {
        assert_eq!(refusal(&member(name, value)).as_deref(), Some(message), "{name} {value}");
    }
    assert_eq!(refusal(&bytes("80")).as_deref(), Some(list));
    assert_eq!(refusal(&bytes("00")).as_deref(), Some("Expected null"));
    let twice = bytes("a2 64 4e616d65 60 64 4e616d65 60");
    assert_eq!(refusal(&twice).as_deref(), Some("duplicate field `Name`"));
    // A position or bytes would do for serde.
    for key in ["00", "44 4e616d65"] {
        let body = bytes(&format!("a1 {key} 60"));
        assert_eq!(refusal(&body).as_deref(), Some("The keys of maps must be text"), "{key}");
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    created: Moment,
    data: BlobOut<[u8; 2]>,
    behind: u64,
    more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    names: [&'static str; 1],
}

#[test]
fn replies_are_written_for_the_sdk_for_java() {
    let output = Output {
        created: Moment(1_787_036_486_712),
        data: BlobOut([0, 255]),
        behind: 70_000,
        more: false,
        next: None,
        names: ["a"],
    };
    let expected = bytes(
        "a5 67 43726561746564 c1 1b 000001a013accc38 64 44617461 42 00ff 66 426568696e64 1a 00011170 \
         64 4d6f7265 f4 65 4e616d6573 81 61 61",
    );
    assert_eq!(*Protocol::AwsCbor11.encode(&output).unwrap(), expected);
    assert!(Protocol::AwsCbor11.encode(&()).unwrap().is_empty());
}

#[derive(Debug, thiserror::Error)]
#[error("gone")]
struct Gone;

impl ApiError for Gone {
    fn code(&self) -> &'static str {
        "Gone"
    }
    fn fault(&self) -> Fault {
        Fault::Caller
    }
    fn public_message(&self) -> Option<String> {
        Some("no".to_owned())
    }
}

#[test]
fn failures_are_maps_with_a_type_and_a_message() {
    let written = |failure: &Failure| Protocol::AwsCbor11.encode_failure(failure, "");
    let expected = bytes("a2 66 5f5f74797065 64 476f6e65 67 6d657373616765 62 6e6f");
    assert_eq!(*written(&Failure::from(Gone)), expected);
    assert_eq!(*written(&Failure::bare("Gone")), bytes("a1 66 5f5f74797065 64 476f6e65"));
    let wrong = written(&Failure::serialization("no"));
    assert!(wrong.ends_with(&bytes("67 4d657373616765 62 6e6f")), "with a capital");
}
