//! One run of `shardmill` that ends by itself.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::process::{Ended, run};
use crate::shardmill;

/// A command line of `shardmill`, in an environment without anything of AWS's.
#[derive(Debug)]
pub struct Program {
    command: Command,
    input: Vec<u8>,
}

impl Program {
    /// `shardmill <args>`.
    pub fn new<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(shardmill());
        command.args(args);
        clear_aws(&mut command);
        Self { command, input: Vec::new() }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub fn within(mut self, folder: impl Into<PathBuf>) -> Self {
        self.command.current_dir(folder.into());
        self
    }

    /// What it reads from stdin.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// If it takes longer than two minutes.
    pub fn run(self) -> Result<Ended> {
        self.run_for(Duration::from_secs(120))
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// If it takes longer than this.
    pub fn run_for(mut self, most: Duration) -> Result<Ended> {
        run(&mut self.command, &self.input, most)
    }
}

/// Removes what would tell a client of AWS where to go and as whom.
pub(crate) fn clear_aws(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
}
