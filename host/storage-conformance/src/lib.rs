//! The promises of a store, one file each, as tests that every implementation runs.
//!
//! A crate of its own, so that `storage` is compiled alike for the program and for tests.
//!
//! A promise knows the traits and nothing of who keeps them, so what passes here may stand in for any other
//! store. Not promised, and so not assumed: that trimmed frames go at once, that versions have no gaps, that
//! each commit has frames of its own. What happens when the machine fails is left to each store's own tests.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that does not hold")]

pub mod acknowledged_is_read;
pub mod arrivals_never_fall;
pub mod blobs;
pub mod commit_id_happens_once;
pub mod commit_is_all_or_nothing;
pub mod compressed_frames;
pub mod ended_logs_take_no_more;
pub mod facts_scan;
pub mod fences_and_expectations;
pub mod ids_never_repeat;
mod kit;
pub mod large_records;
pub mod logs_are_made_and_deleted;
pub mod model;
pub mod numbering;
pub mod order;
pub mod read_limits;
pub mod reading_is_repeatable;
pub mod reopen_keeps_everything;
pub mod reopen_raises_the_term;
pub mod sealed_frames;
pub mod seek_by_arrival;
pub mod trim;
pub mod watch_wakes;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use storage::Store;

/// How an implementation lets itself be tested.
#[async_trait]
pub trait Harness: Send + Sync {
    /// Opens a new, empty store. Those that were opened before are not used any more.
    async fn open(&self) -> Arc<dyn Store>;

    /// Closes `store`, which nothing else holds, and opens its data again.
    async fn reopen(&self, store: Arc<dyn Store>) -> Arc<dyn Store>;
}

/// Runs a promise's check on a runtime of its own; one that hangs has failed.
///
/// # Panics
/// If the check does, or is not done after some minutes.
pub fn run(check: impl Future<Output = ()>) {
    const PATIENCE: Duration = Duration::from_secs(180);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime
        .block_on(async { tokio::time::timeout(PATIENCE, check).await })
        .expect("a check is done within minutes");
}

/// Expands to one test for each promise, run against the [`Harness`] that the expression makes.
#[macro_export]
macro_rules! conformance {
    ($harness:expr) => {
        $crate::conformance!(@each $harness;
            acknowledged_is_read,
            arrivals_never_fall,
            blobs,
            commit_id_happens_once,
            commit_is_all_or_nothing,
            compressed_frames,
            ended_logs_take_no_more,
            facts_scan,
            fences_and_expectations,
            ids_never_repeat,
            large_records,
            logs_are_made_and_deleted,
            numbering,
            order,
            read_limits,
            reading_is_repeatable,
            reopen_keeps_everything,
            reopen_raises_the_term,
            sealed_frames,
            seek_by_arrival,
            trim,
            watch_wakes,
        );

        // Draws its cases itself, each of which runs on its own.
        #[test]
        fn model() {
            $crate::model::check(&$harness);
        }
    };
    (@each $harness:expr; $($promise:ident,)*) => {
        $(
            #[test]
            fn $promise() {
                $crate::run($crate::$promise::check(&$harness));
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_promise_is_run() {
        let source = include_str!("lib.rs");
        let (before, after) = source.split_once("macro_rules!").unwrap();
        let promises =
            before.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        for promise in promises {
            let listed = after.lines().any(|line| line.trim() == format!("{promise},"));
            let called = after.contains(&format!("::{promise}::check("));
            assert!(listed || called, "{promise} is not in the macro");
        }
    }
}
