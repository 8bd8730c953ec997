//! The interpreters of functions in source code, as `guests/interpreters/build.sh` makes them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::{progress, run, shardmill, workspace};

/// A cold run installs tools and compiles an engine on few cores.
const BUILDS_WITHIN: Duration = Duration::from_secs(1200);

/// The folder with the interpreters. They are built once, and again when their sources have changed.
///
/// # Panics
/// If they cannot be built.
pub fn interpreters() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = workspace::tools().join("interpreters");
        let start = Instant::now();
        let mut build = workspace::script("guests/interpreters/build.sh");
        build.arg("--into").arg(&folder).env("SHARDMILL", shardmill());
        let ended = run(&mut build, b"", BUILDS_WITHIN).expect("the script can be started");
        ended.success("guests/interpreters/build.sh").expect("the interpreters are built");
        progress(format!("the interpreters are built ({:.1} s)", start.elapsed().as_secs_f64()));
        folder
    })
}
