//! The only place that reaches for the machine's file system: what the user named, and nothing else.

use std::io::{self, Read};
use std::path::Path;

use cap_std::AmbientAuthority;
use cap_std::fs::{Dir, DirBuilder, File};
use stdx::DataDir;

use crate::refusal::Refusal;

/// The file system as a whole: for what the user names on the command line, nothing else.
#[expect(clippy::disallowed_methods, reason = "the one place that the lint names")]
fn authority() -> AmbientAuthority {
    cap_std::ambient_authority()
}

/// Opens a directory that must be there.
///
/// # Errors
/// If it is not, or may not be opened.
pub(crate) fn open_dir(path: &Path) -> io::Result<DataDir> {
    Dir::open_ambient_dir(path, authority()).map(|dir| DataDir::new(dir, path))
}

/// Opens a directory, which is made for this user only if its parent is there.
///
/// # Errors
/// A refusal that says which part is missing or forbidden.
pub(crate) fn open_or_make_dir(path: &Path) -> Result<DataDir, Refusal> {
    let shown = path.display();
    match open_dir(path) {
        Ok(dir) => {
            // An earlier run may have ended between making it and making its name durable. Where somebody
            // else made it, the parent may be none that this user can open, and nothing of ours is at stake.
            if dir.names().is_ok_and(|names| names.is_empty()) {
                let _ = open_dir(parent(path)).and_then(|parent| parent.sync());
            }
            Ok(dir)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_dir(path),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(Refusal::failed(format!("`{shown}` is not a directory"))
                .hint("name another one with --data"))
        }
        Err(error) => Err(unusable(path, error)),
    }
}

fn make_dir(path: &Path) -> Result<DataDir, Refusal> {
    let parent = parent(path);
    let dir = Dir::open_ambient_dir(parent, authority()).map_err(|error| {
        let shown = parent.display();
        if error.kind() == io::ErrorKind::NotFound {
            Refusal::failed(format!("directory `{shown}` does not exist"))
                .hint(format!("make it first: mkdir -p {shown}"))
        } else {
            unusable(parent, error)
        }
    })?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    // What is acknowledged out of it later can be found only by its name.
    dir.create_dir_with(name, &private())
        .and_then(|()| DataDir::new(dir, parent).sync())
        .and_then(|()| open_dir(path))
        .map_err(|error| unusable(path, error))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    }
}

#[cfg(unix)]
fn private() -> DirBuilder {
    use cap_std::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private() -> DirBuilder {
    DirBuilder::new()
}

/// A refusal for a directory that cannot be used.
pub(crate) fn unusable(path: &Path, error: io::Error) -> Refusal {
    let refusal = Refusal::failed(format!("cannot use directory `{}`", path.display()));
    let refusal = if error.kind() == io::ErrorKind::PermissionDenied {
        refusal.hint("it must be readable and writable for the user that runs shardmill")
    } else {
        refusal
    };
    refusal.because(error)
}

/// Opens a file that the user named, for reading.
///
/// # Errors
/// If it is not there or may not be read.
pub(crate) fn open_file(path: &Path) -> io::Result<std::fs::File> {
    File::open_ambient(path, authority()).map(File::into_std)
}

/// Reads a whole file that the user named.
///
/// # Errors
/// As [`open_file`].
pub(crate) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_file(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a whole file that the user named, or leaves what is there as it was.
///
/// # Errors
/// A refusal that names the folder that is missing or forbidden.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    let cannot = || Refusal::failed(format!("cannot write `{}`", path.display()));
    let Some(name) = path.file_name() else {
        return Err(cannot().hint("name a file, not a folder"));
    };
    let parent = parent(path);
    let name = name.to_str().ok_or_else(|| cannot().hint("use a name that is UTF-8"))?;
    let dir = open_dir(parent).map_err(|error| {
        let shown = parent.display();
        if error.kind() == io::ErrorKind::NotFound {
            cannot().because(error).hint(format!("make the folder first: mkdir -p {shown}"))
        } else {
            cannot().because(error)
        }
    })?;
    // A device would be replaced, and whoever writes as root would lose it.
    let is_other = Dir::open_ambient_dir(parent, authority())
        .and_then(|dir| dir.symlink_metadata(name))
        .is_ok_and(|metadata| !metadata.is_file());
    if is_other {
        return Err(cannot().hint("name a plain file"));
    }
    dir.replace(name, bytes, 0o644).map_err(|error| cannot().because(error))
}

/// What must not be allowed to others for a key that the operator named: a group may read it, as with services that share
/// a certificate; nobody but the owner changes it.
#[cfg(unix)]
const NAMED_KEY_OTHERS: u32 = 0o027;
/// The same for a key in the data directory. Of what its group may do a volume decides at times (`fsGroup` of Kubernetes
/// lets it read and write all that is there).
const OWN_KEY_OTHERS: u32 = 0o007;

/// Whether a key in the data directory is open to others than its owner and a group. `mode` is none where there are none.
pub(crate) fn is_own_key_open(mode: Option<u32>) -> bool {
    mode.is_some_and(|mode| mode & OWN_KEY_OTHERS != 0)
}

/// Whether a key that the operator named is kept from others.
///
/// # Errors
/// A refusal that says how to close it.
#[cfg(unix)]
pub(crate) fn check_private(path: &Path, file: &std::fs::File) -> Result<(), Refusal> {
    use std::os::unix::fs::PermissionsExt;
    let shown = path.display();
    let metadata = file.metadata();
    let metadata = metadata
        .map_err(|error| Refusal::usage(format!("cannot read key `{shown}`")).because(error))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & NAMED_KEY_OTHERS == 0 {
        return Ok(());
    }
    let message = format!("key `{shown}` is open to other users (mode {mode:04o})");
    Err(Refusal::usage(message).hint(format!(
        "keep it for yourself: chmod 600 {shown}; a secret of Kubernetes has `defaultMode: 0400`"
    )))
}

#[cfg(not(unix))]
pub(crate) fn check_private(_path: &Path, _file: &std::fs::File) -> Result<(), Refusal> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_made_if_its_parent_is_there() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("data");
        open_or_make_dir(&path).unwrap();
        open_or_make_dir(&path).unwrap();
        let refusal = open_or_make_dir(&temp.path().join("a/b")).unwrap_err();
        assert!(refusal.to_string().ends_with("/a` does not exist"), "{refusal}");
    }

    #[test]
    fn a_file_is_written_into_a_folder_that_is_there() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("file");
        write_file(&path, b"one").unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(read_file(&path).unwrap(), b"two");
        let refusal = write_file(&temp.path().join("a/b"), b"").unwrap_err();
        assert!(refusal.to_string().starts_with("cannot write `"), "{refusal}");
        for not_a_file in [Path::new("/"), Path::new("/dev/null"), temp.path()] {
            assert!(write_file(not_a_file, b"").is_err(), "{}", not_a_file.display());
        }
    }

    #[test]
    fn a_file_is_no_directory() {
        let temp = tempfile::tempdir().unwrap();
        open_dir(temp.path()).unwrap().replace("file", b"", 0o600).unwrap();
        let refusal = open_or_make_dir(&temp.path().join("file")).unwrap_err();
        assert!(refusal.to_string().ends_with("is not a directory"), "{refusal}");
    }
}
