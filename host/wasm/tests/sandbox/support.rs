//! A host with a cache of its own, and guests to put into it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use cap_std::fs::Dir;
use parking_lot::Mutex;
use stdx::{Clock, DataDir, Secret, SystemClock};
use tempfile::TempDir;
use wasm::message::{Batch, Context, Event, Record};
use wasm::{
    Admitted, Call, ComponentId, Components, Ended, Host, Limits, Options, Rejection, Sandbox,
    Worker,
};

/// The source of a guest in `guests/programs`.
#[macro_export]
macro_rules! program {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../guests/programs/", $name, ".wat"))
    };
}

pub(crate) const LIMITS: Limits = Limits {
    memory_bytes: 128 * 1024 * 1024,
    time: Duration::from_secs(20),
    output_bytes: 1024 * 1024,
    log_bytes: 64 * 1024,
};

/// Components in memory.
#[derive(Default)]
pub(crate) struct Kept {
    components: Mutex<HashMap<ComponentId, Bytes>>,
}

#[async_trait]
impl Components for Kept {
    async fn fetch(&self, id: ComponentId) -> Result<Bytes, String> {
        self.components.lock().get(&id).cloned().ok_or_else(|| "no such component".to_owned())
    }
}

/// A host under test.
pub(crate) struct Bed {
    pub(crate) host: Host,
    pub(crate) kept: Arc<Kept>,
    pub(crate) temp: Arc<TempDir>,
}

impl Bed {
    pub(crate) fn new() -> Self {
        Self::with(|_options| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let temp = Arc::new(tempfile::tempdir().unwrap());
        Self::over(temp, Arc::default(), change)
    }

    /// A host with the cache and the components of another.
    pub(crate) fn over(
        temp: Arc<TempDir>,
        kept: Arc<Kept>,
        change: impl FnOnce(&mut Options),
    ) -> Self {
        Self::at(temp, kept, Arc::new(SystemClock::new()), change)
    }

    /// A host with a clock of the test's own.
    pub(crate) fn at(
        temp: Arc<TempDir>,
        kept: Arc<Kept>,
        clock: Arc<dyn Clock>,
        change: impl FnOnce(&mut Options),
    ) -> Self {
        let program = env!("CARGO_BIN_EXE_compile_worker").into();
        let worker = Worker { program, arguments: Vec::new() };
        let mut options =
            Options::new(worker, DataDir::new(dir(temp.path()), temp.path()), Secret::new([7; 32]));
        options.running_max = 64;
        options.warm_max = 16;
        change(&mut options);
        let components: Arc<dyn Components> = Arc::clone(&kept) as _;
        let host = Host::new(options, components, clock).unwrap();
        Self { host, kept, temp }
    }

    /// Uploads a guest that fits, and keeps it as a caller would.
    pub(crate) async fn admit(&self, code: &str) -> ComponentId {
        let admitted = self.try_admit(code.as_bytes()).await.unwrap();
        admitted.id
    }

    pub(crate) async fn try_admit(&self, code: &[u8]) -> Result<Admitted, Rejection> {
        let admitted = self.host.admit(Bytes::copy_from_slice(code)).await?;
        self.kept.components.lock().insert(admitted.id, admitted.component.clone());
        Ok(admitted)
    }

    /// Keeps a component that nobody checked, as a store could that somebody else wrote to.
    pub(crate) fn keep(&self, component: &[u8]) -> ComponentId {
        let id = ComponentId(*blake3::hash(component).as_bytes());
        self.kept.components.lock().insert(id, Bytes::copy_from_slice(component));
        id
    }

    /// Uploads a guest and calls it once, with a batch of three records.
    pub(crate) async fn run(&self, code: &str, limits: Limits) -> Ended {
        let id = self.admit(code).await;
        self.host.call(call(id, limits)).await
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own directory")]
fn dir(path: &Path) -> Dir {
    Dir::open_ambient_dir(path, cap_std::ambient_authority()).unwrap()
}

/// A call with a batch of three records.
pub(crate) fn call(component: ComponentId, limits: Limits) -> Call {
    Call {
        component,
        tenant: 1,
        function: 1,
        limits,
        environment: [("NAME".to_owned(), "value".to_owned())].into(),
        input: Arc::new(batch(3, 100)),
    }
}

/// A call of a handler with this event.
pub(crate) fn handler_call(component: ComponentId, limits: Limits, payload: &[u8]) -> Call<Event> {
    let context = Context {
        request_id: "11111111-2222-4333-8444-555555555555".to_owned(),
        function_name: "f".to_owned(),
        function_version: "$LATEST".to_owned(),
        function_arn: "arn:aws:lambda:eu-west-1:000000000001:function:f".to_owned(),
        memory_mib: 128,
    };
    Call {
        component,
        tenant: 1,
        function: 1,
        limits,
        environment: [("NAME".to_owned(), "value".to_owned())].into(),
        input: Arc::new(Event {
            payload: Bytes::copy_from_slice(payload),
            context,
            seed: [3; 32],
            source: None,
        }),
    }
}

/// A batch of `count` records with `bytes` bytes each.
pub(crate) fn batch(count: usize, bytes: usize) -> Batch {
    let record = |at: usize| Record {
        sequence: format!("4950{at:052}"),
        sub_sequence: u32::try_from(at).unwrap() + 3,
        partition_key: format!("key-é-{at}"),
        arrival_ms: 1_700_000_000_123 + at as u64,
        data: (0..bytes).map(|byte| (byte * 7 + at).to_le_bytes()[0]).collect(),
    };
    Batch {
        stream: "arn:aws:kinesis:eu-west-1:000000000001:stream/orders".to_owned(),
        shard: "shardId-000000000000".to_owned(),
        attempt: 2,
        is_replay: true,
        behind_ms: 1 << 40,
        records: (0..count).map(record).collect(),
    }
}

/// Runs a test to its end, within a minute and a half.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended =
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(90), test).await });
    ended.expect("the test ends in time");
}
