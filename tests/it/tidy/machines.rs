//! The project tells nothing of the machines that it was made on, and locks name no place to load from.

use std::collections::BTreeSet;

use e2e::workspace;

/// Where somebody's checkout, home or temporary folder was.
const PLACES: [&str; 5] = [
    concat!("/wo", "rk/"),
    concat!("/tmp/", "wt"),
    concat!("/tmp/", "work"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
];

/// Settings that name a registry.
const REGISTRIES: [&str; 5] = [
    concat!("--index", "-url"),
    concat!("--extra-index", "-url"),
    concat!("replace", "-with"),
    concat!("\"resol", "ved\":"),
    concat!("regis", "try="),
];

#[test]
fn no_file_names_a_machine() {
    for path in workspace::files() {
        let Some(text) = workspace::text(&path) else {
            continue;
        };
        for (at, line) in text.lines().enumerate() {
            let found = PLACES.iter().chain(&REGISTRIES).find(|word| line.contains(**word));
            assert!(found.is_none(), "{}:{}: {found:?}", path.display(), at + 1);
        }
    }
}

#[test]
fn crates_come_from_one_registry() {
    let locks = workspace::locks();
    let beside = workspace::GUEST_WORKSPACES.len() + workspace::TEST_WORKSPACES.len();
    assert!(locks.len() > beside, "only {locks:?} are locked");
    for path in locks {
        let lock = workspace::text(&path).expect("a lock is text");
        let sources: BTreeSet<&str> =
            lock.lines().filter_map(|line| line.strip_prefix("source = ")).collect();
        let path = path.display();
        assert_eq!(sources.len(), 1, "{path}: crates come from several places: {sources:?}");
        assert!(
            sources.iter().all(|source| source.starts_with("\"registry+")),
            "{path}: {sources:?}"
        );
    }
}
