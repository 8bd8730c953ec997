//! Tools of other languages: real SDKs at locked versions, in a folder that git ignores.
//!
//! Installed once; the lock's text is kept beside what was installed from it, so another lock installs
//! anew. A file lock keeps two test runs from installing at once.

mod go;
mod java;
mod rust;
mod s3;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::process::{Ended, run};
use crate::program::clear_aws;
use crate::{progress, workspace};

pub use go::go;
pub use java::java;
pub use rust::rust;
pub use s3::Buckets;

const INSTALLS_WITHIN: Duration = Duration::from_secs(600);
const RUNS_WITHIN: Duration = Duration::from_secs(300);

/// Runs a script of `tests/clients/python` with boto3 at hand.
///
/// # Errors
/// All that the script said, if it failed.
pub fn python(script: &str, env: &[(&str, &str)]) -> Result<Ended> {
    static VENV: OnceLock<PathBuf> = OnceLock::new();
    let venv = VENV.get_or_init(|| install_venv("boto3", "python").expect("boto3 is installed"));
    let path = clients("python").join(script);
    let mut command = Command::new(venv.join("bin/python"));
    command.arg("-B").arg(path);
    finish(command, script, env)
}

/// Runs the AWS CLI with these words.
///
/// # Errors
/// All that it said, if it failed.
pub fn aws(words: &[&str], env: &[(&str, &str)]) -> Result<Ended> {
    static VENV: OnceLock<PathBuf> = OnceLock::new();
    let venv =
        VENV.get_or_init(|| install_venv("the AWS CLI", "cli").expect("the AWS CLI is installed"));
    let mut command = Command::new(venv.join("bin/python"));
    command.args(["-B", "-m", "awscli"]).args(words);
    finish(command, &format!("aws {}", words.join(" ")), env)
}

/// Runs a script of `tests/clients/javascript` with the SDK for JavaScript at hand.
///
/// # Errors
/// All that the script said, if it failed.
pub fn javascript(script: &str, env: &[(&str, &str)]) -> Result<Ended> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| install_javascript().expect("the SDK is installed"));
    let mut command = Command::new("node");
    command.arg(folder.join(script));
    finish(command, script, env)
}

fn finish(mut command: Command, script: &str, env: &[(&str, &str)]) -> Result<Ended> {
    clear_aws(&mut command);
    // No settings of whoever runs the tests.
    command.env("AWS_CONFIG_FILE", "/dev/null");
    command.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.envs(env.iter().copied());
    run(&mut command, b"", RUNS_WITHIN)?.success(script)
}

fn clients(language: &str) -> PathBuf {
    workspace::root().join("tests/clients").join(language)
}

/// An environment of Python with what `tests/clients/<folder>/requirements.lock` pins.
fn install_venv(what: &str, folder: &str) -> Result<PathBuf> {
    let venv = workspace::tools().join(folder);
    let lock = clients(folder).join("requirements.lock");
    install(what, &venv, &lock, || {
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(&venv);
        step(&mut make)?;
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip.args(["--require-hashes", "--no-deps", "-r"]).arg(&lock);
        step(&mut pip)
    })?;
    Ok(venv)
}

fn install_javascript() -> Result<PathBuf> {
    let folder = workspace::tools().join("javascript");
    let source = clients("javascript");
    let lock = source.join("package-lock.json");
    install("the SDK for JavaScript", &folder, &lock, || {
        fs::create_dir_all(&folder)?;
        for name in ["package.json", "package-lock.json"] {
            fs::copy(source.join(name), folder.join(name))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
        step(npm.current_dir(&folder))
    })?;
    // Modules are looked for beside the script that wants them.
    for entry in fs::read_dir(&source)? {
        let path = entry?.path();
        let is_script = path.extension().is_some_and(|extension| extension == "mjs");
        if let Some(name) = path.file_name().filter(|_| is_script) {
            fs::copy(&path, folder.join(name))?;
        }
    }
    Ok(folder)
}

/// Installs into `folder` unless it was installed from this `lock` before.
fn install(
    what: &str,
    folder: &Path,
    lock: &Path,
    work: impl FnOnce() -> Result<()>,
) -> Result<()> {
    fs::create_dir_all(workspace::tools())?;
    let gate = File::create(workspace::tools().join("lock"))?;
    gate.lock().context("wait for another installation")?;
    let mark = folder.join("installed.lock");
    let wanted = fs::read(lock)?;
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let start = Instant::now();
    progress(format!("installing {what} into {}", folder.display()));
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    work().with_context(|| format!("install {what}"))?;
    fs::write(mark, wanted)?;
    progress(format!("{what} is installed ({:.1} s)", start.elapsed().as_secs_f64()));
    Ok(())
}

/// `<lib>/python3.N/<path>`, whatever N is.
fn only_match(lib: &Path, path: &str) -> Result<PathBuf> {
    for entry in fs::read_dir(lib)? {
        let found = entry?.path().join(path);
        if found.exists() {
            return Ok(found);
        }
    }
    bail!("{}/python3.*/{path} is missing", lib.display())
}

fn step(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    run(command, b"", INSTALLS_WITHIN)?.success(&shown)?;
    Ok(())
}
