//! Filter patterns, and the records that they look at: both come from strangers.
//!
//! An input is a pattern, an empty line, and data.

use domain::Millis;
use wire::filter::{Filter, Record};

pub(super) fn run(bytes: &[u8]) {
    let _ = takes(bytes);
}

/// Whether the pattern takes the record.
fn takes(bytes: &[u8]) -> bool {
    let at = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let (pattern, data) = (&bytes[..at], bytes.get(at + 2..).unwrap_or_default());
    match Filter::parse(&String::from_utf8_lossy(pattern)) {
        Ok(filter) => {
            let of_records = Filter::parse_for_records(&String::from_utf8_lossy(pattern));
            assert!(of_records.is_err() || of_records.is_ok_and(|it| it == filter));
            let _ = filter.matches_json(data);
            let record = Record { partition_key: "key", sequence: "49", arrival: Millis(7), data };
            filter.matches(&record).is_wanted()
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let values = r#"{"partitionKey":[{"prefix":"k"},{"suffix":"x"}],"sequenceNumber":[{"exists":true}],
"data":{"a":{"b":["x",5,null,true,{"equals-ignore-case":"Y"}]},"c":[{"anything-but":["z",7]}]}}

{"a":[{"b":["y"]},{"b":{"c":[1,2.5e3]}}],"c":[["q"]],"d":"\u00e9\n"}"#;
    let choices = r#"{"$or":[{"data":{"n":[{"numeric":[">",1,"<=",9]}]}},{"data":[{"exists":false}]}],
"approximateArrivalTimestamp":[{"numeric":["<",5]}]}

{"n":[0,9.0],"n":2}"#;
    let seeds = [("values", values), ("choices", choices)];
    for (name, text) in seeds {
        assert!(takes(text.as_bytes()), "{name} takes its record");
    }
    seeds.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into()
}
