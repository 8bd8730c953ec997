//! A data directory as a killed process leaves it, and what was written into it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domain::Millis;
use e2e::Random;
use identity::kms::DataKey;
use stdx::{Clock, Entropy, ManualClock, SeededEntropy, SystemClock, Tasks};
use storage::frame::{Cipher, Codec, KeyId};
use storage::{
    Append, Commit, Expect, FactWrite, Log, LogId, Position, Records, RecordsBuilder, Scope, Store,
    Term,
};
use storage_sqlite::{Options, Sqlite};

use super::{copy, data_dir};

pub(super) const SCOPES: [Scope; 2] = [Scope("one", 1), Scope("two", 2)];
const LOGS: u64 = 6;

/// A record: key, data, arrival.
pub(super) type Written = (Vec<u8>, Vec<u8>, Millis);

/// What a record is made of: key and data.
type Body = (Vec<u8>, Vec<u8>);

/// Facts of a scope: each key with all values that it ever had, the newest last; `None` is a deletion.
pub(super) type History = BTreeMap<Vec<u8>, Vec<Option<Vec<u8>>>>;

/// How records are stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stored {
    Plain,
    Compressed,
    Encrypted,
    /// Compressed, encrypted, both or neither, from one append to the next.
    Mixed,
}

#[derive(Debug)]
pub(super) struct Original {
    temp: tempfile::TempDir,
    stored: Stored,
    /// What seals, and opens.
    pub(super) cipher: Arc<dyn Cipher>,
    /// The records that each log keeps.
    pub(super) logs: BTreeMap<LogId, BTreeMap<Position, Written>>,
    pub(super) deleted: BTreeSet<LogId>,
    pub(super) facts: [History; 2],
    pub(super) term: Term,
    pub(super) last_id: u64,
}

/// An open store, and what ends it.
pub(super) struct Opened {
    pub(super) store: Arc<Sqlite>,
    tasks: Tasks,
}

/// Runs a future to its end on this thread.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime on this thread").block_on(future)
}

/// Opens the store in a folder.
pub(super) fn open(dir: &stdx::DataDir) -> storage::Result<Opened> {
    let tasks = Tasks::new();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
    let store = Sqlite::open(dir, &Options::default(), &clock, &entropy, &tasks)?;
    Ok(Opened { store, tasks })
}

impl Opened {
    /// Closes it and waits for its threads; how many of them panicked.
    pub(super) fn close(self) -> usize {
        let Self { store, tasks } = self;
        store.close();
        drop(store);
        block_on(tasks.drained());
        tasks.panics()
    }
}

impl Original {
    /// Writes logs and facts, closes, opens, writes more, and copies the files while the store is open, as
    /// `kill -9` leaves them.
    pub(super) fn make(random: &mut Random, stored: Stored) -> Self {
        let (live, temp) = (tempfile::tempdir(), tempfile::tempdir());
        let (live, temp) = (live.expect("a folder"), temp.expect("a folder"));
        let number = KeyId::new(7).expect("it is not 0");
        let key = DataKey::new(number, &[9; 32], Arc::new(SeededEntropy::new(2)));
        let mut original = Self {
            temp,
            stored,
            cipher: Arc::new(key),
            logs: BTreeMap::new(),
            deleted: BTreeSet::new(),
            facts: Default::default(),
            term: Term(0),
            last_id: 0,
        };
        let dir = data_dir(live.path());
        let first = open(&dir).expect("a new store opens");
        block_on(original.found(&first.store));
        for _ in 0..150 {
            block_on(original.write(&first.store, random));
        }
        block_on(original.forget(&first.store));
        assert_eq!(first.close(), 0);
        let second = open(&dir).expect("the store opens again");
        for _ in 0..80 {
            block_on(original.write(&second.store, random));
        }
        original.term = second.store.term();
        copy(live.path(), original.temp.path());
        assert_eq!(second.close(), 0);
        original
    }

    pub(super) fn path(&self) -> &Path {
        self.temp.path()
    }

    async fn found(&mut self, store: &Sqlite) {
        let first = store.new_ids(LOGS + 2).await.expect("ids");
        self.last_id = first + LOGS + 1;
        let mut commit = Commit::new(0, SCOPES[0].clone());
        commit.create_logs = (first..first + LOGS).map(LogId).collect();
        for log in &commit.create_logs {
            self.logs.insert(*log, BTreeMap::new());
        }
        store.commit(commit).await.expect("logs are made");
    }

    /// One commit of some records, and of a fact in half of them.
    async fn write(&mut self, store: &Sqlite, random: &mut Random) {
        let scope = random.index(2);
        let mut commit = Commit::new(random.draw() % 3, SCOPES[scope].clone());
        let logs: Vec<LogId> = self.logs.keys().copied().collect();
        let mut sent = Vec::new();
        for _ in 0..random.within(1..4) {
            let log = logs[random.index(logs.len())];
            let (records, bodies) = self.records(random);
            let arrival = ManualClock::at(Millis(1_790_000_000_000)).now();
            commit.appends.push(Append { log, records, arrival });
            sent.push((log, bodies));
        }
        // Commits of nothing but appends are synced on a path of their own.
        let fact = random.once_in(2).then(|| fact(random));
        commit.facts.extend(fact.iter().map(|(key, value)| FactWrite {
            key: key.clone().into(),
            value: value.clone().map(Bytes::from),
            expect: Expect::Anything,
        }));
        let done = store.commit(commit).await.expect("a commit of ours is taken");
        if let Some((key, value)) = fact {
            self.facts[scope].entry(key).or_default().push(value);
        }
        for ((log, bodies), appended) in sent.into_iter().zip(done.appends) {
            let mut at = appended.first;
            let kept = self.logs.get_mut(&log).expect("a log of ours");
            for (key, data) in bodies {
                kept.insert(at, (key, data, appended.arrival));
                at = at.next();
            }
        }
    }

    /// Trims one log and deletes another.
    async fn forget(&mut self, store: &Sqlite) {
        let logs: Vec<LogId> = self.logs.keys().copied().collect();
        let kept = self.logs.get_mut(&logs[0]).expect("a log of ours");
        let middle = *kept.keys().nth(kept.len() / 2).expect("it has records");
        store.trim(logs[0], middle).await.expect("it can be trimmed");
        *kept = kept.split_off(&middle);
        let mut commit = Commit::new(0, SCOPES[0].clone());
        commit.delete_logs = vec![logs[1]];
        store.commit(commit).await.expect("it can be deleted");
        self.logs.remove(&logs[1]);
        self.deleted.insert(logs[1]);
    }
}

impl Stored {
    /// Whether some records are compressed, and whether they are sealed.
    fn draw(self, random: &mut Random) -> (bool, bool) {
        match self {
            Self::Plain => (false, false),
            Self::Compressed => (true, false),
            Self::Encrypted => (false, true),
            Self::Mixed => (random.once_in(2), random.once_in(2)),
        }
    }
}

impl Original {
    /// Some records, as they are to be stored, and what they hold.
    fn records(&self, random: &mut Random) -> (Records, Vec<Body>) {
        let (is_compressed, is_sealed) = self.stored.draw(random);
        let (records, bodies) = records(random, is_compressed);
        let codec = if is_compressed { Codec::Lz4 } else { Codec::None };
        let cipher = is_sealed.then(|| Arc::clone(&self.cipher));
        (records.compressed_with(codec).sealed_with(cipher), bodies)
    }
}

/// A key, and what it gets: mostly a value.
fn fact(random: &mut Random) -> (Vec<u8>, Option<Vec<u8>>) {
    let key = format!("key-{}", random.within(0..40)).into_bytes();
    let size = random.within(0..400);
    let value = random.bytes(usize::try_from(size).expect("small"));
    (key, (!random.once_in(8)).then_some(value))
}

/// Some records, mostly small, and what they hold; half of it repeats if it `repeats`.
fn records(random: &mut Random, repeats: bool) -> (Records, Vec<Body>) {
    let mut builder = RecordsBuilder::default();
    let mut bodies = Vec::new();
    for _ in 0..random.within(1..12) {
        let size = match random.within(0..200) {
            0 => random.within(100_000..700_000),
            1..20 => random.within(2_000..20_000),
            _ => random.within(0..800),
        };
        let key = format!("k{}", random.draw() % 1000).into_bytes();
        let mut data = random.bytes(usize::try_from(size).expect("below a MB"));
        if repeats {
            data.chunks_mut(64).for_each(|chunk| {
                let half = chunk.len() / 2;
                chunk[half..].fill(b'r');
            });
        }
        builder.push(&key, &data);
        bodies.push((key, data));
    }
    (builder.finish(), bodies)
}
