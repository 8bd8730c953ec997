//! Cases of AWS's guides, odd ones, and whatever comes.

mod effort;
mod reference;

use domain::{Millis, limits};
use proptest::prelude::*;

use super::{Filter, Record, Verdict};

const SEQUENCE: &str = "49546986683135544286507457936321625675700192471156785154";

fn record<'a>(key: &'a str, data: &'a [u8]) -> Record<'a> {
    Record { partition_key: key, sequence: SEQUENCE, arrival: Millis(1_545_084_650_987), data }
}

fn filter(pattern: &str) -> Filter {
    Filter::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

fn takes(filter: &Filter, document: &str) -> bool {
    match filter.matches_json(document.as_bytes()) {
        Verdict::Wanted => true,
        Verdict::Unwanted => false,
        Verdict::Exhausted => panic!("{document}"),
    }
}

/// A pattern for documents, those that it takes, and those that it does not.
const CASES: &[(&str, &[&str], &[&str])] = &[
    (
        r#"{"a":["x"]}"#,
        &[r#"{"a":"x"}"#, r#"{"b":1,"a":"x"}"#],
        &[r#"{"a":"X"}"#, r#"{"a":["y"]}"#, "{}", "[]", "5", r#"{"a":{"x":1}}"#],
    ),
    (
        r#"{"a":["x","y"]}"#,
        &[r#"{"a":"y"}"#, r#"{"a":["z","y"]}"#, r#"{"a":[["y"]]}"#],
        &[r#"{"a":"z"}"#, r#"{"a":[]}"#],
    ),
    (
        r#"{"a":["x"],"b":[1]}"#,
        &[r#"{"a":"x","b":1}"#],
        &[r#"{"a":"x"}"#, r#"{"b":1}"#, r#"{"a":"x","b":"1"}"#],
    ),
    (
        r#"{"a":{"b":{"c":[true]}}}"#,
        &[r#"{"a":{"b":{"c":true}}}"#],
        &[r#"{"a":{"b":{"c":"true"}}}"#, r#"{"a":{"b":[true]}}"#, r#"{"a":true}"#],
    ),
    (
        r#"{"a":[null]}"#,
        &[r#"{"a":null}"#, r#"{"a":[1,null]}"#],
        &["{}", r#"{"a":""}"#, r#"{"a":"null"}"#],
    ),
    (r#"{"a":[""]}"#, &[r#"{"a":""}"#], &[r#"{"a":null}"#, "{}", r#"{"a":" "}"#]),
    // By how they are written, says the guide: 300, 300.0 and 3.0e2 are three numbers.
    (r#"{"a":[300]}"#, &[r#"{"a":300}"#], &[r#"{"a":300.0}"#, r#"{"a":3.0e2}"#, r#"{"a":"300"}"#]),
    (
        r#"{"a":[{"prefix":"eu-"}]}"#,
        &[r#"{"a":"eu-west-1"}"#],
        &[r#"{"a":"us-east-1"}"#, r#"{"a":5}"#],
    ),
    (r#"{"a":[{"suffix":".png"}]}"#, &[r#"{"a":"x.png"}"#], &[r#"{"a":".png.gz"}"#]),
    (r#"{"a":[{"equals-ignore-case":"Alice"}]}"#, &[r#"{"a":"aLICE"}"#], &[r#"{"a":"Alice "}"#]),
    (
        r#"{"a":[{"anything-but":["x",5]}]}"#,
        &[r#"{"a":"y"}"#, r#"{"a":6}"#, r#"{"a":null}"#, r#"{"a":["x","y"]}"#],
        &[r#"{"a":"x"}"#, r#"{"a":5}"#, "{}", r#"{"a":["x"]}"#],
    ),
    (r#"{"a":[{"anything-but":"x"}]}"#, &[r#"{"a":"y"}"#], &[r#"{"a":"x"}"#]),
    (
        r#"{"a":[{"numeric":["=",100]}]}"#,
        &[r#"{"a":100}"#, r#"{"a":1e2}"#, r#"{"a":100.0}"#],
        &[r#"{"a":"100"}"#, r#"{"a":100.5}"#],
    ),
    (
        r#"{"a":[{"numeric":[">",10,"<=",20]}]}"#,
        &[r#"{"a":20}"#, r#"{"a":10.5}"#],
        &[r#"{"a":10}"#, r#"{"a":21}"#],
    ),
    (
        r#"{"a":[{"numeric":[">",1700000000000]}]}"#,
        &[r#"{"a":1700000000001}"#],
        &[r#"{"a":1700000000000}"#],
    ),
    (
        r#"{"a":[{"exists":true}]}"#,
        &[r#"{"a":null}"#, r#"{"a":""}"#, r#"{"a":[1]}"#],
        &["{}", r#"{"a":{"b":1}}"#, r#"{"a":[]}"#],
    ),
    (
        r#"{"a":[{"exists":false}]}"#,
        &["{}", r#"{"a":{"b":1}}"#, r#"{"a":[]}"#],
        &[r#"{"a":null}"#, r#"{"a":1}"#],
    ),
    (
        r#"{"a":{"b":[{"exists":false}]}}"#,
        &["{}", r#"{"a":5}"#, r#"{"a":{}}"#],
        &[r#"{"a":{"b":1}}"#, r#"{"a":[{"c":1},{"b":1}]}"#],
    ),
    (r#"{"a":[{"exists":false},"x"]}"#, &["{}", r#"{"a":"x"}"#], &[r#"{"a":"y"}"#]),
    // Fields that stand together must hold of one item.
    (
        r#"{"a":{"b":[1],"c":[2]}}"#,
        &[r#"{"a":[{"b":1,"c":3},{"b":1,"c":2}]}"#],
        &[r#"{"a":[{"b":1,"c":3},{"b":3,"c":2}]}"#],
    ),
    (
        r#"{"$or":[{"a":[1]},{"b":[{"prefix":"x"}]}],"c":[true]}"#,
        &[r#"{"a":1,"c":true}"#, r#"{"b":"xy","c":true}"#],
        &[r#"{"a":1}"#, r#"{"a":2,"b":"y","c":true}"#],
    ),
    (
        r#"{"x":{"$or":[{"a":[1]},{"$or":[{"b":[2]},{"c":[3]}]}]}}"#,
        &[r#"{"x":{"a":1}}"#, r#"{"x":{"c":3}}"#],
        &[r#"{"x":{"a":3}}"#, r#"{"a":1}"#],
    ),
    // The last one counts, in patterns and in records.
    (
        r#"{"a":["x"],"a":["y"]}"#,
        &[r#"{"a":"y"}"#, r#"{"a":"x","a":"y"}"#],
        &[r#"{"a":"x"}"#, r#"{"a":"y","a":"x"}"#],
    ),
    (r#"{"\u0061":["\u00e9"]}"#, &[r#"{"a":"é"}"#, r#"{"\u0061":"\u00e9"}"#], &[r#"{"a":"e"}"#]),
];

#[test]
fn a_pattern_takes_what_it_says_and_nothing_else() {
    for (pattern, taken, left) in CASES {
        let filter = filter(pattern);
        for document in *taken {
            assert!(takes(&filter, document), "{pattern} takes {document}");
        }
        for document in *left {
            assert!(!takes(&filter, document), "{pattern} leaves {document}");
        }
        assert!(!takes(&filter, "no JSON"), "{pattern}");
    }
}

#[test]
fn a_record_has_what_is_known_of_it_and_its_data() {
    let json = br#"{"mag":4.5,"net":"uw"}"#;
    let cases: &[(&str, &str, &[u8], bool)] = &[
        (r#"{"partitionKey":["k"]}"#, "k", b"whatever", true),
        (
            r#"{"partitionKey":[{"prefix":"k"}],"data":{"mag":[{"numeric":[">",4]}]}}"#,
            "k1",
            json,
            true,
        ),
        (r#"{"partitionKey":["k"],"data":{"mag":[{"numeric":[">",5]}]}}"#, "k", json, false),
        (r#"{"sequenceNumber":[{"prefix":"4954"}]}"#, "k", json, true),
        (r#"{"approximateArrivalTimestamp":[{"numeric":["=",1545084650.987]}]}"#, "k", json, true),
        (r#"{"$or":[{"partitionKey":["x"]},{"data":{"net":["uw"]}}]}"#, "k", json, true),
        // Data that is no JSON is a text, and nothing that looks into it holds.
        (r#"{"data":["plain"]}"#, "k", b"plain", true),
        (r#"{"data":[{"prefix":"pl"}]}"#, "k", b"plain", true),
        (r#"{"data":["plain"]}"#, "k", json, false),
        (r#"{"data":{"a":[{"exists":false}]}}"#, "k", b"plain", false),
        (r#"{"data":{"a":[{"exists":false}]}}"#, "k", &[0xff, 0xfe], false),
        (r#"{"data":{"a":{"b":[{"exists":false}]}}}"#, "k", b"{\"a\":1", false),
        (r#"{"data":[{"exists":false}]}"#, "k", &[0xff, 0xfe], false),
        (r#"{"data":[{"exists":true}]}"#, "k", &[0xff, 0xfe], false),
        (r#"{"data":[{"anything-but":"x"}]}"#, "k", &[0xff, 0xfe], false),
        (r#"{"partitionKey":["k"]}"#, "k", &[0xff, 0xfe], true),
        (r#"{"$or":[{"partitionKey":["k"]},{"data":{"a":[1]}}]}"#, "k", &[0xff, 0xfe], true),
        (r#"{"data":{"a":[{"exists":false}]}}"#, "k", json, true),
        (r#"{"data":[5]}"#, "k", b" 5 ", true),
        (r#"{"mag":[4.5]}"#, "k", json, false),
    ];
    for (pattern, key, data, expected) in cases {
        let verdict = filter(pattern).matches(&record(key, data));
        let expected = if *expected { Verdict::Wanted } else { Verdict::Unwanted };
        assert_eq!(verdict, expected, "{pattern}: {}", String::from_utf8_lossy(data));
    }
    let wrong = Filter::parse_for_records(r#"{"data":{"a":[1]},"mag":[1]}"#).unwrap_err();
    assert!(
        wrong.to_string().starts_with("a record has no `mag`; it has partitionKey, "),
        "{wrong}"
    );
    assert!(Filter::parse_for_records("no").is_err());
    let known = r#"{"$or":[{"data":["a"]},{"partitionKey":["b"]}]}"#;
    assert_eq!(Filter::parse_for_records(known), Ok(filter(known)));
}

#[test]
fn what_is_no_pattern_is_told_with_its_place() {
    let cases = [
        ("", "a filter is JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "an object is wanted here"),
        ("{}", "an object must not be empty"),
        (r#"{"a":{}}"#, "at a: an object must not be empty"),
        (r#"{"a":[]}"#, "at a: a list must not be empty"),
        (r#"{"a":"x"}"#, "at a: values stand in a list"),
        (r#"{"data":{"a":5}}"#, "at data.a: values stand in a list"),
        (r#"{"a":[["x"]]}"#, "at a: a list in a list"),
        (r#"{"a":[{"prefix":5}]}"#, "at a: `prefix` takes a text"),
        (r#"{"a":[{"prefix":"x","suffix":"y"}]}"#, "at a: an object in a list is one test"),
        (r#"{"a":[{"wildcard":"*"}]}"#, "at a: `wildcard` is known to event buses only"),
        (r#"{"a":[{"like":"*"}]}"#, "at a: `like` is no test; there are prefix"),
        (r#"{"a":[{"exists":1}]}"#, "at a: `exists` takes true or false"),
        (r#"{"a":[{"anything-but":[]}]}"#, "at a: `anything-but` takes"),
        (r#"{"a":[{"anything-but":[true]}]}"#, "at a: `anything-but` takes"),
        (r#"{"a":[{"anything-but":{"prefix":"x"}}]}"#, "at a: `anything-but` takes"),
        (r#"{"a":[{"numeric":[]}]}"#, "at a: `numeric` takes"),
        (r#"{"a":[{"numeric":[">"]}]}"#, "at a: `numeric` takes"),
        (r#"{"a":[{"numeric":["!",1]}]}"#, "at a: `numeric` takes"),
        (r#"{"a":[{"numeric":[">","1"]}]}"#, "at a: `numeric` takes"),
        (r#"{"a":[{"numeric":["<",1,">",0]}]}"#, "at a: `numeric` takes"),
        (r#"{"a":[{"numeric":[">",1,"<",1]}]}"#, "at a: the lower bound"),
        (r#"{"$or":[{"a":[1]}]}"#, "at $or: $or takes a list of at least two objects"),
        (r#"{"b":{"$or":[["a"],["b"]]}}"#, "at b.$or: $or takes"),
    ];
    for (pattern, expected) in cases {
        let told = Filter::parse(pattern).unwrap_err().to_string();
        assert!(told.starts_with(expected), "{pattern}: {told}");
    }
}

#[test]
fn patterns_are_bounded() {
    let nested = |depth| format!("{}[1]{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    assert!(Filter::parse(&nested(limits::FILTER_DEPTH_MAX)).is_ok());
    assert!(Filter::parse(&nested(limits::FILTER_DEPTH_MAX + 1)).is_err());
    assert!(Filter::parse(&"[".repeat(limits::FILTER_CHARS_MAX)).is_err());
    let or = format!(r#"{}{{"a":[1]}}{}"#, r#"{"$or":[{"b":[1]},"#.repeat(100), "]}".repeat(100));
    assert!(Filter::parse(&or).is_err());
    let long = format!(r#"{{"a":["{}"]}}"#, "x".repeat(limits::FILTER_CHARS_MAX - 10));
    assert_eq!(long.chars().count(), limits::FILTER_CHARS_MAX);
    assert!(Filter::parse(&long).is_ok());
    assert!(Filter::parse(&long.replace('x', "xx")).is_err());
}

#[test]
fn records_may_be_as_deep_as_they_like() {
    let deep = 200_000;
    let lists = format!(r#"{{"a":{}1{}}}"#, "[".repeat(deep), "]".repeat(deep));
    assert!(!takes(&filter(r#"{"a":[1]}"#), &lists));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(deep), "}".repeat(deep));
    assert!(!takes(&filter(r#"{"a":{"a":[1]}}"#), &objects));
    assert!(takes(&filter(r#"{"a":{"b":[{"exists":false}]}}"#), &objects));
}

/// Documents of few names and values, so that something is found.
fn document() -> impl Strategy<Value = serde_json::Value> {
    let scalar = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (0..3).prop_map(Into::into),
        "[xy]{0,2}".prop_map(Into::into),
    ];
    scalar.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
            prop::collection::hash_map("[ab]", inner, 0..3)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The values at `a`, as the flat list that AWS makes of a document.
fn values(document: &serde_json::Value) -> Vec<&serde_json::Value> {
    fn flatten<'v>(value: &'v serde_json::Value, out: &mut Vec<&'v serde_json::Value>) {
        match value {
            serde_json::Value::Array(items) => items.iter().for_each(|item| flatten(item, out)),
            serde_json::Value::Object(_) => {}
            scalar => out.push(scalar),
        }
    }
    let mut out = Vec::new();
    document
        .as_object()
        .and_then(|it| it.get("a"))
        .into_iter()
        .for_each(|it| flatten(it, &mut out));
    out
}

proptest! {
    #[test]
    fn tests_mean_the_same_as_over_a_flat_list(members in prop::collection::vec(("[ab]", document()), 0..3)) {
        let document: serde_json::Map<_, _> = members.into_iter().collect();
        let document = serde_json::Value::Object(document);
        let text = document.to_string();
        let values = values(&document);
        let holds = |pattern: &str| takes(&filter(pattern), &text);
        prop_assert_eq!(holds(r#"{"a":[1]}"#), values.iter().any(|it| **it == 1));
        prop_assert_eq!(holds(r#"{"a":[{"exists":true}]}"#), !values.is_empty());
        prop_assert_eq!(holds(r#"{"a":[{"exists":false}]}"#), values.is_empty());
        prop_assert_eq!(holds(r#"{"a":[{"anything-but":["x"]}]}"#), values.iter().any(|it| **it != "x"));
        let starts = |it: &&serde_json::Value| it.as_str().is_some_and(|text| text.starts_with('y'));
        prop_assert_eq!(holds(r#"{"a":[{"prefix":"y"}]}"#), values.iter().any(starts));
    }

    #[test]
    fn whatever_comes_is_a_pattern_or_refused(text in r#"[\[\]{}",:$a-z0-9 ]{0,60}"#, data: Vec<u8>) {
        match Filter::parse(&text) {
            Ok(filter) => {
                let verdict = filter.matches(&record("k", &data));
                prop_assert_ne!(verdict, Verdict::Exhausted);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
