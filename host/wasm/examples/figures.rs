//! Prints what calls cost: `cargo run --release -p wasm --example figures`.
//!
//! Guests are the test guests; the compiling child is this program, told so by its argument.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "it prints")]

use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cap_std::fs::Dir;
use parking_lot::Mutex;
use stdx::{Clock, DataDir, Secret, SystemClock};
use wasm::message::{Batch, Record};
use wasm::{Call, ComponentId, Components, Host, Limits, Options, Sandbox, Worker};

const IDENTITY: &str = include_str!("../../../guests/programs/identity.wat");
const NOTHING: &str = include_str!("../../../guests/programs/nothing.wat");

/// Components in memory.
#[derive(Default)]
struct Kept(Mutex<HashMap<ComponentId, Bytes>>);

#[async_trait]
impl Components for Kept {
    async fn fetch(&self, id: ComponentId) -> Result<Bytes, String> {
        self.0.lock().get(&id).cloned().ok_or_else(|| "no such component".to_owned())
    }
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("compile") {
        return wasm::compile_worker();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let measured = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(measure()));
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let temp = tempfile::tempdir()?;
    let kept = Arc::new(Kept::default());
    let start = || host(temp.path(), &kept, &clock);

    let host = start()?;
    let mut ids = Vec::new();
    for text in [IDENTITY, NOTHING] {
        let before = clock.monotonic();
        let admitted = host.admit(text.into()).await?;
        println!("admit: {:?}", clock.monotonic() - before);
        kept.0.lock().insert(admitted.id, admitted.component);
        ids.push(admitted.id);
    }
    drop(host);

    let host = start()?;
    let cold = call(ids[0], batch(100, 1024));
    println!("first call after a start, code from the cache: {:?}", wall(&host, &cold).await?);
    let mut native = sample(2000, &clock, || drop(black_box(clone(black_box(&cold.input)))));
    println!("native clone of 100 x 1 KiB: {}", told(&mut native));
    for (name, call) in [
        ("identity, 100 x 1 KiB", cold),
        ("nothing, 100 x 1 KiB", call(ids[1], batch(100, 1024))),
        ("nothing, 1 x 1 B", call(ids[1], batch(1, 1))),
        ("identity, 1 x 1 KiB", call(ids[0], batch(1, 1024))),
        ("identity, 1000 x 100 B", call(ids[0], batch(1000, 100))),
    ] {
        let (mut walls, mut cpus) = (Vec::new(), Vec::new());
        for _ in 0..2000 {
            let ended = host.call(call.clone()).await;
            ended.result?;
            walls.push(ended.usage.wall);
            cpus.push(ended.usage.cpu);
        }
        println!("warm {name}: wall {}, guest's thread {}", told(&mut walls), told(&mut cpus));
    }
    let mut cpus = Vec::new();
    for function in 0..2000 {
        // Each has an instance of its own.
        let ended = host.call(Call { function, ..call(ids[1], batch(1, 1)) }).await;
        ended.result?;
        cpus.push(ended.usage.cpu);
    }
    println!("cold nothing, 1 x 1 B, code at hand: guest's thread {}", told(&mut cpus));
    println!("{:?}", host.stats());
    active(&host, ids[0]).await
}

/// Two hundred functions with a warm instance each.
async fn active(host: &Host, id: ComponentId) -> Result<(), Box<dyn Error>> {
    let before = resident()?;
    for function in 10_000..10_200 {
        let call = Call { function, ..call(id, batch(100, 1024)) };
        host.call(call).await.result?;
    }
    println!("200 active functions: {} KiB more, {} KiB in all", resident()? - before, resident()?);
    Ok(())
}

/// Resident memory in KiB.
#[expect(clippy::disallowed_methods, reason = "the kernel tells it in a file")]
fn resident() -> Result<i64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().split(' ').next()).ok_or("no VmRSS")?;
    Ok(number.parse()?)
}

#[expect(clippy::disallowed_methods, reason = "a directory of its own")]
fn host(
    path: &std::path::Path,
    kept: &Arc<Kept>,
    clock: &Arc<dyn Clock>,
) -> Result<Host, Box<dyn Error>> {
    let dir = Dir::open_ambient_dir(path, cap_std::ambient_authority())?;
    let worker = Worker { program: std::env::current_exe()?, arguments: vec!["compile".into()] };
    let options = Options::new(worker, DataDir::new(dir, path), Secret::new([1; 32]));
    let components: Arc<dyn Components> = Arc::clone(kept) as _;
    Ok(Host::new(options, components, Arc::clone(clock))?)
}

async fn wall(host: &Host, call: &Call) -> Result<Duration, Box<dyn Error>> {
    let ended = host.call(call.clone()).await;
    ended.result?;
    Ok(ended.usage.wall)
}

fn sample(count: usize, clock: &Arc<dyn Clock>, mut work: impl FnMut()) -> Vec<Duration> {
    let mut once = || {
        let before = clock.monotonic();
        work();
        clock.monotonic() - before
    };
    (0..count).map(|_| once()).collect()
}

fn told(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 1000).copied().unwrap_or_default();
    format!("median {:?}, best {:?}, p99 {:?}", at(500), at(0), at(990))
}

fn call(component: ComponentId, batch: Batch) -> Call {
    let limits = Limits {
        memory_bytes: 128 * 1024 * 1024,
        time: Duration::from_secs(10),
        output_bytes: 8 * 1024 * 1024,
        log_bytes: 64 * 1024,
    };
    let environment = [].into();
    Call { component, tenant: 1, function: 1, limits, environment, input: Arc::new(batch) }
}

fn batch(count: usize, bytes: usize) -> Batch {
    let record = |at: usize| Record {
        sequence: format!("4950{at:052}"),
        sub_sequence: 0,
        partition_key: format!("key-{at:012}"),
        arrival_ms: 1_700_000_000_000,
        data: Bytes::from(vec![b'x'; bytes]),
    };
    Batch {
        stream: "arn:aws:kinesis:eu-west-1:000000000001:stream/orders".to_owned(),
        shard: "shardId-000000000000".to_owned(),
        attempt: 1,
        is_replay: false,
        behind_ms: 0,
        records: (0..count).map(record).collect(),
    }
}

/// Every key and payload into a new batch.
fn clone(batch: &Batch) -> Vec<(String, Vec<u8>)> {
    batch
        .records
        .iter()
        .map(|record| (record.partition_key.clone(), record.data.to_vec()))
        .collect()
}
