//! What is promised names its tests, and they are there.

use std::path::PathBuf;

use e2e::workspace;

const PAGE: &str = "host/docs/semantics/mappings.md";
/// Rows that the page had when it was made; fewer means that it is not read.
const ROWS_MIN: usize = 24;

/// The cells of the page's table, row by row, without its head.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    rows.skip(1).map(|row| row.split(" | ").collect()).collect()
}

/// The tests that a cell names.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').filter(|word| word.contains("::")).collect()
}

/// Where a module's tests may lie: `crate::of::modules`.
fn places(module: &str) -> Vec<PathBuf> {
    let (package, rest) = module.split_once("::").unwrap_or((module, ""));
    let rest = rest.replace("::", "/");
    let roots = match package {
        "e2e" => vec!["tests/it".to_owned()],
        _ => vec![format!("host/{package}/tests/it"), format!("host/{package}/src")],
    };
    let files = |root: String| {
        [format!("{root}/{rest}.rs"), format!("{root}/{rest}/mod.rs")].map(PathBuf::from)
    };
    roots.into_iter().flat_map(files).collect()
}

/// Whether the text has such a test.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let starts = [format!("fn {name}("), format!("async fn {name}(")];
    let is_test = |at: usize| {
        let before = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        before.into_iter().any(|line| line.contains("test]") || line.contains("test("))
    };
    lines.iter().enumerate().any(|(at, line)| {
        starts.iter().any(|start| line.starts_with(start.as_str())) && is_test(at)
    })
}

#[test]
fn every_row_names_tests_that_are_there() {
    let page = workspace::text(PAGE).expect("the page is there");
    let rows = rows(&page);
    assert!(rows.len() >= ROWS_MIN, "only {} rows are found", rows.len());
    for row in rows {
        let [what, _, tests] = &row[..] else { panic!("{row:?} should have three cells") };
        let tests = named(tests);
        assert!(!tests.is_empty(), "{what}: no test is named");
        for test in tests {
            let (module, name) = test.rsplit_once("::").expect("it has a module");
            let mut texts = places(module).into_iter().filter_map(workspace::text);
            let is_there = texts.any(|text| has_test(&text, name));
            assert!(is_there, "{what}: there is no test `{test}`");
        }
    }
}

#[test]
fn tests_are_found_and_others_are_not() {
    let text = "#[test]\nfn one() {}\n\n#[tokio::test(start_paused = true)]\nasync fn two() {}\n\nfn three() {}\n";
    assert!(has_test(text, "one") && has_test(text, "two"));
    assert!(!has_test(text, "three") && !has_test(text, "on") && !has_test(text, "four"));
    assert_eq!(named("`a::b` and `c` `d::e::f`"), ["a::b", "d::e::f"]);
    let page = "| what | tests |\n|---|---|\n| a | `x::y` |\n";
    assert_eq!(rows(page), [["a", "`x::y` |"]]);
}
