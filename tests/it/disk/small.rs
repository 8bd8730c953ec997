//! A small file system for one server, which nobody else sees and which is gone with it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Mounts a file system on a folder, named first, and becomes the program that follows.
const MOUNT: &str = r#"mount -t tmpfs -o "size=$1,mode=700" tmpfs "$0" && shift && exec "$@""#;

/// How a program is started on a file system of `bytes` that lies on `folder`; `None` if this machine does not
/// let us: whoever is not root needs namespaces of users.
pub(super) fn starter(folder: &Path, bytes: u64) -> Option<Vec<String>> {
    let namespaces: [&[&str]; 2] = [&["unshare", "-m"], &["unshare", "-r", "-m"]];
    namespaces.into_iter().find_map(|namespace| {
        let words = namespace.iter().copied().chain(["sh", "-c", MOUNT]).map(str::to_owned);
        let words: Vec<String> =
            words.chain([folder.display().to_string(), bytes.to_string()]).collect();
        let (program, args) = words.split_first()?;
        let mut tried = Command::new(program);
        let tried = tried.args(args).arg("true").stdout(Stdio::null()).stderr(Stdio::null());
        tried.status().is_ok_and(|status| status.success()).then_some(words)
    })
}

/// Where a path of a process lies for others.
pub(super) fn seen_from_outside(process: u32, path: &Path) -> PathBuf {
    Path::new("/proc").join(process.to_string()).join("root").join(path.strip_prefix("/").unwrap())
}
