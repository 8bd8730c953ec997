//! Processes that end in time, or are made to.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// How a process ended, and all that it said.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ended {
    /// Itself, if the exit code was 0.
    ///
    /// # Errors
    /// All that the process said.
    pub fn success(self, what: &str) -> Result<Self> {
        if self.code == Some(0) {
            return Ok(self);
        }
        let Self { code, stdout, stderr } = self;
        bail!("{what} ended with {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// Runs `command` to its end, feeding it `input`; it is killed when `deadline` has passed.
///
/// # Errors
/// If it cannot be started or was killed.
pub fn run(command: &mut Command, input: &[u8], deadline: Duration) -> Result<Ended> {
    let shown = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {shown}"))?;
    let guard = Watchdog::over(&child, deadline);
    let mut stdin = child.stdin.take().context("stdin is a pipe")?;
    let input = input.to_owned();
    // A process that does not read its input to the end is no failure.
    let feeder = thread::spawn(move || std::io::Write::write_all(&mut stdin, &input).is_ok());
    let output = child.wait_with_output()?;
    let _ = feeder.join();
    let ended = Ended::from(output);
    if guard.has_bitten() {
        bail!(
            "{shown} was killed after {deadline:?}\n--- stdout\n{}\n--- stderr\n{}",
            ended.stdout,
            ended.stderr
        );
    }
    Ok(ended)
}

/// Waits for `child`, which is killed when `deadline` has passed.
pub(crate) fn wait(child: &mut Child, deadline: Duration) -> Result<ExitStatus> {
    let guard = Watchdog::over(child, deadline);
    let status = child.wait()?;
    if guard.has_bitten() {
        bail!("process did not end within {deadline:?} and was killed");
    }
    Ok(status)
}

/// Sends a signal by name: `TERM`, `KILL`, `STOP`.
pub(crate) fn signal(pid: u32, name: &str) {
    // The shell's own kill: no binary of that name is needed. It fails if the process is gone, which is fine.
    let command = format!("kill -{name} {pid}");
    let _ = Command::new("sh").args(["-c", &command]).stderr(Stdio::null()).status();
}

/// Kills a process that outlives its deadline. Ask it, after the process was waited for, whether it did.
pub(crate) struct Watchdog {
    off: SyncSender<()>,
    thread: JoinHandle<bool>,
}

impl Watchdog {
    pub(crate) fn over(child: &Child, deadline: Duration) -> Self {
        let pid = child.id();
        let (off, on) = sync_channel(1);
        let thread = thread::spawn(move || {
            let is_late = on.recv_timeout(deadline) == Err(RecvTimeoutError::Timeout);
            if is_late {
                signal(pid, "KILL");
            }
            is_late
        });
        Self { off, thread }
    }

    pub(crate) fn has_bitten(self) -> bool {
        // The thread may be gone already: then it has bitten.
        let _ = self.off.send(());
        self.thread.join().unwrap_or(true)
    }
}

/// Reads a pipe to its end on a thread of its own, so that the process never waits for us.
pub(crate) fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe breaks when the process is killed; what came before counts.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
