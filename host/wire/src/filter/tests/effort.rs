//! What patterns take, in steps and not in time.

use domain::limits;

use super::super::effort::Effort;
use super::super::{Filter, Verdict};
use super::{SEQUENCE, filter, record};

/// What looking at the document takes.
fn spent(filter: &Filter, document: &str) -> u64 {
    let effort = Effort::new(u64::MAX);
    let _ = filter.of_json(document.as_bytes(), &effort);
    u64::MAX - effort.left()
}

/// `{"a":[..]}` with so many items.
fn list(item: &str, count: usize) -> String {
    format!(r#"{{"a":[{}]}}"#, vec![item; count].join(","))
}

/// Choices between as many as a pattern has room for.
fn choices(item: impl Fn(usize) -> String) -> String {
    let mut items = String::new();
    for next in (0..).map(item) {
        if items.len() + next.len() + 20 > limits::FILTER_CHARS_MAX {
            break;
        }
        let comma = if items.is_empty() { "" } else { "," };
        items = format!("{items}{comma}{next}");
    }
    items
}

/// Patterns that ask much, and an item of a list that passes none of them.
fn worst() -> Vec<(String, &'static str)> {
    let under_a = |tests: String| format!(r#"{{"a":[{tests}]}}"#);
    vec![
        (r#"{"a":{"b":[{"exists":false}]}}"#.to_owned(), r#"{"b":1}"#),
        (under_a(choices(|it| it.to_string())), "-1"),
        (under_a(choices(|it| format!("\"t{it}\""))), r#""t""#),
        (under_a(choices(|it| format!(r#"{{"prefix":"t{it}"}}"#))), r#""t""#),
        (under_a(choices(|it| format!(r#"{{"suffix":"{it}t"}}"#))), r#""t""#),
        (under_a(choices(|it| format!(r#"{{"equals-ignore-case":"{it}t"}}"#))), r#""t""#),
        (under_a(choices(|it| format!(r#"{{"numeric":[">",9{it}]}}"#))), "1"),
        (format!(r#"{{"$or":[{}]}}"#, choices(|it| format!(r#"{{"a":[{it}]}}"#))), "-1"),
        (format!(r#"{{"a":{{"$or":[{}]}}}}"#, choices(|it| format!(r#"{{"n{it}":[1]}}"#))), "{}"),
        (
            format!(
                r#"{{"$or":[{}]}}"#,
                choices(|it| format!(r#"{{"a":{{"n{it}":[{{"exists":false}}]}},"z":[1]}}"#))
            ),
            r#"{"n":1}"#,
        ),
    ]
}

#[test]
fn twice_the_record_takes_twice_the_steps() {
    for (pattern, item) in worst() {
        let filter = filter(&pattern);
        let steps = [1_000, 2_000, 4_000].map(|count| spent(&filter, &list(item, count)));
        let more = [steps[1] - steps[0], steps[2] - steps[1]];
        let told = format!("{steps:?}: {pattern:.60}");
        // But for commas and what is asked once for a record.
        assert!(more[1].abs_diff(2 * more[0]) <= 8, "{told}");
        assert!(more[0] <= steps[0] && steps[0] - more[0] <= 100_000, "{told}");
    }
}

#[test]
fn a_thousand_literals_take_what_one_takes() {
    let document = list("-1", 1_000);
    let one = spent(&filter(r#"{"a":[0]}"#), &document);
    let pattern = format!(r#"{{"a":[{}]}}"#, choices(|it| it.to_string()));
    assert_eq!(spent(&filter(&pattern), &document), one);
    let affixes = choices(|it| format!(r#"{{"prefix":"{it}"}},{{"suffix":"{it}"}}"#));
    assert_eq!(spent(&filter(&format!(r#"{{"a":[{affixes}]}}"#)), &document), one);
}

#[test]
fn what_is_absent_is_looked_for_once_for_a_record() {
    let document = list(r#"{"b":1}"#, 1_000);
    let once = spent(&filter(r#"{"a":{"b":[5]}}"#), &document);
    let absent = spent(&filter(r#"{"a":{"b":[{"exists":false}]}}"#), &document);
    assert!(absent < 2 * once + 10_000, "{absent}, {once}");
}

#[test]
fn a_record_that_takes_too_much_is_told_apart() {
    let ranges = choices(|it| format!(r#"{{"numeric":[">",9{it}]}}"#));
    let filter = filter(&format!(r#"{{"data":{{"a":[{ranges}]}}}}"#));
    let takes = |document: &str| filter.matches(&record("k", document.as_bytes()));
    assert_eq!(takes(&list("1", 100)), Verdict::Unwanted);
    assert_eq!(takes(&list("1", 100_000)), Verdict::Exhausted);
    // What is certain only if all was looked at is not believed either.
    let either = Filter::any([&filter, &super::filter(r#"{"partitionKey":["k"]}"#)]);
    assert_eq!(either.matches(&record("k", list("1", 100_000).as_bytes())), Verdict::Exhausted);
    assert!(!Verdict::Exhausted.is_wanted());
}

#[test]
fn ten_usual_patterns_do_not_take_too_much() {
    let reading = format!(
        r#"{{"station":"CI.{SEQUENCE:.8}","at":1700000000000,"mag":4.5,"place":"12 km SSW of X","tags":["a","b"]}}"#
    );
    let patterns = (0..limits::MAPPING_FILTERS_MAX).map(|it| {
        let readings = format!(
            r#"{{"mag":[{{"numeric":[">",{}]}}],"station":[{{"prefix":"UW{it}."}},"CI.{it}"],"tags":["x{it}",{{"exists":false}}]}}"#,
            5 + it
        );
        filter(&format!(
            r#"{{"data":{{"detail":{{"payload":{{"batches":{{"readings":{readings}}}}}}}}}}}"#
        ))
    });
    let all = Filter::any(&patterns.collect::<Vec<_>>());
    let batch = format!(r#"{{"readings":[{}]}}"#, vec![reading; 20].join(","));
    let batches = vec![batch; 100].join(",");
    let document = format!(r#"{{"detail":{{"payload":{{"batches":[{batches}]}}}}}}"#);
    let effort = Effort::new(u64::MAX);
    let verdict = all.of_record(&record("k", document.as_bytes()), &effort);
    assert_eq!(verdict, Verdict::Unwanted);
    let steps = u64::MAX - effort.left();
    assert!(steps < 16 * document.len() as u64, "{steps} for {} bytes", document.len());
}

#[test]
fn patterns_and_lists_as_deep_as_they_may_be_are_followed() {
    let depth = limits::FILTER_DEPTH_MAX;
    let pattern = format!("{}[1]{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let document = format!(r#"{}1{}"#, r#"{"a":[[[[[[[["#.repeat(depth), "]]]]]]]]}".repeat(depth));
    assert_eq!(filter(&pattern).matches_json(document.as_bytes()), Verdict::Wanted);
}
