//! A directory that appears under its name only once it is whole.

use std::io;
use std::path::{Path, PathBuf};

use stdx::DataDir;

use super::{open_dir, unusable};
use crate::refusal::Refusal;

/// Names that are tried: nobody leaves so many.
const NAMES_MAX: u32 = 1000;

/// A directory being filled, under a temporary name beside the one it will have. Dropping it removes it.
pub(crate) struct Partial {
    parent: DataDir,
    /// What it is called until it is whole.
    partial: String,
    name: String,
    path: PathBuf,
    dir: DataDir,
}

impl Partial {
    /// Begins to fill what will be at `path`: nothing may be there yet but an empty directory.
    ///
    /// # Errors
    /// A refusal that says what is in the way.
    pub(crate) fn begin(path: &Path) -> Result<Self, Refusal> {
        let absolute = std::path::absolute(path).map_err(|error| unusable(path, error))?;
        let shown = path.display();
        let name = absolute.file_name().and_then(|name| name.to_str());
        let (Some(parent), Some(name)) = (absolute.parent(), name) else {
            return Err(Refusal::usage(format!("`{shown}` cannot be made"))
                .hint("name a directory that does not exist yet, in UTF-8"));
        };
        check_free(path)?;
        let parent = open_dir(parent).map_err(|error| {
            let refusal = unusable(parent, error);
            refusal.hint(format!("make it first: mkdir -p {}", parent.display()))
        })?;
        let (partial, dir) = make(&parent, name).map_err(|error| unusable(parent.path(), error))?;
        Ok(Self { parent, partial, name: name.to_owned(), path: path.to_owned(), dir })
    }

    /// The directory.
    pub(crate) fn dir(&self) -> &DataDir {
        &self.dir
    }

    /// Gives it its name, durably.
    ///
    /// # Errors
    /// If something took the name meanwhile.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        let renamed = self.dir.sync().and_then(|()| self.parent.rename(&self.partial, &self.name));
        renamed.map_err(|error| unusable(&self.path, error))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already if it was finished; what stays otherwise has a name that says what it is.
        let _ = self.parent.remove_subdir(&self.partial);
    }
}

/// Makes a directory under the next name that is free: what an earlier run could not remove is in nobody's way, also
/// where all processes have one number, as in containers.
fn make(parent: &DataDir, name: &str) -> io::Result<(String, DataDir)> {
    let process = std::process::id();
    let mut partial = format!(".{name}.{process}.partial");
    for next in 1..NAMES_MAX {
        match parent.make_subdir(&partial) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                partial = format!(".{name}.{process}-{next}.partial");
            }
            made => return made.map(|dir| (partial, dir)),
        }
    }
    let dir = parent.make_subdir(&partial)?;
    Ok((partial, dir))
}

fn check_free(path: &Path) -> Result<(), Refusal> {
    let shown = path.display();
    match open_dir(path).and_then(|dir| dir.names()) {
        Ok(names) if names.is_empty() => Ok(()),
        Ok(_) => Err(Refusal::failed(format!("`{shown}` is not empty"))
            .hint("name a directory that does not exist yet, or an empty one")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Refusal::failed(format!("`{shown}` is there and is not a directory"))
                .hint("name a directory that does not exist yet, or an empty one"))
        }
        Err(error) => Err(unusable(path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appears_when_it_is_whole_and_leaves_nothing_otherwise() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("whole");
        let listed = || open_dir(temp.path()).unwrap().names().unwrap();
        drop(Partial::begin(&path).unwrap());
        assert!(listed().is_empty());
        let partial = Partial::begin(&path).unwrap();
        partial.dir().replace("a", b"x", 0o600).unwrap();
        assert!(!path.exists());
        partial.finish().unwrap();
        assert_eq!(listed(), ["whole"]);
        assert!(path.join("a").exists());
        let refusal = Partial::begin(&path).err().unwrap();
        assert!(refusal.to_string().ends_with("is not empty"), "{refusal}");
        let refusal = Partial::begin(&path.join("a")).err().unwrap();
        assert!(refusal.to_string().ends_with("is not a directory"), "{refusal}");
        assert!(Partial::begin(&temp.path().join("absent/dir")).is_err());
        assert_eq!(listed(), ["whole"]);
    }

    #[test]
    fn what_an_earlier_run_left_is_in_nobodys_way() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("whole");
        let listed = || open_dir(temp.path()).unwrap().names().unwrap().len();
        let first = Partial::begin(&path).unwrap();
        let second = Partial::begin(&path).unwrap();
        let third = Partial::begin(&path).unwrap();
        assert_eq!(listed(), 3);
        drop(second);
        third.finish().unwrap();
        drop(first);
        assert_eq!(listed(), 1);
    }

    #[test]
    fn an_empty_directory_is_taken() {
        let temp = tempfile::tempdir().unwrap();
        let partial = Partial::begin(temp.path()).unwrap();
        partial.dir().replace("a", b"x", 0o600).unwrap();
        partial.finish().unwrap();
        assert!(temp.path().join("a").exists());
    }
}
