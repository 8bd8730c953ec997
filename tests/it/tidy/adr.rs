//! Decision records: numbered without gaps, of one form, each in the index once.

use e2e::workspace;

const FOLDER: &str = "host/docs/adr";
const PARTS: [&str; 5] =
    ["## Why now", "## Decision", "## Alternatives", "## What it costs", "## How we will know"];

/// The file names of the records, sorted.
fn records() -> Vec<String> {
    let names = workspace::files().into_iter().filter_map(|path| {
        let name = path.strip_prefix(FOLDER).ok()?.to_str()?.to_owned();
        (name != "README.md").then_some(name)
    });
    names.collect()
}

#[test]
fn records_are_numbered_without_gaps() {
    for (at, name) in records().iter().enumerate() {
        let expected = format!("{:04}-", at + 1);
        assert!(name.starts_with(&expected), "{name} should start with {expected}");
        let rest = name[5..].strip_suffix(".md").expect("a record is Markdown");
        let is_plain = rest
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        assert!(is_plain, "{name} should be in lower case with hyphens");
    }
}

#[test]
fn records_have_one_form() {
    for name in records() {
        let text = workspace::text(format!("{FOLDER}/{name}")).expect("a record is text");
        let heading = format!("# {} ", &name[..4]);
        assert!(text.starts_with(&heading), "{name} should start with `{heading}`");
        let status = text.lines().find(|line| line.starts_with("Status: "));
        let status = status.unwrap_or_else(|| panic!("{name} has no status"));
        let words = ["proposed", "accepted", "replaced by "];
        assert!(words.iter().any(|word| status[8..].starts_with(word)), "{name}: {status}");
        let mut at = 0;
        for part in PARTS {
            let found = text[at..].find(part);
            at += found.unwrap_or_else(|| panic!("{name} lacks `{part}`, or it stands too early"));
        }
    }
}

#[test]
fn the_index_lists_every_record_once() {
    let records = records();
    if records.is_empty() {
        return;
    }
    let index = workspace::text(format!("{FOLDER}/README.md")).expect("the records have an index");
    for name in &records {
        let links = index.matches(&format!("({name})")).count();
        assert_eq!(links, 1, "{name} should be linked once in the index");
    }
    let linked = index.matches(".md)").count();
    assert_eq!(linked, records.len(), "the index links something that is no record");
}
