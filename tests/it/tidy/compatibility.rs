//! The tables of operations in the compatibility page are what the tables in the code say.

use std::fmt::Write as _;
use std::fs;

use e2e::workspace;
use identity::{kms, trail};
use wire::{Info, State};

const PAGE: &str = "host/COMPATIBILITY.md";
const END: &str = "<!-- operations: end -->";

/// The services of AWS's: their names in the page, what their actions begin with, and their operations.
fn services() -> Vec<(&'static str, &'static str, Vec<&'static Info>)> {
    let kinesis = streams::ops::OPERATIONS.iter().map(|entry| &entry.info).collect();
    let lambda = functions::ops::OPERATIONS.iter().map(|entry| &entry.info).collect();
    let cloudtrail = trail::ops::OPERATIONS.iter().map(|entry| &entry.info).collect();
    let kms = kms::ops::OPERATIONS.iter().map(|entry| &entry.info).collect();
    let cloudwatch = monitoring::ops::OPERATIONS.iter().map(|entry| &entry.info).collect();
    vec![
        ("Kinesis", "kinesis", kinesis),
        ("Lambda", "lambda", lambda),
        ("CloudTrail", "cloudtrail", cloudtrail),
        ("KMS", "kms", kms),
        ("CloudWatch", "cloudwatch", cloudwatch),
    ]
}

fn begin(service: &str) -> String {
    format!(
        "<!-- operations of {service}: begin (written by tests/it/tidy/compatibility.rs, UPDATE=1) -->\n"
    )
}

fn table(operations: &[&Info]) -> String {
    let mut text = String::from("\n| Operation | State | Differs from AWS |\n|---|---|---|\n");
    for info in operations {
        let state = match info.state {
            State::Works => "works".to_owned(),
            State::Refused(reason) => format!("refused: {reason}"),
        };
        writeln!(text, "| {} | {state} | {} |", info.name, info.differs).unwrap();
    }
    text.push('\n');
    text
}

/// What stands before, between and after the markers of a service.
fn parts<'a>(page: &'a str, service: &str) -> (&'a str, &'a str, &'a str) {
    let begin = begin(service);
    let found = page.split_once(begin.as_str()).and_then(|(before, rest)| {
        let (between, after) = rest.split_once(END)?;
        Some((before, between, after))
    });
    found.unwrap_or_else(|| panic!("{PAGE} lacks {begin}{END}"))
}

#[test]
fn the_page_tells_what_the_tables_say() {
    let mut page = workspace::text(PAGE).unwrap_or_else(|| panic!("{PAGE} is there"));
    let is_update = std::env::var_os("UPDATE").is_some();
    for (service, _, operations) in services() {
        let (before, between, after) = parts(&page, service);
        let table = table(&operations);
        if is_update {
            page = format!("{before}{}{table}{END}{after}", begin(service));
        } else {
            assert_eq!(between, table, "run the tests with UPDATE=1 to write it anew");
        }
    }
    if is_update {
        fs::write(workspace::root().join(PAGE), page).unwrap();
    }
}

#[test]
fn the_tables_are_sorted_and_every_name_stands_once() {
    for (service, prefix, operations) in services() {
        let names: Vec<&str> = operations.iter().map(|info| info.name).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "{service}: {names:?}");
        for info in operations {
            assert!(info.action.starts_with(&format!("{prefix}:")), "{}", info.name);
        }
    }
}
