//! Lines for whoever watches a long run, and seeds for whoever repeats it.

use std::env;
use std::fmt::Display;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells at once, past the test runner's capture, what takes long.
pub fn progress(text: impl Display) {
    // A test does not fail because nobody listens.
    let _ = writeln!(std::io::stderr(), "   e2e: {text}");
}

/// The seed of a random test: `SHARDMILL_SEED` if it is set, otherwise a new one. Printed, so that a failure
/// can be repeated.
pub fn seed(test: &str) -> u64 {
    let given = env::var("SHARDMILL_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::from(now.subsec_nanos()) ^ now.as_secs()
    });
    progress(format!("{test}: SHARDMILL_SEED={seed}"));
    seed
}
