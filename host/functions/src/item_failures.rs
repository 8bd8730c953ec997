//! What a function says of single records of a batch, in Lambda's JSON (pure).
//!
//! `{"batchItemFailures": [{"itemIdentifier": "<sequence number>"}]}` names records that failed. A stream goes on at
//! one place, so the lowest of them is where the batch is taken up again. Which replies mean that all is well, and
//! which that nothing is, is AWS's list (Lambda developer guide, "Configuring partial batch response with Kinesis
//! Data Streams and Lambda"); what is on neither, and is not such an object, is a failure of the whole batch, since
//! who wrote it meant to report something.

use std::collections::HashMap;

use serde_json::Value;

/// What of a batch is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemFailures {
    /// All of it.
    None,
    /// What lies before the record with this index.
    From(usize),
    /// Nothing; this is wrong with the reply.
    All(String),
}

/// What of an identifier is told back at most.
const TOLD_CHARS_MAX: usize = 128;

impl ItemFailures {
    /// Reads a reply to the batch whose records have the sequence numbers `sequences`, in their order. Records that
    /// share one, as those of an aggregated record do, are done together or not at all: the first of them counts.
    pub fn read<'s>(reply: &[u8], sequences: impl IntoIterator<Item = &'s str>) -> Self {
        if reply.trim_ascii().is_empty() {
            return Self::None;
        }
        let reply = match serde_json::from_slice(reply) {
            Ok(reply) => reply,
            Err(error) => return Self::All(format!("the reply is no JSON: {error}")),
        };
        let items = match items(&reply) {
            Ok(items) => items,
            Err(why) => return Self::All(why),
        };
        if items.is_empty() {
            return Self::None;
        }
        let mut indexes = HashMap::new();
        for (index, sequence) in sequences.into_iter().enumerate() {
            indexes.entry(sequence).or_insert(index);
        }
        let index = |item| {
            let identifier = identifier(item)?;
            indexes.get(identifier).copied().ok_or_else(|| {
                let told: String = identifier.chars().take(TOLD_CHARS_MAX).collect();
                format!("no record of the batch has the itemIdentifier {told:?}")
            })
        };
        // One that is wrong makes the others doubtful.
        let indexes: Result<Vec<usize>, String> = items.iter().map(index).collect();
        match indexes.map(|indexes| indexes.into_iter().min()) {
            Ok(lowest) => lowest.map_or(Self::None, Self::From),
            Err(why) => Self::All(why),
        }
    }
}

/// The list of a reply; that of one that is empty or has none is empty.
fn items(reply: &Value) -> Result<&[Value], String> {
    let list = match reply {
        Value::Null => return Ok(&[]),
        Value::String(text) if text.is_empty() => return Ok(&[]),
        Value::Object(members) => members.get("batchItemFailures").unwrap_or(&Value::Null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(format!("the reply is {}, not an object", kind(reply)));
        }
    };
    match list {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(format!("batchItemFailures is {}, not a list", kind(list)))
        }
    }
}

fn identifier(item: &Value) -> Result<&str, String> {
    let Value::Object(members) = item else {
        return Err(format!("a member of batchItemFailures is {}, not an object", kind(item)));
    };
    match members.get("itemIdentifier") {
        None => Err("a member of batchItemFailures has no itemIdentifier".to_owned()),
        Some(Value::String(text)) if text.is_empty() => {
            Err("an itemIdentifier is empty".to_owned())
        }
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("an itemIdentifier is {}, not a string", kind(other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SEQUENCES: [&str; 4] = ["100", "101", "101", "102"];

    fn read(reply: &str) -> ItemFailures {
        ItemFailures::read(reply.as_bytes(), SEQUENCES)
    }

    #[test]
    fn replies_that_say_nothing_of_a_failure_are_success() {
        for reply in [
            "",
            " \n",
            "null",
            "\"\"",
            "{}",
            r#"{"batchItemFailures": []}"#,
            r#"{"batchItemFailures": null}"#,
            r#"{"statusCode": 200}"#,
            r#"{"records": [{"data": "eA=="}], "batchItemFailures": []}"#,
        ] {
            assert_eq!(read(reply), ItemFailures::None, "{reply}");
        }
    }

    #[test]
    fn the_lowest_record_that_is_named_is_where_the_batch_goes_on() {
        for (reply, index) in [
            (r#"{"batchItemFailures": [{"itemIdentifier": "100"}]}"#, 0),
            (r#"{"batchItemFailures": [{"itemIdentifier": "102"}]}"#, 3),
            (r#"{"batchItemFailures": [{"itemIdentifier": "102"}, {"itemIdentifier": "101"}]}"#, 1),
            (r#"{"batchItemFailures": [{"itemIdentifier": "102"}, {"itemIdentifier": "102"}]}"#, 3),
            (r#"{"batchItemFailures": [{"itemIdentifier": "102", "why": "x"}], "more": 1}"#, 3),
        ] {
            assert_eq!(read(reply), ItemFailures::From(index), "{reply}");
        }
    }

    #[test]
    fn what_is_wrong_is_failure_of_the_whole_batch() {
        for (reply, told) in [
            (r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#, "is empty"),
            (r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#, "is null"),
            (r#"{"batchItemFailures": [{"itemIdentifier": 102}]}"#, "is a number"),
            (r#"{"batchItemFailures": [{"id": "102"}]}"#, "has no itemIdentifier"),
            (r#"{"batchItemFailures": [{"itemidentifier": "102"}]}"#, "has no itemIdentifier"),
            (r#"{"batchItemFailures": [{}]}"#, "has no itemIdentifier"),
            (r#"{"batchItemFailures": [null]}"#, "is null, not an object"),
            (r#"{"batchItemFailures": ["102"]}"#, "is a string, not an object"),
            (r#"{"batchItemFailures": [{"itemIdentifier": "103"}]}"#, "\"103\""),
            (
                r#"{"batchItemFailures": [{"itemIdentifier": "102"}, {"itemIdentifier": ""}]}"#,
                "is empty",
            ),
            (r#"{"batchItemFailures": {"itemIdentifier": "102"}}"#, "is an object, not a list"),
            (r#"{"batchItemFailures": "102"}"#, "is a string, not a list"),
            (r#"{"batchItemFailures": "#, "is no JSON"),
            ("ok", "is no JSON"),
            (r#""ok""#, "is a string, not an object"),
            ("true", "is a boolean"),
            ("0", "is a number"),
            ("[]", "is a list"),
        ] {
            let ItemFailures::All(why) = read(reply) else { panic!("{reply} is no failure") };
            assert!(why.contains(told), "{reply}: {why}");
        }
        let long = format!(r#"{{"batchItemFailures": [{{"itemIdentifier": "{:0>9999}"}}]}}"#, 7);
        assert!(matches!(read(&long), ItemFailures::All(why) if why.len() < 300));
    }

    proptest! {
        #[test]
        fn any_named_records_are_found(named in prop::collection::vec(0..9usize, 0..6)) {
            let sequences: Vec<String> = (0..9).map(|it| format!("4957{it}")).collect();
            let item = |index: &usize| serde_json::json!({"itemIdentifier": sequences[*index]});
            let items: Vec<Value> = named.iter().map(item).collect();
            let reply = serde_json::json!({"batchItemFailures": items}).to_string();
            let lowest = named.iter().min();
            let expected = lowest.map_or(ItemFailures::None, |lowest| ItemFailures::From(*lowest));
            let sequences = sequences.iter().map(String::as_str);
            prop_assert_eq!(ItemFailures::read(reply.as_bytes(), sequences), expected);
        }

        #[test]
        fn anything_is_taken_without_a_panic(reply in any::<Vec<u8>>()) {
            let _ = ItemFailures::read(&reply, SEQUENCES);
        }
    }
}
