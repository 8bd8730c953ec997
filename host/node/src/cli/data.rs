//! Data directories that were named on the command line: what is opened must be one.

use std::path::Path;

use stdx::DataDir;

use crate::backup::MANIFEST;
use crate::refusal::Refusal;
use crate::wiring;

/// Opens a directory that is there and is no backup.
///
/// # Errors
/// A refusal that says what it is.
pub(super) fn open(path: &Path) -> Result<DataDir, Refusal> {
    let dir = wiring::open_dir(path).map_err(|error| {
        let refusal = Refusal::failed(format!("cannot open data directory `{}`", path.display()));
        refusal.because(error).hint("name it with --data")
    })?;
    check_no_backup(&dir, path)?;
    Ok(dir)
}

/// Opens a directory that holds a store, or the mark of one that is lost: opening one where there is neither would make
/// it.
///
/// # Errors
/// A refusal that says what it is.
pub(super) fn open_store(path: &Path) -> Result<DataDir, Refusal> {
    let dir = open(path)?;
    if holds_store(&dir) {
        return Ok(dir);
    }
    let shown = path.display();
    Err(Refusal::usage(format!("`{shown}` is no data directory: it holds no store"))
        .hint("name the server's with --data"))
}

/// Whether a directory holds a store, or the mark of one that is lost.
pub(super) fn holds_store(dir: &DataDir) -> bool {
    dir.exists("shardmill.db") || dir.exists("shardmill.mark")
}

/// Whoever opens the store of a backup changes it, and it is whole no more.
///
/// # Errors
/// A refusal that says what to do with a backup.
pub(super) fn check_no_backup(dir: &DataDir, path: &Path) -> Result<(), Refusal> {
    if !dir.exists(MANIFEST) {
        return Ok(());
    }
    let shown = path.display();
    Err(Refusal::failed(format!("`{shown}` is a backup, and would be one no more")).hint(format!(
        "`shardmill restore {shown} --data DIR` makes a data directory of it, `shardmill backup verify {shown}` checks it"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::{self, Code};

    #[test]
    fn neither_an_empty_directory_nor_a_backup_is_a_store() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path();
        let refused = || open_store(path).unwrap_err().to_string();
        assert!(refused().ends_with("it holds no store"), "{}", refused());
        assert_eq!(refusal::code(&open_store(path).unwrap_err().into()), Code::Usage);
        let dir = open(path).unwrap();
        assert!(dir.names().unwrap().is_empty(), "nothing was made");
        dir.replace("shardmill.db", b"", 0o600).unwrap();
        open_store(path).unwrap();
        dir.replace(MANIFEST, b"", 0o600).unwrap();
        assert!(refused().ends_with("is a backup, and would be one no more"), "{}", refused());
        open(path).unwrap_err();
        assert!(open(&path.join("absent")).unwrap_err().to_string().starts_with("cannot open"));
    }
}
