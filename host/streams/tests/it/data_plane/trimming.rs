//! A retention that is made shorter gives room back, on the store that lies on a disk, while somebody else puts
//! records: how much they feel of it is printed, and promised nowhere.

use std::sync::Arc;
use std::time::Duration;

use cap_std::fs::Dir;
use domain::StreamMode;
use stdx::{Clock, DataDir, Entropy, ManualClock, SeededEntropy, SystemClock, Tasks};
use storage::{Log, Position};
use storage_sqlite::{Options, Sqlite};
use streams::{Direction, NewStream, PutEntry, Settings, Stream, Streams, Surroundings};
use wire::token::Sealer;

use crate::support::{ACCOUNT, HOUR, REGION, START};

/// What is put and given up. For a measurement worth the name, make it 1024.
const MIB: usize = 24;
/// Calls that are timed while nothing is given up.
const CALLS: usize = 300;

struct OnDisk {
    temp: tempfile::TempDir,
    clock: ManualClock,
    options: Options,
    store: Arc<Sqlite>,
    streams: Streams,
    tasks: Tasks,
}

impl OnDisk {
    async fn open(temp: tempfile::TempDir, clock: ManualClock) -> Self {
        let (dir, tasks) = (data_dir(&temp), Tasks::new());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let options = Options::default();
        let store = Sqlite::open(&dir, &options, &shared, &entropy, &tasks).unwrap();
        let served = Arc::<Sqlite>::clone(&store);
        let settings = Settings { limits: false };
        let around = Surroundings::new(served, shared, entropy, Sealer::new(&[7; 32]));
        let streams = Streams::open(around, settings);
        let streams = streams.await.unwrap();
        Self { temp, clock, options, store, streams, tasks }
    }

    /// Ends it; how large the database is then.
    async fn close(self) -> (tempfile::TempDir, ManualClock, u64) {
        let Self { temp, clock, store, streams, tasks, .. } = self;
        drop(streams);
        store.close();
        tasks.drained().await;
        let bytes = data_dir(&temp).size("shardmill.db");
        (temp, clock, bytes)
    }

    async fn create(&self, name: &str) -> Arc<Stream> {
        let new = NewStream {
            account: ACCOUNT.parse().unwrap(),
            region: REGION.parse().unwrap(),
            name: name.parse().unwrap(),
            mode: StreamMode::Provisioned,
            shards: 1,
            record_kib_max: 1024,
            spread: streams::Spread::default(),
            warm_mib: None,
            tags: Vec::new(),
        };
        self.streams.create_stream(new).await.unwrap();
        let (account, region) = (ACCOUNT.parse().unwrap(), REGION.parse().unwrap());
        self.streams.stream(account, &region, &name.parse().unwrap()).unwrap()
    }

    /// One call of so many records.
    async fn put(&self, stream: &Stream, records: usize, data: &[u8]) {
        let entry = || PutEntry { partition_key: "k", hash_key: None, data };
        let entries: Vec<_> = (0..records).map(|_| entry()).collect();
        self.streams.put_records(stream, &entries).await.unwrap();
    }

    async fn fill(&self, stream: &Stream) {
        let data = vec![7; 128 * 1024 - 1];
        for _ in 0..MIB {
            self.put(stream, 8, &data).await;
        }
    }

    /// How long a call takes that puts a hundred small records.
    async fn timed(&self, stream: &Stream, watch: &SystemClock) -> Duration {
        let before = watch.monotonic();
        self.put(stream, 100, &[1; 1000]).await;
        watch.monotonic() - before
    }

    async fn first(&self, stream: &Stream) -> Position {
        self.store.bounds(stream.shards[0].facts.log).await.unwrap().first
    }

    fn removed(&self) -> u64 {
        self.options.metrics.storage.trimmed_frames.get()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test opens its own temporary directory")]
fn data_dir(temp: &tempfile::TempDir) -> DataDir {
    let dir = Dir::open_ambient_dir(temp.path(), cap_std::ambient_authority()).unwrap();
    DataDir::new(dir, temp.path())
}

#[expect(clippy::print_stdout, reason = "a measurement that whoever asks for it reads")]
fn tell(text: &str) {
    println!("{text}");
}

/// The duration that a hundredth of them exceed.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

#[tokio::test]
async fn a_shorter_retention_frees_frames_while_others_put() {
    let host = OnDisk::open(tempfile::tempdir().unwrap(), ManualClock::at(START)).await;
    let (old, busy) = (host.create("old").await, host.create("busy").await);
    host.streams.change_retention(&old, 72, Direction::Longer).await.unwrap();
    host.fill(&old).await;
    (0..30).for_each(|_| host.clock.advance(HOUR));
    host.streams.accept_time();
    let watch = SystemClock::new();
    let mut quiet = Vec::new();
    for _ in 0..CALLS {
        quiet.push(host.timed(&busy, &watch).await);
    }
    host.streams.sweep().await.unwrap();
    assert_eq!((host.first(&old).await.offset, host.removed()), (0, 0));

    host.streams.change_retention(&old, 24, Direction::Shorter).await.unwrap();
    host.streams.sweep().await.unwrap();
    let mut meanwhile = Vec::new();
    // The writer removes by itself, too, so all may be gone before the first call. A frame ends at 512 KiB.
    while meanwhile.is_empty() || host.removed() < MIB as u64 * 2 {
        assert!(meanwhile.len() < 100 * CALLS, "{} frames were removed", host.removed());
        meanwhile.push(host.timed(&busy, &watch).await);
    }
    assert_eq!(host.first(&old).await.offset, MIB as u64 * 8);
    let calls = meanwhile.len();
    let (quiet, meanwhile) = (p99(quiet), p99(meanwhile));
    let ratio = meanwhile.as_secs_f64() / quiet.as_secs_f64();
    tell(&format!(
        "{MIB} MiB went within {calls} calls of {meanwhile:?}, quiet {quiet:?}: {ratio:.2}"
    ));

    // The room is used again.
    let (temp, clock, before) = host.close().await;
    let host = OnDisk::open(temp, clock).await;
    let account = ACCOUNT.parse().unwrap();
    let old = host.streams.stream(account, &REGION.parse().unwrap(), &"old".parse().unwrap());
    host.fill(&old.unwrap()).await;
    let (_temp, _, after) = host.close().await;
    let grown = after.saturating_sub(before);
    assert!(grown < MIB as u64 * 1024 * 1024 / 2, "the database grew by {grown} bytes");
}
