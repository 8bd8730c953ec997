//! A server of its own for a test: started on a free port, killed, stopped, started again.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::client::Client;
use crate::process::{Ended, Watchdog, drain, signal, wait};
use crate::program::clear_aws;
use crate::shardmill;

/// A start takes 150 ms; two cores that build something else may need long.
const READY_WITHIN: Duration = Duration::from_secs(60);
const ENDS_WITHIN: Duration = Duration::from_secs(60);

/// How to start a server.
#[derive(Clone, Debug)]
pub struct Launch {
    data: PathBuf,
    args: Vec<OsString>,
    /// The command that becomes the server, if it is not started directly.
    starter: Vec<String>,
}

/// A server that answers. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    launch: Launch,
    child: Child,
    address: SocketAddr,
    output: Option<[JoinHandle<String>; 2]>,
}

impl Launch {
    /// `shardmill serve` on `data` and a free port, for the development key.
    pub fn dev(data: impl Into<PathBuf>) -> Self {
        Self::bare(data).arg("--dev")
    }

    /// The same without `--dev`.
    pub fn bare(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), args: Vec::new(), starter: Vec::new() }
    }

    /// One more flag.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// More flags.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Started by a command that takes the program and its arguments as its own last ones, and becomes it.
    #[must_use]
    pub fn started_by(mut self, command: Vec<String>) -> Self {
        self.starter = command;
        self
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Starts it and waits until it says that it is ready.
    ///
    /// # Errors
    /// All that it said, if it ended instead or took too long.
    pub fn start(self) -> Result<Server> {
        let mut child = self.spawn()?;
        let guard = Watchdog::over(&child, READY_WITHIN);
        let stderr = drain(child.stderr.take().context("stderr is a pipe")?);
        let mut stdout = BufReader::new(child.stdout.take().context("stdout is a pipe")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let Some(address) = ready(&line) else {
            let status = child.wait()?;
            let said = stderr.join().unwrap_or_default();
            bail!("server ended with {status} instead of being ready: {line}\n{said}");
        };
        if guard.has_bitten() {
            bail!("server was not ready within {READY_WITHIN:?}");
        }
        let output = Some([drain(stdout), stderr]);
        Ok(Server { launch: self, child, address, output })
    }

    /// Starts it, waits until `moment` has passed, and kills it, ready or not.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start_and_kill(&self, moment: impl FnOnce()) -> Result<()> {
        let mut child = self.spawn()?;
        moment();
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    fn spawn(&self) -> Result<Child> {
        let mut words = self.starter.iter().map(OsStr::new).chain([shardmill().as_os_str()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        clear_aws(&mut command);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&self.data)
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("start shardmill serve")
    }
}

/// The address in the line that a ready server prints.
fn ready(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("://")?;
    rest.split_whitespace().next()?.parse().ok()
}

impl Server {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its endpoint, for SDKs.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same over TLS; the certificate is for this name, too.
    pub fn tls_url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.launch.data
    }

    /// A client with the development key.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn kill(mut self) -> Result<Launch> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.launch.clone())
    }

    /// Asks it to end; [`Server::ended`] waits for it.
    pub fn terminate(&self) {
        signal(self.child.id(), "TERM");
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// If it does not within a minute.
    pub fn ended(mut self) -> Result<(Launch, Ended)> {
        let status = wait(&mut self.child, ENDS_WITHIN)?;
        let ended = self.said(status);
        Ok((self.launch.clone(), ended))
    }

    /// Asks it to end and expects that it does so in good order.
    ///
    /// # Errors
    /// All that it said, if it did not.
    pub fn stop(self) -> Result<Launch> {
        self.terminate();
        let (launch, ended) = self.ended()?;
        ended.success("shardmill serve")?;
        Ok(launch)
    }

    fn said(&mut self, status: ExitStatus) -> Ended {
        let [stdout, stderr] = self.output.take().map_or_else(Default::default, |pipes| {
            pipes.map(|pipe| pipe.join().unwrap_or_default())
        });
        Ended { code: status.code(), stdout, stderr }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
