//! What is committed beside the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use e2e::{Program, workspace};
use serde_json::Value;

use super::{
    COMMON_IMPORTS, CONSUMER_IMPORTS, Guest, HANDLER_IMPORTS, RUNTIME_EXPORTS, TRANSFORM_IMPORTS,
    WORLDS, check, does_what_it_should,
};

/// The component of a guest of which it lies in git.
fn component(guest: &Guest) -> PathBuf {
    guest.component().expect("it is committed")
}

#[test]
fn a_component_is_what_its_recipe_says() {
    for guest in Guest::all() {
        let (recipe, name) = (guest.recipe(), guest.folder_name());
        if guest.is_committed() {
            let bytes = fs::read(component(&guest)).unwrap();
            assert_eq!(recipe["check"]["id"], *blake3::hash(&bytes).to_hex(), "{name}");
            assert_eq!(recipe["check"]["bytes"], bytes.len(), "{name}");
        }
        for key in ["component", "compiler", "target", "build"] {
            assert!(recipe[key].is_string(), "the recipe of {name} lacks `{key}`");
        }
    }
}

#[test]
fn a_component_fits_the_world_and_tells_no_more_than_its_recipe() {
    for guest in Guest::all() {
        // Those that are not committed are compared by the script that builds them.
        let checked = guest.recipe()["check"].clone();
        if guest.is_committed() {
            assert_eq!(check(&component(&guest)), checked, "{}", guest.folder_name());
        }
        let (world, _, export) = world_of(&checked);
        let own = |name: &&str| *name != "shardmill:guest/types@0.1.0";
        let names =
            checked["imports"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        let imports: BTreeSet<&str> = names.filter(own).collect();
        let common = BTreeSet::from(COMMON_IMPORTS);
        let more = match world {
            "handler" => &HANDLER_IMPORTS[..],
            "consumer" => &CONSUMER_IMPORTS[..],
            _ => &TRANSFORM_IMPORTS[..],
        };
        assert!(imports.is_superset(&common), "{}: {imports:?}", guest.folder_name());
        let others: Vec<&&str> = imports.difference(&common).collect();
        assert!(
            others.iter().all(|name| more.contains(name)),
            "{}: {others:?}",
            guest.folder_name()
        );
        let exports = checked["exports"].as_array().unwrap().iter();
        let exports: Vec<&Value> =
            exports.filter(|name| RUNTIME_EXPORTS.iter().all(|other| name != other)).collect();
        assert_eq!(exports, [export], "{}", guest.folder_name());
    }
}

/// The world that a component is told to fit.
fn world_of(checked: &Value) -> (&'static str, &'static str, &'static str) {
    let told = checked["world"].as_str().unwrap();
    let name = told.strip_prefix("shardmill:guest/").and_then(|name| name.split_once('@'));
    let (name, _) = name.expect("a world of ours");
    WORLDS.into_iter().find(|(world, ..)| *world == name).expect("a world that there is")
}

#[test]
fn the_world_that_is_named_is_that_of_the_interface() {
    for (name, path, _) in WORLDS {
        let text = workspace::text(path).unwrap();
        let package = text.lines().next().unwrap();
        let version = package.strip_prefix("package shardmill:guest@").unwrap();
        let version = version.trim_end_matches(';');
        assert!(text.contains(&format!("world {name} {{")));
        let mut checked = Guest::committed().into_iter().map(|guest| check(&component(&guest)));
        let known = format!("shardmill:guest/{name}@{version}");
        assert!(checked.any(|checked| checked["world"] == known), "a guest of {known}");
    }
}

#[test]
fn a_component_does_what_its_fixture_says() {
    for guest in Guest::committed() {
        does_what_it_should(&guest, &component(&guest));
    }
}

#[test]
fn a_difference_is_a_failure_that_is_shown() {
    let temp = tempfile::tempdir().unwrap();
    let expected = temp.path().join("expected");
    fs::write(&expected, "{\"line\":1}\n").unwrap();
    let guest = &Guest::committed()[0];
    let test = Program::new(["guest", "test"]).arg(component(guest));
    let test = test.arg("--input").arg(guest.fixture("input.ndjson"));
    let ended = test.arg("--expected").arg(&expected).run().unwrap();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("it did not do what was expected: line 1 is"), "{ended:?}");
}

/// A guest that does what its records say.
fn parrot(input: &str) -> Program {
    let parrot = Guest::all().into_iter().find(|guest| guest.name == "parrot").unwrap();
    let test = Program::new(["guest", "test"]).arg(component(&parrot)).args(["--input", "-"]);
    test.input(input)
}

#[test]
fn a_panic_is_told_with_its_place_and_the_functions_it_went_through() {
    let ended = parrot("emit a\npanic oh no\n").run().unwrap();
    assert_eq!((ended.code, &*ended.stdout), (Some(1), ""), "{ended:?}");
    for text in [
        "error: panicked at rust-parrot/src/lib.rs:",
        ": oh no",
        "the batch of lines 1 to 2 failed: function trapped",
        "handle",
    ] {
        assert!(ended.stderr.contains(text), "`{text}` is not in: {}", ended.stderr);
    }
}

#[test]
fn a_batch_that_failed_says_why() {
    for (input, text) in [
        ("refuse for a reason", "failed: for a reason"),
        ("again 250", "asked to be tried again after 250 ms"),
        ("retry soon", "failed: invalid digit found in string"),
    ] {
        let ended = parrot(input).run().unwrap();
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(text), "`{text}` is not in: {}", ended.stderr);
    }
}

#[test]
fn variables_come_sorted() {
    let test = parrot("variables").args(["--env", "B=2", "--env", "A=1=1", "--env", "B=3"]);
    let ended = test.run().unwrap().success("shardmill guest test").unwrap();
    let line: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(line["data"], r#"[("A", "1=1"), ("B", "3")]"#);
}

/// The guest of the demonstration knows two variables.
#[test]
fn the_environment_reaches_a_component() {
    let quakes =
        Guest::all().into_iter().find(|guest| guest.folder_name() == "rust-quakes").unwrap();
    let run = |environment: &[&str]| {
        let mut test = Program::new(["guest", "test"]).arg(component(&quakes));
        for variable in environment {
            test = test.args(["--env", variable]);
        }
        let ended = test.arg("--input").arg(quakes.fixture("input.ndjson")).run().unwrap();
        let ended = ended.success("shardmill guest test").unwrap();
        let lines: Vec<Value> =
            ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let with = |key: &str| lines.iter().filter(|line| line[key].is_string()).count();
        (with("partitionKey"), with("dropped"), with("failed"))
    };
    let (emitted, dropped, failed) = run(&[]);
    assert_eq!((failed, emitted + dropped), (0, lines(&quakes)));
    let (strict, below, malformed) = run(&["STRICT=true"]);
    assert_eq!((strict, below + malformed), (emitted, dropped));
    assert!(malformed > 0 && below > 0);
    assert_eq!(run(&["MIN_MAGNITUDE=11"]), (0, lines(&quakes), 0));

    let wrong = Program::new(["guest", "test"]).arg(component(&quakes)).arg("--input");
    let wrong = wrong.arg(quakes.fixture("input.ndjson")).args(["--env", "MIN_MAGNITUDE=much"]);
    let ended = wrong.run().unwrap();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("variable MIN_MAGNITUDE is `much`"), "{}", ended.stderr);
}

fn lines(guest: &Guest) -> usize {
    fs::read_to_string(guest.fixture("input.ndjson")).unwrap().lines().count()
}
