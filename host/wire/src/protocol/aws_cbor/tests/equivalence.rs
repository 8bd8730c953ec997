//! JSON and CBOR mean the same.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Input;
use crate::protocol::Protocol;
use crate::shape::{BlobOut, Moment};
use crate::testing;

/// Values of a kind that may also be null.
fn maybe(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Value>> {
    option::of(prop_oneof![9 => values, 1 => Just(Value::Null)])
}

fn text() -> impl Strategy<Value = Value> {
    "\\PC{0,12}".prop_map(Value::from)
}

fn blob() -> impl Strategy<Value = Value> {
    let encode = |bytes: Vec<u8>| base64_simd::STANDARD.encode_to_string(bytes).into();
    vec(any::<u8>(), 0..40).prop_map(encode)
}

fn moment() -> impl Strategy<Value = Value> {
    // As far as a float tells milliseconds apart.
    (-99_999_999_999_999_i64..99_999_999_999_999).prop_map(|ms| json!(ms as f64 / 1000.0))
}

fn object(members: Vec<(&'static str, Option<Value>)>) -> Value {
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    given.collect::<Map<_, _>>().into()
}

fn record() -> impl Strategy<Value = Value> {
    let members = (maybe(text()), maybe(blob()), maybe(text()));
    members.prop_map(|(key, data, other)| {
        object(vec![("PartitionKey", key), ("Data", data), ("Other", other)])
    })
}

/// What no member of this name can be, too.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![any::<i64>().prop_map(Value::from), any::<u64>().prop_map(Value::from), text()]
}

prop_compose! {
    fn document()(
        name in maybe(text()),
        count in maybe(number()),
        dry_run in maybe(any::<bool>().prop_map(Value::from)),
        data in maybe(blob()),
        timestamp in maybe(moment()),
        tags in maybe(btree_map("\\PC{0,5}", text(), 0..4).prop_map(|tags| json!(tags))),
        records in maybe(vec(prop_oneof![9 => record(), 1 => Just(Value::Null)], 0..6).prop_map(Value::from)),
        other in maybe(record()),
    ) -> Value {
        object(vec![
            ("Name", name),
            ("Count", count),
            ("DryRun", dry_run),
            ("Data", data),
            ("Timestamp", timestamp),
            ("Tags", tags),
            ("Records", records),
            ("Other", other),
        ])
    }
}

/// An input without the difference between base64 and bytes.
fn meaning(input: &Input<'_>) -> String {
    let Input { name, count, dry_run, data, timestamp, tags, records } = input;
    let data = data.as_ref().map(|blob| (blob.len(), blob.to_vec()));
    let records = records.as_ref().map(|list| {
        let kept = list.kept().iter().map(|record| {
            let record = record.as_ref().map(|record| &record.0);
            record.map(|it| (it.partition_key.clone(), it.data.as_ref().map(|data| data.to_vec())))
        });
        (kept.collect::<Vec<_>>(), list.count())
    });
    format!("{:?}", (name, count, dry_run, data, timestamp, tags, records))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    name: String,
    numbers: Vec<i64>,
    large: u64,
    flag: bool,
    data: BlobOut<Vec<u8>>,
    some_timestamp: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<String>,
    null: Option<String>,
}

prop_compose! {
    fn output()(
        name in "\\PC{0,12}",
        numbers in vec(any::<i64>(), 0..5),
        large in any::<u64>(),
        flag in any::<bool>(),
        data in vec(any::<u8>(), 0..40),
        ms in -99_999_999_999_999_i64..99_999_999_999_999,
        absent in option::of("a*"),
        null in option::of("a*"),
    ) -> Output {
        let (data, some_timestamp) = (BlobOut(data), Moment(ms));
        Output { name, numbers, large, flag, data, some_timestamp, absent, null }
    }
}

proptest! {
    #[test]
    fn inputs_mean_the_same(document in document()) {
        let told = |protocol: Protocol| {
            let body = testing::write(protocol, &document);
            let read = protocol.decode::<Input<'_>>(&body);
            read.map(|input| meaning(&input)).map_err(|failure| failure.message)
        };
        prop_assert_eq!(told(Protocol::AwsCbor11), told(Protocol::AwsJson11));
        prop_assert_eq!(told(Protocol::AwsJson10), told(Protocol::AwsJson11));
    }

    #[test]
    fn outputs_mean_the_same(output in output()) {
        let told = |protocol: Protocol| {
            let body = protocol.encode(&output).unwrap();
            testing::read(protocol, &body).unwrap()
        };
        prop_assert_eq!(told(Protocol::AwsCbor11), told(Protocol::AwsJson11));
    }
}
