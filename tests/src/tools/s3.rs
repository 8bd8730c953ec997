//! A server that keeps buckets: s3s-fs, of another maker, which checks signatures and digests as S3 does.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::{clients, install, step};
use crate::process::{Watchdog, drain};
use crate::workspace;

const READY_WITHIN: Duration = Duration::from_secs(60);

/// A server of buckets. Dropping it kills it.
#[derive(Debug)]
pub struct Buckets {
    child: Child,
    url: String,
}

impl Buckets {
    /// The key that opens all buckets.
    pub const KEY: &str = "AKIABUCKETS";
    /// Its secret.
    pub const SECRET: &str = "of-the/buckets";

    /// Starts one that keeps objects as files below `root`.
    ///
    /// # Errors
    /// If it ended instead, or took too long.
    pub fn start(root: &Path) -> Result<Self> {
        static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
        let program = PROGRAM.get_or_init(|| install_s3().expect("the server of buckets builds"));
        std::fs::create_dir_all(root)?;
        let mut child = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", "0"])
            .args(["--access-key", Self::KEY, "--secret-key", Self::SECRET])
            .arg(root)
            .env("RUST_LOG", "s3s_fs=info")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("start s3s-fs")?;
        let guard = Watchdog::over(&child, READY_WITHIN);
        let mut stdout = BufReader::new(child.stdout.take().context("stdout is a pipe")?);
        let mut line = String::new();
        let url = loop {
            line.clear();
            if stdout.read_line(&mut line)? == 0 {
                bail!("s3s-fs ended with {} instead of being ready", child.wait()?);
            }
            if let Some((_, url)) = line.split_once("server is running at ") {
                break url.trim().to_owned();
            }
        };
        if guard.has_bitten() {
            bail!("s3s-fs was not ready within {READY_WITHIN:?}");
        }
        drain(stdout);
        Ok(Self { child, url })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Buckets {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn install_s3() -> Result<PathBuf> {
    let folder = workspace::tools().join("s3");
    let lock = clients("s3").join("version.lock");
    install("a server of buckets", &folder, &lock, || {
        let pinned = std::fs::read_to_string(&lock)?;
        let (name, version) = pinned.trim().split_once(' ').context("a name and a version")?;
        let mut cargo = workspace::cargo();
        // A crate of those may come with a file that asks for another toolchain.
        let rustc = Path::new(cargo.get_program()).with_file_name("rustc");
        if rustc.exists() {
            cargo.env("RUSTC", rustc);
        }
        // Not optimised, and without what debuggers want: it keeps some objects. Its own lock pins what it is made of.
        cargo.env("CARGO_TARGET_DIR", workspace::target().join("s3"));
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
        cargo.args(["install", "--quiet", "--locked", "--debug", "--features", "binary"]);
        cargo.args([name, "--version", &format!("={version}"), "--root"]).arg(&folder);
        step(&mut cargo)
    })?;
    Ok(folder.join("bin/s3s-fs"))
}
