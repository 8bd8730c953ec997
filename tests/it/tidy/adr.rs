//! Decision records: numbered, of one form, each in the index once.

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
fn records_are_numbered_each_by_its_own() {
    // Numbers are given when work begins, and work ends in another order: there may be gaps for a while.
    let mut last = 0;
    for name in &records() {
        let number: u32 = name.get(..4).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        assert!(
            number > last && name[4..].starts_with('-'),
            "{name} should have a number of its own"
        );
        last = number;
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
