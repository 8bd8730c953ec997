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

/// Who names `crate` in a lock.
fn dependents(path: impl AsRef<Path>, name: &str) -> Vec<String> {
    let text = workspace::text(path).expect("the lock is there");
    let lock: Table = text.parse().expect("a lock is TOML");
    let packages = lock["package"].as_array().expect("a list").iter();
    let uses = |package: &&toml::Value| {
        let list = package.get("dependencies").and_then(toml::Value::as_array);
        let mut list = list.into_iter().flatten().filter_map(toml::Value::as_str);
        list.any(|used| used.split(' ').next() == Some(name))
    };
    let name = |package: &toml::Value| package["name"].as_str().expect("text").to_owned();
    packages.filter(uses).map(name).collect()
}

/// A banned crate may be locked below those that the rule excuses (`wrappers`), and nowhere else.
#[test]
fn banned_crates_are_not_locked() {
    let rules = rules();
    let mut locks = workspace::locks();
    locks.retain(|path| !path.starts_with(CLIENTS));
    for path in locks {
        let locked = locked(&path);
        for rule in rules["bans"]["deny"].as_array().expect("a list") {
            let name = rule["crate"].as_str().expect("a name");
            if !locked.contains_key(name) {
                continue;
            }
            let excused = rule.get("wrappers").and_then(toml::Value::as_array);
            let excused = excused.into_iter().flatten().filter_map(toml::Value::as_str);
            let excused: Vec<&str> = excused.collect();
            let path_shown = path.display();
            assert!(!excused.is_empty(), "{path_shown}: {name} is banned and locked");
            for user in dependents(&path, name) {
                assert!(excused.contains(&&*user), "{path_shown}: {user} uses {name}");
            }
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
