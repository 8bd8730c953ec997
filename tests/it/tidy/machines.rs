//! The project tells nothing of the machines that it was made on, and locks name no place to load from.

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
fn crates_come_from_the_public_registry() {
    const PUBLIC: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let lock = workspace::text("Cargo.lock").expect("Cargo.lock is there");
    let mut sources = lock.lines().filter(|line| line.starts_with("source = "));
    assert!(sources.all(|line| line == PUBLIC), "a crate comes from somewhere else");
}
