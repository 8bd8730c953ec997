//! What tests inside this crate share.

use std::path::Path;

use cap_std::fs::Dir;
use stdx::DataDir;

/// A test's own temporary directory.
#[expect(clippy::disallowed_methods, reason = "a test opens its own temporary directory")]
pub(crate) fn data_dir(path: &Path) -> DataDir {
    let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority()).expect("it was just made");
    DataDir::new(dir, path)
}
