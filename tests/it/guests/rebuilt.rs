//! What `guests/build.sh` makes of the sources, by whichever compiler there is.

use std::time::{Duration, Instant};

use e2e::{progress, run, shardmill, workspace};

use super::{Guest, check, does_what_it_should};

/// A cold run unpacks a compiler and builds the standard library on few cores.
const BUILDS_WITHIN: Duration = Duration::from_secs(1800);

/// The script's own code for a machine that has no compiler for guests.
const NO_COMPILER: i32 = 3;

/// The script compares: bytes if the compiler is the recipe's, else the shape.
#[test]
fn sources_give_what_is_committed() {
    let start = Instant::now();
    progress("building the guests (guests/build.sh --check)");
    let mut build = workspace::script("guests/build.sh");
    build.arg("--check").env("SHARDMILL", shardmill());
    let ended = run(&mut build, b"", BUILDS_WITHIN).unwrap();
    if ended.code == Some(NO_COMPILER) && std::env::var_os("CI").is_none() {
        return progress(format!("the guests are not built again: {}", ended.stderr));
    }
    let ended = ended.success("guests/build.sh --check").unwrap();
    progress(format!("the guests are built ({:.1} s)", start.elapsed().as_secs_f64()));
    for guest in Guest::all() {
        let out = workspace::tools().join("guests/out").join(guest.folder_name());
        let component = out.join(format!("{}.wasm", guest.name));
        let (rebuilt, recipe) = (check(&component), guest.recipe());
        for key in ["world", "imports", "exports"] {
            assert_eq!(rebuilt[key], recipe["check"][key], "{}: {key}", guest.folder_name());
        }
        assert!(ended.stderr.contains(&format!("{}: ", guest.folder_name())), "{}", ended.stderr);
        does_what_it_should(&guest, &component);
    }
}
