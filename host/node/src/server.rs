//! A running node: what `serve` keeps up until a signal and `demo` for a few seconds.
//!
//! Ending has phases, in the order in which parts need each other: stop accepting, finish the requests in
//! hand, finish the batches of mappings, write what storage has queued, leave. One deadline lies over all of
//! them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use domain::AccountId;
use egress::Egress;
use functions::Functions;
use identity::Directory;
use identity::kms::Keys;
use identity::trail::Trail;
use stdx::{DataDir, DirLock, Tasks};
use storage::Health;
use streams::Streams;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use wasm::Host;

use crate::client::Seams;
use crate::config::Settings;
use crate::meter::Meter;
use crate::operator::Operator;
use crate::refusal::{self, Code, Refusal};
use crate::wiring::{self, Engine};
use crate::{listen, tls};

/// How often what was kept long enough is given up.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// What of the time to end is kept for writing what is only in memory, if requests or functions need more than the rest;
/// a quarter of it at most.
const TO_WRITE: Duration = Duration::from_secs(5);
/// How long requests get to answer after the store failed: they only have to say so.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A node that answers.
pub(crate) struct Server {
    address: SocketAddr,
    is_new_root: bool,
    others: Vec<AccountId>,
    /// What was wrong with the store when it was opened, if anything.
    problem: Option<String>,
    functions: Arc<Functions>,
    streams: Arc<Streams>,
    sandbox: Arc<Host>,
    egress: Arc<Egress>,
    meter: Arc<Meter>,
    trail: Arc<Trail>,
    /// What the others need until they have ended: who writes the audit trail, who draws data keys.
    last: Tasks,
    engine: Engine,
    /// Whatever takes requests or starts work by itself.
    front: Tasks,
    _lock: DirLock,
}

impl Server {
    /// Takes the data directory, opens the store and starts to answer.
    ///
    /// # Errors
    /// If the directory is in use or damaged, or the address cannot be listened on.
    pub(crate) async fn start(
        settings: &Settings,
        dir: &DataDir,
        seams: &Seams,
    ) -> anyhow::Result<Self> {
        let lock = lock(dir)?;
        // Before the store: a port that is taken is noticed without having touched any data.
        let listeners = listen::bind(settings).await?;
        let own = listeners.iter().map(|listener| listener.socket.local_addr());
        let own: Vec<SocketAddr> =
            own.collect::<Result<_, _>>().context("cannot tell the address")?;
        let address = *own.first().context("nothing to listen on")?;
        let (tls, keeper) = tls::prepare(settings, dir, seams.clock.now())?.unzip();
        let front = Tasks::new();
        let engine = Engine::open(dir, settings.reserve(dir), seams)
            .with_context(|| format!("cannot open the store in `{}`", dir.path().display()))
            .map_err(|error| advised(error, &Health::Ready, dir))?;
        let health = engine.store().health();
        let parts = wiring::assemble(settings, tls, dir, &engine, seams, own)
            .await
            .map_err(|error| advised(error, &health, dir))?;
        let problem = wiring::problem(&health);
        let functions = parts.functions;
        let (trail, last) = (parts.trail, Tasks::new());
        trail.start(&last);
        parts.streams.start(&front, &last);
        let meter = Arc::new(Meter {
            streams: Arc::clone(&parts.streams),
            functions: Arc::clone(&functions),
            monitoring: parts.monitoring,
            clock: Arc::clone(&seams.clock),
        });
        front.spawn("metrics", Arc::clone(&meter).run(front.shutdown()));
        functions.start();
        let swept = Swept {
            directory: parts.directory,
            keys: parts.keys,
            streams: Arc::clone(&parts.streams),
            functions: Arc::clone(&functions),
            trail: Arc::clone(&trail),
            egress: Arc::clone(&parts.egress),
            operator: parts.operator,
        };
        front.spawn("sweep", sweep(swept, front.clone()));
        if let Some(keeper) = keeper {
            let (clock, metrics) = (Arc::clone(&seams.clock), engine.metrics().clone());
            front.spawn("certificate", keeper.keep(clock, metrics, front.shutdown()));
        }
        let door = Arc::new(parts.door);
        let tasks = front.clone();
        front.spawn("door", async move {
            gateway::serve(door, listeners, &tasks).await;
        });
        let (is_new_root, others, sandbox) = (parts.is_new_root, parts.others, parts.sandbox);
        Ok(Self {
            address,
            is_new_root,
            others,
            problem,
            functions,
            streams: parts.streams,
            sandbox,
            egress: parts.egress,
            meter,
            trail,
            last,
            engine,
            front,
            _lock: lock,
        })
    }

    /// Where it listens, with the port that was picked.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether this start made the root key.
    pub(crate) fn is_new_root(&self) -> bool {
        self.is_new_root
    }

    /// Accounts with a history here, if this start made a root key that is for none of them.
    pub(crate) fn others(&self) -> &[AccountId] {
        &self.others
    }

    /// What was wrong with the store when it was opened, if anything.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Whether records are refused for lack of room.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self.engine.store().health(), Health::Full(_))
    }

    /// Waits until the store can no longer promise anything, if ever; tells why.
    pub(crate) async fn failed(&self) -> String {
        let mut failure: watch::Receiver<Option<String>> = self.engine.failure();
        let failed = failure.wait_for(Option::is_some).await;
        match failed.map(|why| why.clone()) {
            Ok(why) => why.unwrap_or_default(),
            // A store that is gone without a word ended in good order.
            Err(_closed) => std::future::pending().await,
        }
    }

    /// Ends in good order.
    ///
    /// # Errors
    /// If it takes longer than `deadline`.
    pub(crate) async fn stop(self, deadline: Duration) -> Result<(), Refusal> {
        let end = Instant::now() + deadline;
        let to_write = TO_WRITE.min(deadline / 4);
        let finished = timeout_at(end - to_write, self.finish_work()).await;
        let written = timeout_at(end, self.write_the_rest()).await;
        let (late, within) = match (finished, written) {
            (Ok(()), Ok(())) => return Ok(()),
            (Err(_elapsed), _) => ("requests or functions", deadline - to_write),
            (Ok(()), Err(_elapsed)) => ("storage", deadline),
        };
        let seconds = within.as_secs_f64();
        let refusal = Refusal::failed(format!("{late} did not finish within {seconds} s"));
        Err(refusal.hint("nothing that was acknowledged is lost; --drain-seconds gives more time"))
    }

    /// Lets nobody begin anything more, and waits until what was begun is over.
    async fn finish_work(&self) {
        self.front.stop();
        self.functions.hurry();
        self.trail.hurry();
        self.front.drained().await;
        tracing::info!("requests are finished");
        self.functions.stop().await;
        self.sandbox.shutdown().await;
        self.egress.close();
        tracing::info!("functions are finished");
    }

    /// Writes what is only in memory.
    async fn write_the_rest(self) {
        self.meter.finish().await;
        if let Err(error) = self.streams.finish().await {
            tracing::warn!(error = %stdx::Chain(&error), "the last usage is not written");
        }
        self.last.stop();
        self.last.drained().await;
        tracing::info!("the audit trail is written");
        self.engine.close().await;
        tracing::info!("storage is closed");
    }

    /// Ends after the store failed: says so to whoever waits, writes nothing more.
    pub(crate) async fn abandon(self) {
        self.front.stop();
        // Whoever has not heard by then sees a broken connection, which says the same.
        let _ = tokio::time::timeout(LAST_WORDS, self.front.drained()).await;
    }
}

/// A start that failed on what is stored, with what to do about it. A store that lost data answers reads and refuses
/// writes, with an error that may pass: if a start cannot do without a write, that is still the loss.
fn advised(error: anyhow::Error, health: &Health, dir: &DataDir) -> anyhow::Error {
    let is_of_store = || error.chain().any(|cause| cause.is::<storage::Error>());
    let is_lossy = matches!(health, Health::DataLossDetected(_) | Health::Damaged(_));
    let is_damage = match refusal::code(&error) {
        Code::Damaged => refusal::hint(&error).is_none(),
        Code::Failed => is_lossy && is_of_store(),
        Code::Usage | Code::InUse => false,
    };
    if !is_damage {
        return error;
    }
    let shown = dir.path().display();
    let refusal = Refusal::new(Code::Damaged, "stored data is damaged or lost").because(error);
    let hint = format!(
        "`shardmill verify --data {shown}` tells what; restore a backup, or give up what is lost with --accept-loss"
    );
    refusal.hint(hint).into()
}

/// Takes the directory for this process.
///
/// # Errors
/// If another process has it, or it cannot be written to.
pub(crate) fn lock(dir: &DataDir) -> anyhow::Result<DirLock> {
    let path = dir.path();
    let shown = path.display();
    let lock = dir.try_lock("lock").map_err(|error| wiring::unusable(path, error))?;
    let in_use = || {
        Refusal::new(Code::InUse, format!("data directory `{shown}` is in use by another process"))
            .hint("stop that one first, or name another directory with --data")
    };
    Ok(lock.ok_or_else(in_use)?)
}

/// What has something due from time to time.
struct Swept {
    directory: Arc<Directory>,
    keys: Arc<Keys>,
    streams: Arc<Streams>,
    functions: Arc<Functions>,
    trail: Arc<Trail>,
    egress: Arc<Egress>,
    operator: Arc<Operator>,
}

async fn sweep(swept: Swept, tasks: Tasks) {
    let mut shutdown = tasks.shutdown();
    loop {
        tokio::select! {
            () = shutdown.raised() => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
        if let Err(error) = swept.directory.settle().await {
            tracing::warn!(error = %stdx::Chain(&error), "a change of accounts is still not stored");
        }
        if let Err(error) = swept.keys.sweep().await {
            tracing::warn!(error = %stdx::Chain(&error), "keys that are due are not destroyed or rotated yet");
        }
        if let Err(error) = swept.streams.sweep().await {
            tracing::warn!(error = %stdx::Chain(&error), "records past their retention stay for now");
        }
        swept.functions.sweep().await;
        swept.trail.sweep().await;
        swept.egress.sweep();
        swept.operator.spool.sweep();
    }
}

#[cfg(test)]
mod tests {
    use storage::Kind;

    use super::*;

    #[test]
    fn a_start_that_fails_on_a_loss_says_so_and_what_to_do() {
        let temp = tempfile::tempdir().unwrap();
        let dir = wiring::open_dir(temp.path()).unwrap();
        let lost = Health::DataLossDetected("frames are missing".to_owned());
        let of_store = |kind| {
            let error = storage::Error::new(kind, "data loss detected: frames are missing");
            anyhow::Error::from(streams::Error::from(error)).context("cannot load the streams")
        };
        let told = |error, health| {
            let error = advised(error, health, &dir);
            (refusal::code(&error), refusal::hint(&error).is_some())
        };
        assert_eq!(told(of_store(Kind::Unavailable), &lost), (Code::Damaged, true));
        assert_eq!(told(of_store(Kind::Damaged), &Health::Ready), (Code::Damaged, true));
        assert_eq!(told(of_store(Kind::Unavailable), &Health::Ready), (Code::Failed, false));
        assert_eq!(told(anyhow::anyhow!("no thread"), &lost), (Code::Failed, false));
        let given = Refusal::usage("no such key").hint("name another").into();
        assert_eq!(told(given, &lost), (Code::Usage, true));
        let text = format!("{:#}", advised(of_store(Kind::Unavailable), &lost, &dir));
        assert!(text.starts_with("stored data is damaged or lost: cannot load the str"), "{text}");
    }
}
