//! Times at which the function wants to be called for a partition key.

use super::Problem;

/// The time of day when the call began, in milliseconds since the Unix epoch.
pub fn now() -> u64 {
    #[cfg(all(target_family = "wasm", feature = "consumer"))]
    return crate::abi::now();
    #[cfg(not(target_family = "wasm"))]
    return crate::testing::NOW_MS;
    #[cfg(all(target_family = "wasm", not(feature = "consumer")))]
    unreachable!("timers are for consumers");
}

/// Sets the timer `name` of a key to be due at `due_ms`, in milliseconds since the Unix epoch; it replaces the one of
/// that name. One in the past is due at once.
///
/// # Errors
/// As [`super::state::put`].
pub fn set(key: &str, name: &str, due_ms: u64) -> Result<(), Problem> {
    set_many(&[(key, name, Some(due_ms))])
}

/// Takes the timer `name` of a key away, if there is one.
///
/// # Errors
/// As [`super::state::put`].
pub fn cancel(key: &str, name: &str) -> Result<(), Problem> {
    set_many(&[(key, name, None)])
}

/// Sets or takes away timers (key, name and when it is due), all or none: at most 10,000 at once.
///
/// # Errors
/// As [`super::state::put`].
pub fn set_many(timers: &[(&str, &str, Option<u64>)]) -> Result<(), Problem> {
    #[cfg(all(target_family = "wasm", feature = "consumer"))]
    return crate::abi::set_timers(timers);
    #[cfg(not(target_family = "wasm"))]
    return crate::testing::set_timers(timers);
    #[cfg(all(target_family = "wasm", not(feature = "consumer")))]
    unreachable!("timers are for consumers, not for {timers:?}");
}
