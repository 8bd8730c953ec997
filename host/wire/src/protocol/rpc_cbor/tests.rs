//! Times in seconds, and outputs byte by byte.

use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::shape::{BlobOut, Int, Moment};

const RPC: Protocol = Protocol::RpcV2Cbor;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    at: Option<Moment>,
    limit: Option<Int>,
}

fn at(cbor: &[u8]) -> Result<Option<Moment>, String> {
    let body = [b"\xa1\x62At", cbor].concat();
    let read = RPC.decode::<Input>(&body).map(|input| input.at);
    read.map_err(|failure| failure.message.unwrap_or_default())
}

#[test]
fn times_are_seconds_however_they_are_written() {
    let half = b"\xc1\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00";
    assert_eq!(at(half), Ok(Some(Moment(1500))));
    for (cbor, ms) in
        [(&b"\xc1\x02"[..], 2000), (b"\x02", 2000), (b"\xc1\x20", -1000), (&half[1..], 1500)]
    {
        assert_eq!(at(cbor), Ok(Some(Moment(ms))), "{cbor:?}");
    }
    let largest = at(b"\xc1\x1b\xff\xff\xff\xff\xff\xff\xff\xff");
    assert_eq!(largest, Ok(Some(Moment(i64::MAX))));
    assert_eq!(at(b"\xf6"), Ok(None));
    assert!(at(b"\xc2\x02").unwrap_err().contains("tag 2"));
    assert!(at(b"\x61x").unwrap_err().contains("milliseconds since epoch"));
    // Elsewhere a whole number is one.
    let limit = RPC.decode::<Input>(b"\xa1\x65Limit\x02").unwrap().limit;
    assert_eq!(limit, Some(Int(2)));
}

#[test]
fn nothing_is_an_input_without_members() {
    assert_eq!(RPC.decode::<Input>(b"").unwrap(), Input { at: None, limit: None });
    assert_eq!(&*RPC.decode::<Input>(b"\xa1").unwrap_err().code, "SerializationException");
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    at: Vec<Moment>,
    data: BlobOut<Vec<u8>>,
    value: f64,
    map: std::collections::BTreeMap<&'static str, i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<u8>,
}

#[test]
fn outputs_are_maps_with_times_in_seconds() {
    let output = Output {
        at: vec![Moment(2000), Moment(1500)],
        data: BlobOut(vec![7]),
        value: 1.0,
        map: [("k", -1)].into(),
        absent: None,
    };
    let expected = [
        &b"\xa4\x62At\x82\xc1\x02\xc1\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00"[..],
        b"\x64Data\x41\x07\x65Value\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00\x63Map\xa1\x61k\x20",
    ];
    assert_eq!(RPC.encode(&output).unwrap(), expected.concat());
    assert_eq!(RPC.encode(&()).unwrap().len(), 0);
}
