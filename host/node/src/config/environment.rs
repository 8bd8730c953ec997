//! The one place where the environment is read: secrets and paths, nothing else.

use std::path::PathBuf;

/// The variable `name`; an empty one counts as absent.
#[expect(clippy::disallowed_methods, reason = "the environment is read in this file only")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The user's home directory.
pub(crate) fn home() -> Option<PathBuf> {
    variable("HOME").map(PathBuf::from)
}
