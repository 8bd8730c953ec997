//! The server under test: a process of its own, so that its processor time and the load generator's can be
//! told apart.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::machine::Proc;
use crate::client::{Client, Credentials, Endpoint, Seams};
use crate::refusal::Refusal;

/// How long a start may take.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A server that is killed, and whose directory is removed, when this is dropped.
pub(super) struct Server {
    child: Child,
    endpoint: Endpoint,
    proc: Proc,
    /// From spawning to the ready line.
    pub(super) started_in: Duration,
}

/// A directory on the disk under test.
pub(super) fn temporary(parent: Option<&Path>) -> anyhow::Result<TempDir> {
    let parent = parent.map_or_else(std::env::temp_dir, PathBuf::from);
    tempfile::Builder::new()
        .prefix("shardmill-bench-")
        .tempdir_in(&parent)
        .with_context(|| format!("cannot make a directory in `{}`", parent.display()))
}

impl Server {
    /// Starts this very program as a server on `dir` and a free port, without limits.
    pub(super) async fn start(dir: &Path, seams: &Seams, proc: &Proc) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot tell this program's path")?;
        let start = seams.clock.monotonic();
        let mut child = Command::new(program)
            .args(["serve", "--dev", "--no-limits", "--listen", "127.0.0.1:0"])
            .args(["--log-filter", "warn", "--data"])
            .arg(dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start the server")?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(READY_WITHIN, lines.next_line())
            .await
            .context("the server is not ready in time")??;
        let started_in = seams.clock.monotonic() - start;
        let Some(endpoint) = line.as_deref().and_then(endpoint_of) else {
            return Err(failed(child).await.into());
        };
        Ok(Self { child, endpoint: endpoint.parse()?, proc: proc.clone(), started_in })
    }

    /// A client of it.
    pub(super) fn client(&self, seams: &Seams) -> Client {
        self.clients(seams)()
    }

    /// Makes a client of it where that is needed.
    pub(super) fn clients(&self, seams: &Seams) -> impl FnOnce() -> Client + Send + 'static {
        let (endpoint, seams) = (self.endpoint.clone(), seams.clone());
        move || Client::new(endpoint, Credentials::development(), "us-east-1", &seams)
    }

    /// Processor time that it has used, in seconds.
    pub(super) fn cpu_seconds(&self) -> f64 {
        self.proc.cpu_seconds(self.child.id())
    }

    /// Memory that it holds now, in MiB.
    pub(super) fn resident_mib(&self) -> f64 {
        self.proc.resident_mib(self.child.id())
    }

    /// Ends it at once; nothing of it is needed any more.
    pub(super) async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("cannot end the server")
    }
}

fn endpoint_of(ready_line: &str) -> Option<&str> {
    let rest = ready_line.strip_prefix("shardmill is ready on ")?;
    rest.split(' ').next()
}

async fn failed(child: Child) -> Refusal {
    let refusal = Refusal::failed("the server did not start");
    match child.wait_with_output().await {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            refusal.because(anyhow::anyhow!(said))
        }
        Err(error) => refusal.because(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_names_the_endpoint() {
        let line = "shardmill is ready on http://127.0.0.1:4566 (data in ./data)";
        assert_eq!(endpoint_of(line), Some("http://127.0.0.1:4566"));
        assert_eq!(endpoint_of("error: no"), None);
    }
}
