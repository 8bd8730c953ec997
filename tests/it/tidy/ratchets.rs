//! Sizes and habits: targets that hold now and may only get stricter.

use e2e::workspace;

use super::source::{self, Source};

const MEDIAN_LINES_MAX: usize = 200;
const P90_LINES_MAX: usize = 400;
const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
/// Functions above it, of a thousand.
const LONG_FUNCTIONS_PER_MILLE_MAX: usize = 20;

/// Files that may be longer than [`FILE_LINES_MAX`], and why. Nothing is added without an ADR; what has
/// become short must leave.
const LONG_FILES: [(&str, &str); 0] = [];

fn product() -> Vec<Source> {
    source::all().into_iter().filter(Source::is_product).collect()
}

fn line_count(source: &Source) -> usize {
    source.code().lines().count()
}

#[test]
fn files_are_short() {
    let mut lengths: Vec<usize> = product().iter().map(line_count).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    let p90 = lengths[lengths.len() * 9 / 10];
    assert!(median <= MEDIAN_LINES_MAX, "the median file has {median} lines");
    assert!(p90 <= P90_LINES_MAX, "a tenth of the files has more than {p90} lines");
}

#[test]
fn long_files_are_listed() {
    let files = product();
    for file in &files {
        let lines = line_count(file);
        let is_listed = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        assert!(lines <= FILE_LINES_MAX || is_listed, "{} has {lines} lines: split it", file.path);
        assert!(
            lines > FILE_LINES_MAX || !is_listed,
            "{} has only {lines} lines: take it off the list",
            file.path
        );
    }
    for (path, reason) in LONG_FILES {
        assert!(files.iter().any(|file| file.path == path), "{path} is listed and gone");
        assert!(!reason.is_empty(), "{path} needs a reason");
    }
}

#[test]
fn functions_are_short() {
    let mut count = 0;
    let mut long = Vec::new();
    for file in product() {
        for function in file.functions() {
            count += 1;
            if function.lines > FUNCTION_LINES_MAX {
                let lines = function.lines;
                long.push(format!(
                    "{}:{} {} has {lines} lines",
                    file.path, function.line, function.name
                ));
            }
        }
    }
    assert!(count > 500, "only {count} functions were found: the search is broken");
    let allowed = count * LONG_FUNCTIONS_PER_MILLE_MAX / 1000;
    assert!(long.len() <= allowed, "{} of {count} functions are long: {long:#?}", long.len());
}

#[test]
fn every_file_says_what_it_is_for() {
    let missing: Vec<String> = source::all()
        .into_iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.path)
        .collect();
    assert!(missing.is_empty(), "files that do not open with a `//!` line: {missing:#?}");
}

#[test]
fn nothing_unwraps_outside_of_tests() {
    for file in product() {
        let is_kit = file.path.starts_with("host/storage-conformance/");
        for (at, line) in file.code().lines().enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            let unwraps = line.contains(".unwrap()") && !is_kit && !is_comment;
            assert!(!unwraps, "{}:{}: say why it cannot fail", file.path, at + 1);
        }
    }
}

#[test]
fn nothing_is_left_for_later_and_nothing_waits_by_sleeping() {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("dbg", "!("),
        concat!("thread::", "sleep"),
        concat!("#[ig", "nore"),
    ];
    for file in source::all() {
        for (at, line) in file.text.lines().enumerate() {
            let found = words.iter().find(|word| line.contains(**word));
            assert!(found.is_none(), "{}:{}: {found:?}", file.path, at + 1);
        }
    }
}

/// serde_json by itself makes a list of numbers of a blob.
#[test]
fn who_writes_blobs_in_json_does_it_as_aws_does() {
    for file in product() {
        let code = file.code();
        if !code.contains("BlobOut") {
            continue;
        }
        for (at, line) in code.lines().enumerate() {
            let ours = line.contains("wire::json::to_") || line.contains("crate::json::to_");
            let theirs = line.contains("json::to_") && !ours;
            assert!(!theirs, "{}:{}: take wire::json::to_vec", file.path, at + 1);
        }
    }
}

#[test]
fn the_top_level_is_fixed() {
    let allowed = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "examples",
        "guests",
        "host",
        "sdk",
        "tests",
        "wit",
    ];
    for path in workspace::files() {
        let top = path.iter().next().and_then(|name| name.to_str()).expect("a name");
        assert!(top.starts_with('.') || allowed.contains(&top), "{top} does not belong at the top");
    }
}
