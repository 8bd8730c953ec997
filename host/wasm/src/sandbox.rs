//! The host of guests: everything wired together, and one call's way through it.
//!
//! The threads of guests stand back behind those that take requests and write them down. A guest may compute for as
//! long as it is let, and one that works through old records is given the next ones at once; whoever puts a record
//! waits for the same processors. A function that does nothing, reading 800 MiB/s beside an ingest of 20 MiB/s on two
//! processors, made the p99 of the latter 1.5 to 2.8 times of what it is alone; since its threads stand back it is 1.4
//! times in a quiet run over 10 GB, and the function is no slower.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use stdx::{Clock, Tasks};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::cache::Cache;
use crate::compile::Compiler;
use crate::engine;
use crate::loads::{Loads, Prepared, Room};
use crate::memory::Memory;
use crate::message::{Admitted, Call, ComponentId, Ended, Event, Fault, Keyed, Rejection, Usage};
use crate::meter::metered;
use crate::options::Options;
use crate::places::{Place, Places};
use crate::run::ticker::Ticker;
use crate::run::{Instance, Pace, SlowLane, Work};
use crate::waiting::Waiting;
use crate::warm::{Key, Used, Warm};
use crate::{Components, Sandbox};

/// Threads that load and compile; most of their time they wait for children.
const LOADING_THREADS: usize = 2;

/// How often instances that wait are looked through.
const SWEEP: Duration = Duration::from_secs(30);

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The engine cannot have what it needs.
    #[error("start the WebAssembly engine: {0}")]
    Engine(String),
    /// The system gives no threads, or no access to the directory.
    #[error("prepare to run functions")]
    Io(#[from] std::io::Error),
}

/// Numbers for whoever watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Calls that run.
    pub running: usize,
    /// Calls that wait for others to end.
    pub waiting: usize,
    /// Bytes of linear memory of the calls that run.
    pub memory_bytes: usize,
    /// Instances that wait for their next call.
    pub warm: usize,
    /// Compiled components in memory.
    pub loaded: usize,
    /// Children that were started to compile.
    pub compiled: usize,
    /// Calls that ended.
    pub calls: u64,
    /// Those for which an instance had to be made.
    pub cold_calls: u64,
    /// Those that ended in a fault of the function.
    pub faults: u64,
    /// Processor time of all calls.
    pub cpu: Duration,
}

/// Runs guests on threads of its own.
pub struct Host {
    shared: Arc<Shared>,
    /// Calls, and what loads and sweeps.
    tasks: Tasks,
    guests: Option<Runtime>,
    loading: Option<Runtime>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    loads: Arc<Loads>,
    warm: Warm,
    ticker: Ticker,
    slow_lane: Arc<SlowLane>,
    places: Places,
    memory: Arc<Memory>,
    waiting: AtomicUsize,
    waiting_max: usize,
    wait: Duration,
    totals: Totals,
}

#[derive(Default)]
struct Totals {
    calls: AtomicU64,
    cold_calls: AtomicU64,
    faults: AtomicU64,
    cpu_nanos: AtomicU64,
}

impl Host {
    /// Starts the engine and its threads.
    ///
    /// # Errors
    /// If this machine cannot have one, or the cache cannot be opened.
    pub fn new(
        options: Options,
        components: Arc<dyn Components>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let slots = u32::try_from(options.running_max + options.warm_max).unwrap_or(u32::MAX);
        let engine =
            engine::for_running(slots).map_err(|error| StartError::Engine(format!("{error:#}")))?;
        let fingerprint = engine::fingerprint(&engine);
        let key = options.host_key.expose();
        let cache = Cache::open(options.cache, key, fingerprint, options.cache_bytes_max)?;
        let compiler = Compiler::new(options.worker, options.compiling_max);
        let tasks = Tasks::new();
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let guests = runtime("wasm-guest", threads, Some(stdx::stand_back))?;
        let loading = runtime("wasm-load", LOADING_THREADS, None)?;
        let room = Room { count: options.loaded_max, bytes: options.loaded_bytes_max };
        let apart = (tasks.clone(), loading.handle().clone());
        let of_loads = Arc::clone(&clock);
        let loads = Loads::new(engine.clone(), cache, compiler, components, room, of_loads, apart);
        let warm_bytes_max = options.warm_bytes_max.min(options.memory_bytes_max / 4);
        let shared = Arc::new(Shared {
            clock,
            loads: Arc::new(loads),
            warm: Warm::new(options.warm_max, warm_bytes_max),
            // Not among the tasks that end before the host does.
            ticker: Ticker::start(&engine, &Tasks::new())?,
            slow_lane: SlowLane::new(threads),
            places: Places::new(options.running_max),
            memory: Memory::new(options.memory_bytes_max.saturating_sub(warm_bytes_max)),
            waiting: AtomicUsize::new(0),
            waiting_max: options.waiting_max,
            wait: options.wait,
            totals: Totals::default(),
        });
        let host = Self { shared, tasks, guests: Some(guests), loading: Some(loading) };
        host.sweep();
        Ok(host)
    }

    /// Numbers as they are now.
    pub fn stats(&self) -> Stats {
        let (loaded, compiled) = self.shared.loads.counts();
        let totals = &self.shared.totals;
        Stats {
            running: self.shared.ticker.count(),
            waiting: self.shared.waiting.load(Ordering::Relaxed),
            memory_bytes: self.shared.memory.bytes(),
            warm: self.shared.warm.count(),
            loaded,
            compiled,
            calls: totals.calls.load(Ordering::Relaxed),
            cold_calls: totals.cold_calls.load(Ordering::Relaxed),
            faults: totals.faults.load(Ordering::Relaxed),
            cpu: Duration::from_nanos(totals.cpu_nanos.load(Ordering::Relaxed)),
        }
    }

    /// Brings a component to hand, as its first call would: from the cache, or compiled anew.
    ///
    /// # Errors
    /// If it is not there, or cannot be compiled.
    pub async fn load(&self, component: ComponentId) -> Result<(), Rejection> {
        self.shared.loads.get(component).await.map(drop)
    }

    /// Takes no more calls and waits for those that run; they end at their deadlines at the latest.
    pub async fn shutdown(&self) {
        self.shared.places.close();
        self.tasks.stop();
        self.tasks.drained().await;
        while self.shared.warm.evict() {}
    }

    fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let Some(guests) = &self.guests else { return };
        let _entered = guests.enter();
        self.tasks.spawn(name, future);
    }

    /// Keeps looking for instances that have waited for too long.
    fn sweep(&self) {
        let shared = Arc::downgrade(&self.shared);
        let mut shutdown = self.tasks.shutdown();
        self.spawn("wasm-sweep", async move {
            while timeout(SWEEP, shutdown.raised()).await.is_err() {
                let Some(shared) = shared.upgrade() else { return };
                shared.warm.shrink(shared.clock.monotonic());
            }
        });
    }
}

#[async_trait]
impl Sandbox for Host {
    async fn admit(&self, code: Bytes) -> Result<Admitted, Rejection> {
        self.shared.loads.admit(code).await
    }

    async fn ready(&self, id: ComponentId, is_loaded: bool) -> Result<(), Rejection> {
        self.shared.loads.ready(id).await?;
        if is_loaded {
            self.shared.loads.get(id).await?;
        }
        Ok(())
    }

    async fn call(&self, call: Call) -> Ended {
        self.work(call).await
    }

    async fn handle(&self, call: Call<Event>) -> Ended<Bytes> {
        self.work(call).await
    }

    async fn consume(&self, call: Call<Keyed>) -> Ended {
        self.work(call).await
    }
}

impl Host {
    /// A call, whatever its world, from its begin to its end.
    async fn work<W: Work>(&self, call: Call<W>) -> Ended<W::Output> {
        let start = self.shared.clock.monotonic();
        let ended = match self.shared.prepare(&call).await {
            Ok((prepared, place)) => self.run(prepared, place, call).await,
            Err(why) => not_run(why),
        };
        let wall = self.shared.clock.monotonic().saturating_sub(start);
        let ended = Ended { usage: Usage { wall, ..ended.usage }, ..ended };
        self.shared.totals.note(&ended);
        ended
    }

    /// Runs a call on the guests' threads. Its guest ends when the future is dropped.
    async fn run<W: Work>(
        &self,
        prepared: Arc<Prepared>,
        place: Place,
        call: Call<W>,
    ) -> Ended<W::Output> {
        let (mut sender, receiver) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        self.spawn("wasm-call", async move {
            let _place = place;
            if let Some(ended) = shared.run(&prepared, &call, &mut sender).await {
                // Whoever called may have gone.
                let _ = sender.send(ended);
            }
        });
        receiver.await.unwrap_or_else(|_lost| not_run("the function's host failed".to_owned()))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.tasks.stop();
        // Guests that run are dropped where they yield next; nobody waits for that here.
        for runtime in [self.guests.take(), self.loading.take()].into_iter().flatten() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    /// What `call` needs before it runs: its component, and a place among those that run.
    async fn prepare<W: Work>(&self, call: &Call<W>) -> Result<(Arc<Prepared>, Place), String> {
        let prepared = self.loads.get(call.component).await.map_err(|why| why.to_string())?;
        if prepared.world() != W::WORLD {
            let (is, wanted) = (prepared.world().as_str(), W::WORLD.as_str());
            return Err(format!("the function is a {is} and was called as a {wanted}"));
        }
        let _waiting = Waiting::enter(&self.waiting, self.waiting_max)
            .ok_or_else(|| "too many functions wait to run".to_owned())?;
        match timeout(self.wait, self.places.take(call.tenant)).await {
            Ok(Ok(place)) => Ok((prepared, place)),
            Ok(Err(_closed)) => Err("the host is shutting down".to_owned()),
            Err(_elapsed) => Err("too many functions are running".to_owned()),
        }
    }

    /// Runs a call in an instance of its own kind, unless nobody wants its result any more.
    async fn run<W: Work, R>(
        &self,
        prepared: &Prepared,
        call: &Call<W>,
        wanted: &mut oneshot::Sender<R>,
    ) -> Option<Ended<W::Output>> {
        let _running = self.ticker.running();
        let key = Key::of(call);
        let warm = self.warm.take(&key);
        let is_cold = warm.is_none();
        let mut used = warm.unwrap_or_else(|| self.make(key, prepared, call));
        let (result, cpu) = metered(used.instance.call(prepared, call), wanted).await?;
        let log = used.instance.take_log();
        let memory_bytes = used.instance.memory_bytes();
        let instantiation = used.instance.take_instantiation();
        if is_sound(&result) && used.instance.is_ready() {
            self.warm.give(used, self.clock.monotonic());
        }
        let usage = Usage { cpu, wall: Duration::ZERO, memory_bytes, is_cold, instantiation };
        Some(Ended { result, log, usage })
    }

    fn make<W: Work>(&self, key: Key, prepared: &Prepared, call: &Call<W>) -> Used {
        let pace = Pace::new(Arc::clone(&self.clock), Arc::clone(&self.slow_lane), call.tenant);
        Used::new(key, Instance::new(prepared, call, pace, &self.memory))
    }
}

/// Whether the guest ended its call itself, so that it can be called again.
fn is_sound<O>(result: &Result<O, Fault>) -> bool {
    match result {
        Ok(_) | Err(Fault::Failed(_) | Fault::RetryAfter(_) | Fault::Raised(_)) => true,
        Err(
            Fault::TimedOut(_)
            | Fault::OutOfMemory(_)
            | Fault::StackOverflow(_)
            | Fault::OutputTooLarge(_)
            | Fault::Trapped { .. }
            | Fault::Malformed(_)
            | Fault::NotRun(_),
        ) => false,
    }
}

impl Totals {
    fn note<O>(&self, ended: &Ended<O>) {
        let nanos = u64::try_from(ended.usage.cpu.as_nanos()).unwrap_or(u64::MAX);
        self.cpu_nanos.fetch_add(nanos, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.cold_calls.fetch_add(ended.usage.is_cold.into(), Ordering::Relaxed);
        let is_fault = ended.result.as_ref().is_err_and(Fault::is_of_function);
        self.faults.fetch_add(is_fault.into(), Ordering::Relaxed);
    }
}

fn not_run<O>(why: String) -> Ended<O> {
    Ended { result: Err(Fault::NotRun(why)), log: Vec::new(), usage: Usage::default() }
}

fn runtime(name: &'static str, threads: usize, first: Option<fn()>) -> std::io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if let Some(first) = first {
        builder.on_thread_start(first);
    }
    builder.worker_threads(threads).thread_name(name).enable_all().build()
}
