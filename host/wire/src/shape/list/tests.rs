//! How much of lists and maps is kept.

use serde::Deserialize;

use super::*;
use crate::protocol::Protocol;
use crate::shape::{Double, Int, Structure};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input<'a> {
    list: Option<List<Structure<Element>, 3>>,
    #[serde(borrow)]
    tags: Option<Tags<'a>>,
    #[serde(borrow)]
    weights: Option<Map<'a, Double, 2>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Element {
    number: Option<Int>,
}

fn list(elements: &str) -> List<Structure<Element>, 3> {
    let body = format!(r#"{{"List":[{elements}]}}"#);
    Protocol::AwsJson11.decode::<Input<'_>>(body.as_bytes()).unwrap().list.unwrap()
}

#[test]
fn a_list_keeps_a_bounded_part_and_counts_the_rest() {
    let empty = list("");
    assert_eq!((empty.kept().len(), empty.count()), (0, 0));
    let whole = list(r#"{"Number":1},null,{}"#);
    let element = |number| Some(Structure(Element { number }));
    assert_eq!(whole.kept(), [element(Some(Int(1))), None, element(None)]);
    assert_eq!(whole.count(), 3);
    let many = list(&format!("{}{{}}", "{},".repeat(999_999)));
    assert_eq!((many.kept().len(), many.count()), (3, 1_000_000));
    assert!(many.kept.capacity() < 10);
}

#[test]
fn a_map_keeps_a_bounded_part_and_counts_the_rest() {
    for (count, kept) in [(0, 0), (2, 2), (201, 201), (100_000, Tags::KEPT)] {
        let entries: Vec<_> = (0..count).map(|it| format!(r#""{it}":"v""#)).collect();
        let body = format!(r#"{{"Tags":{{{}}}}}"#, entries.join(","));
        let read = Protocol::AwsJson11.decode::<Input<'_>>(body.as_bytes()).unwrap();
        let tags = read.tags.unwrap();
        assert_eq!((tags.kept().len(), tags.count()), (kept, count));
    }
}

#[test]
fn what_is_beyond_must_be_well_formed_too() {
    for body in [r#"{"List":[{},{},{},{},{]}"#, r#"{"List":[{},{},{},{},{}"#] {
        assert!(Protocol::AwsJson11.decode::<Input<'_>>(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn maps_hold_what_they_are_made_for_and_no_key_twice() {
    let read = |body: &'static str| Protocol::RestJson.decode::<Input<'_>>(body.as_bytes());
    let weights = read(r#"{"Weights":{"2":0.25,"3":1,"4":"x"}}"#).unwrap().weights.unwrap();
    let kept: Vec<_> = weights.kept().iter().map(|(key, value)| (key.as_str(), value.0)).collect();
    assert_eq!((kept, weights.count()), (vec![("2", 0.25), ("3", 1.0)], 3));
    for (body, message) in [
        (r#"{"Weights":{"2":true}}"#, "class java.lang.Boolean can not be converted to a Double"),
        (r#"{"Weights":{"2":0.1,"2":0.1}}"#, "Map key given twice"),
        (r#"{"Weights":[]}"#, "Start of list found where not expected"),
        (r#"{"Weights":3}"#, "Expected map or null"),
    ] {
        assert_eq!(read(body).unwrap_err().message.unwrap(), message, "{body}");
    }
}
