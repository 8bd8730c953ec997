//! The table of operations in the compatibility page is what the tables in the code say.

use std::fmt::Write as _;
use std::fs;

use e2e::workspace;
use streams::ops::OPERATIONS;
use wire::State;

const PAGE: &str = "host/COMPATIBILITY.md";
const BEGIN: &str =
    "<!-- operations: begin (written by tests/it/tidy/compatibility.rs, UPDATE=1) -->\n";
const END: &str = "<!-- operations: end -->";

fn table() -> String {
    let mut text = String::from("\n| Operation | State | Differs from AWS |\n|---|---|---|\n");
    for entry in OPERATIONS {
        let info = &entry.info;
        let state = match info.state {
            State::Works => "works".to_owned(),
            State::Refused(reason) => format!("refused: {reason}"),
        };
        writeln!(text, "| {} | {state} | {} |", info.name, info.differs).unwrap();
    }
    text.push('\n');
    text
}

/// What stands before, between and after the markers.
fn parts(page: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (between, after) = rest.split_once(END)?;
    Some((before, between, after))
}

#[test]
fn the_page_tells_what_the_table_says() {
    let page = workspace::text(PAGE).unwrap_or_else(|| panic!("{PAGE} is there"));
    let (before, between, after) =
        parts(&page).unwrap_or_else(|| panic!("{PAGE} lacks {BEGIN}{END}"));
    let table = table();
    if std::env::var_os("UPDATE").is_some() {
        let updated = format!("{before}{BEGIN}{table}{END}{after}");
        fs::write(workspace::root().join(PAGE), updated).unwrap();
    } else {
        assert_eq!(between, table, "run the tests with UPDATE=1 to write it anew");
    }
}

#[test]
fn the_table_is_sorted_and_every_name_stands_once() {
    let names: Vec<&str> = OPERATIONS.iter().map(|entry| entry.info.name).collect();
    assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
    for entry in OPERATIONS {
        assert_eq!(entry.info.action, format!("kinesis:{}", entry.info.name));
    }
}
