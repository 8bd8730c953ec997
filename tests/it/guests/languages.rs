//! One function in several languages: they give the same records for the same events.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use e2e::{Program, Random, workspace};
use serde_json::Value;

use super::{Guest, RUNS_WITHIN};

const BELOW: &str = "magnitude below the minimum";

/// What became of each line, by its number.
type Fates = BTreeMap<u64, Value>;

fn quakes() -> (Guest, Vec<Guest>) {
    let quakes = Guest::all().into_iter().filter(|guest| guest.name == "quakes");
    let quakes = quakes.filter(|guest| guest.component().is_some());
    let (mut rust, others): (Vec<_>, Vec<_>) = quakes.partition(|guest| guest.language() == "rust");
    assert!(!others.is_empty(), "there are other languages");
    (rust.pop().expect("there is one in Rust"), others)
}

fn run(guest: &Guest, input: &[u8], environment: &[&str]) -> Fates {
    let component = guest.component().expect("those that were not built were left out");
    let mut test = Program::new(["guest", "test", "--input", "-"]).arg(component);
    test = test.arg("--cache").arg(super::cache());
    for variable in environment {
        test = test.args(["--env", variable]);
    }
    let ended =
        test.input(input).run_for(RUNS_WITHIN).unwrap().success("shardmill guest test").unwrap();
    let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    ended.stdout.lines().map(parse).map(|told| (told["line"].as_u64().unwrap(), told)).collect()
}

/// Each language has words of its own for what is wrong with a line.
fn without_words(told: &Value) -> Value {
    let mut told = told.clone();
    for key in ["dropped", "failed"] {
        if told[key].is_string() && told[key] != BELOW {
            told[key] = "malformed".into();
        }
    }
    told
}

/// What Rust says of lines that are events to `JSON.parse`: of two members of a name the last counts, 1.0 and 1e3 are
/// whole numbers, and names may have half a character.
const TYPESCRIPT_TAKES: [&str; 4] = [
    "duplicate field",
    "invalid type: floating point",
    "lone leading surrogate",
    "unexpected end of hex escape",
];

/// Whether a language that reads JSON by a library of its own may judge a line in another manner than Rust does, as its
/// README says.
fn differs_by_its_library(language: &str, line: &[u8], told: &Value, found: &Value) -> bool {
    let is_rejected = |told: &Value| {
        without_words(told).as_object().unwrap().values().any(|it| it == "malformed")
    };
    let reason = told["dropped"].as_str().or_else(|| told["failed"].as_str()).unwrap_or_default();
    match (language, is_rejected(told), is_rejected(found)) {
        // These look at all of a line, and Rust skips what nobody reads.
        ("zig" | "typescript", false, true) if serde_json::from_slice::<Value>(line).is_err() => {
            true
        }
        // Numbers are floats.
        ("typescript", false, true) => {
            let event: Value = serde_json::from_slice(line).unwrap();
            event["time"].as_i64().is_some_and(|time| time.unsigned_abs() >= 1 << 53)
        }
        ("typescript", true, false) => TYPESCRIPT_TAKES.iter().any(|it| reason.starts_with(it)),
        _ => false,
    }
}

/// All languages do with these lines what Rust does; how many go out, are left out, and have failed.
fn compare(input: &[u8], environment: &[&str]) -> (usize, usize, usize) {
    let (rust, others) = quakes();
    let expected = run(&rust, input, environment);
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    for other in &others {
        let found = run(other, input, environment);
        assert!(found.keys().eq(expected.keys()), "{}: other lines", other.folder_name());
        for (at, told) in &expected {
            let line = lines[usize::try_from(*at).unwrap() - 1];
            if differs_by_its_library(other.language(), line, told, &found[at]) {
                continue;
            }
            let (told, found) = (without_words(told), without_words(&found[at]));
            let line = String::from_utf8_lossy(line);
            assert_eq!(found, told, "{}, line {at}: {line}", other.folder_name());
        }
    }
    let with = |key: &str| expected.values().filter(|told| told[key].is_string()).count();
    (with("partitionKey"), with("dropped"), with("failed"))
}

fn events() -> Vec<u8> {
    fs::read(workspace::root().join("examples/earthquakes/earthquakes.ndjson")).unwrap()
}

#[test]
fn a_week_of_events_becomes_the_same_in_all_languages() {
    let count = events().iter().filter(|byte| **byte == b'\n').count();
    let (emitted, dropped, failed) = compare(&events(), &["MIN_MAGNITUDE=2.5"]);
    assert!(emitted > 0 && dropped > 0, "some are small");
    assert_eq!((emitted + dropped, failed), (count, 0));
    assert_eq!(compare(&events(), &["MIN_MAGNITUDE=-10"]), (count, 0, 0));
}

#[test]
fn what_is_no_event_fails_in_all_languages() {
    let (rust, others) = quakes();
    let guests = std::iter::once(&rust).chain(&others);
    let inputs = guests.map(|guest| fs::read(guest.fixture("input.ndjson")).unwrap());
    // Several languages have the same.
    for input in inputs.collect::<BTreeSet<_>>() {
        let (_, dropped, failed) = compare(&input, &[]);
        assert!(dropped > 0 && failed == 0, "{dropped} {failed}");
        let (_, _, failed) = compare(&input, &["STRICT=true"]);
        assert!(failed > 0, "some lines are malformed");
    }
}

#[test]
fn a_setting_that_is_none_fails_the_batch_in_all_languages() {
    let (_, others) = quakes();
    for guest in &others {
        for setting in ["MIN_MAGNITUDE=much", "MIN_MAGNITUDE=nan", "MIN_MAGNITUDE= 1", "STRICT=si"]
        {
            let test = Program::new(["guest", "test", "--input", "-", "--env", setting]);
            let test = test.arg("--cache").arg(super::cache());
            let component = guest.component().unwrap();
            let ended = test.arg(component).input("{}\n").run_for(RUNS_WITHIN).unwrap();
            assert_eq!(ended.code, Some(1), "{}: {ended:?}", guest.folder_name());
            let name = setting.split('=').next().unwrap();
            let named = format!("variable {name} is `");
            assert!(ended.stderr.contains(&named), "{}: {}", guest.folder_name(), ended.stderr);
        }
    }
}

/// Pieces that mean something in JSON.
const PIECES: [&[u8]; 22] = [
    b"\"",
    b"\\",
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"\\ud83d",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"-",
    b"0",
    b".",
    b"e",
    b" ",
    b"\t",
    b"\xff",
    b"\xc3\xbc",
    b"\x01",
];

/// Lines that were events before something happened to them. What becomes of a number of more digits than a float
/// has may differ, so none is made longer by more than a digit.
fn damaged(count: usize) -> Vec<u8> {
    let events = events();
    let lines: Vec<&[u8]> =
        events.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let mut random = Random::new(7);
    let mut out = Vec::new();
    for _ in 0..count {
        let mut line = lines[random.index(lines.len())].to_vec();
        let (at, piece) = (random.index(line.len()), PIECES[random.index(PIECES.len())]);
        match random.index(4) {
            0 => drop(line.splice(at..=at, piece.iter().copied())),
            1 => drop(line.splice(at..at, piece.iter().copied())),
            2 => drop(line.drain(at..(at + 1 + random.index(20)).min(line.len()))),
            _ => line.truncate(at.max(1)),
        }
        out.extend(line);
        out.push(b'\n');
    }
    out
}

#[test]
fn what_is_damaged_is_judged_alike_in_all_languages() {
    let (emitted, dropped, failed) =
        compare(&damaged(5_000), &["MIN_MAGNITUDE=-10", "STRICT=true"]);
    assert!(emitted > 1_000 && failed > 1_000 && dropped == 0, "{emitted} {dropped} {failed}");
}
