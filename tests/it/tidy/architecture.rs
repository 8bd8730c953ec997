//! The map names every crate, so that it cannot be forgotten when one is added.

use std::collections::BTreeSet;

use e2e::workspace;

/// The crates of the host.
fn crates() -> BTreeSet<String> {
    let manifests = workspace::files().into_iter().filter_map(|path| {
        let inside = path.strip_prefix("host").ok()?.to_str()?.to_owned();
        inside.strip_suffix("/Cargo.toml").map(str::to_owned)
    });
    manifests.collect()
}

#[test]
fn the_map_names_every_crate() {
    let map = workspace::text("host/ARCHITECTURE.md").expect("host/ARCHITECTURE.md is there");
    for name in crates() {
        assert!(map.contains(&format!("`{name}`")), "host/ARCHITECTURE.md does not name `{name}`");
    }
}
