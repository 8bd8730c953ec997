//! The rules for dependencies, as `cargo deny check` reads them. Here it is only checked that they are
//! there, and that the lock keeps those that need no tool.

use std::collections::BTreeMap;
use std::path::Path;

use e2e::workspace;
use toml::Table;

fn rules() -> Table {
    let text = workspace::text(".deny.toml").expect(".deny.toml is there");
    text.parse().expect(".deny.toml is TOML")
}

fn names(rules: &Table, section: &str, key: &str) -> Vec<String> {
    let list = rules[section][key].as_array().expect("a list");
    let name = |value: &toml::Value| {
        let name = value.as_str().or_else(|| value.get("crate")?.as_str());
        name.expect("a name").to_owned()
    };
    list.iter().map(name).collect()
}

#[test]
fn licences_bans_and_sources_are_ruled() {
    let rules = rules();
    assert!(names(&rules, "licenses", "allow").contains(&"Apache-2.0".to_owned()));
    assert!(!names(&rules, "bans", "deny").is_empty());
    assert_eq!(rules["bans"]["multiple-versions"].as_str(), Some("deny"));
    assert_eq!(rules["sources"]["unknown-registry"].as_str(), Some("deny"));
    assert_eq!(rules["sources"]["unknown-git"].as_str(), Some("deny"));
}

/// Name and versions of every crate in a lock.
fn locked(path: impl AsRef<Path>) -> BTreeMap<String, Vec<String>> {
    let text = workspace::text(path).expect("the lock is there");
    let lock: Table = text.parse().expect("a lock is TOML");
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in lock["package"].as_array().expect("a list") {
        let word = |key: &str| package[key].as_str().expect("text").to_owned();
        found.entry(word("name")).or_default().push(word("version"));
    }
    found
}

/// What the tests' clients are made of becomes part of nothing that is shipped.
const CLIENTS: &str = "tests/clients";

#[test]
fn banned_crates_are_not_locked() {
    let mut locks = workspace::locks();
    locks.retain(|path| !path.starts_with(CLIENTS));
    for path in locks {
        let locked = locked(&path);
        for name in names(&rules(), "bans", "deny") {
            let path = path.display();
            assert!(!locked.contains_key(&name), "{path}: {name} is banned and locked");
        }
    }
}

#[test]
fn a_crate_has_one_version_unless_it_is_excused() {
    let rules = rules();
    let excused = names(&rules, "bans", "skip");
    let bare = |name: &String| name.split('@').next().unwrap_or_default().to_owned();
    let excused: Vec<String> = excused.iter().map(bare).collect();
    for (name, versions) in locked("Cargo.lock") {
        // Locked for a system that is not among ours.
        let is_elsewhere = name.starts_with("windows");
        let is_excused = is_elsewhere || excused.contains(&name);
        assert!(versions.len() == 1 || is_excused, "{name} has versions {versions:?}");
    }
}
