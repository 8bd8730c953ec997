//! Records that come from inside the program, to be part of somebody else's commit.
//!
//! They meet the rules of PutRecords with one difference: a batch's records go together or not at all, so a
//! shard's throughput is not taken record by record. As long as the limits of every target shard hold
//! anything, the whole batch passes and leaves debt behind; otherwise the batch is told how long to wait.

use std::sync::Arc;
use std::time::Duration;

use domain::{HashKey, Millis, StreamId, limits};
use storage::{Append, RecordsBuilder};

use crate::Streams;
use crate::measure::Measures;
use crate::sealing::Sealer;
use crate::shard::Put;
use crate::stream::{Shard, Spread, Stream};

/// How long it takes until a data key is there: two commits, and a little.
const DRAWING: Duration = Duration::from_millis(20);
/// When to look again whether a key can be used.
const NO_KEY: Duration = Duration::from_secs(1);

/// One record to be emitted.
#[derive(Clone, Copy, Debug)]
pub struct Emit<'e> {
    /// The stream that it goes to.
    pub stream: StreamId,
    /// Its partition key.
    pub partition_key: &'e str,
    /// Where it goes, if not where the partition key says.
    pub hash_key: Option<HashKey>,
    /// Its data.
    pub data: &'e [u8],
}

/// Emitted records, routed, admitted and encoded.
#[derive(Debug, Default)]
pub struct Emits {
    /// What a commit has to append.
    pub appends: Vec<Append>,
    /// How many records they are.
    pub records: u64,
    /// Their keys and data.
    pub bytes: u64,
    puts: Vec<(Arc<Measures>, Arc<Shard>, Put)>,
}

/// Why records cannot be emitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEmitted {
    /// Not now: a target shard has taken in too much.
    #[error("a target shard is in debt for {0:?}")]
    Wait(Duration),
    /// Not now: the key of a target stream cannot be used.
    #[error("a target stream is encrypted: {why}")]
    Unsealed {
        /// Why.
        why: String,
        /// When to try again.
        wait: Duration,
    },
    /// Not until its sender names another stream: the target of the record at this index is gone.
    #[error("record {index} cannot be emitted: the target stream does not exist (any more)")]
    Gone {
        /// Which record.
        index: usize,
    },
    /// Never: the record at this index breaks a rule. The text says which.
    #[error("record {index} cannot be emitted: {why}")]
    Refused {
        /// Which record.
        index: usize,
        /// Why.
        why: String,
    },
}

/// Where a record goes: place of the stream among the targets, shard index, index among the records. So
/// sorting groups the records of a shard in the order in which they came.
type Place = (usize, u32, usize);

impl Emit<'_> {
    fn bytes(&self) -> usize {
        self.partition_key.len() + self.data.len()
    }
}

impl Emits {
    /// What the records add to a commit.
    pub fn commit_bytes(&self) -> usize {
        self.appends.iter().map(|append| append.records.bytes().len()).sum()
    }
}

impl Streams {
    /// Makes records ready to be committed, and takes their shards' throughput.
    ///
    /// # Errors
    /// `Gone`: a target does not exist. `Refused`: one does not take a record like this. `Wait`: a target shard is in
    /// debt. Nothing is charged then.
    pub fn prepare_emits(&self, emits: &[Emit<'_>]) -> Result<Emits, NotEmitted> {
        let mut targets = Vec::new();
        let mut places = Vec::with_capacity(emits.len());
        for (index, emit) in emits.iter().enumerate() {
            let refused = |why| NotEmitted::Refused { index, why };
            let at = self.target(&mut targets, emit.stream).ok_or(NotEmitted::Gone { index })?;
            check(&targets[at], emit).map_err(refused)?;
            places.push((at, self.shard_of(&targets[at], emit), index));
        }
        places.sort_unstable();
        let shard_of = |run: &[Place]| &*targets[run[0].0].shards[run[0].1 as usize];
        let sealers = self.emit_sealers(&targets, &places, emits)?;
        let runs = || places.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
        let bytes_of =
            |run: &[Place]| run.iter().map(|place| emits[place.2].bytes()).sum::<usize>();
        if self.settings.limits {
            let now = self.clock.monotonic();
            let waits = runs().map(|run| shard_of(run).admission.takes_emits_in(now));
            let wait = waits.max().unwrap_or_default();
            if !wait.is_zero() {
                return Err(NotEmitted::Wait(wait));
            }
            for run in runs() {
                shard_of(run).admission.spend_emits(run.len(), bytes_of(run));
            }
        }
        let arrival = self.clock.now();
        let appends = runs().map(|run| {
            let Append { log, records, arrival } = append(shard_of(run), emits, run, arrival);
            let at = run[0].0;
            let records = records.compressed_with(targets[at].facts.codec);
            Append { log, records: records.sealed_with(sealers[at].clone()), arrival }
        });
        let appends = appends.collect();
        let bytes = emits.iter().map(|emit| emit.bytes() as u64).sum();
        let put = |run: &[Place]| {
            let mut put = Put::default();
            run.iter().for_each(|place| put.add(emits[place.2].bytes()));
            put
        };
        let shard = |run: &[Place]| Arc::clone(&targets[run[0].0].shards[run[0].1 as usize]);
        let measures = |run: &[Place]| Arc::clone(&targets[run[0].0].measures);
        let puts = runs().map(|run| (measures(run), shard(run), put(run))).collect();
        Ok(Emits { appends, records: emits.len() as u64, bytes, puts })
    }

    /// Gives back the throughput that was taken for records which were not committed: a log that they go to has
    /// ended, or is gone. They are made ready anew, and come to where their keys belong then.
    pub fn give_back_emits(&self, emits: &Emits) {
        if !self.settings.limits {
            return;
        }
        for (_, shard, put) in &emits.puts {
            shard.admission.give_back_emits(put);
        }
    }

    /// Counts records that were committed.
    pub fn count_emits(&self, emits: &Emits) {
        self.metrics.streams.records_in.inc_by(emits.records);
        self.metrics.streams.bytes_in.inc_by(emits.bytes);
        for (measures, shard, put) in &emits.puts {
            measures.incoming(put.records, put.bytes, 0);
            shard.traffic.put(*put);
        }
    }

    /// Where a record goes: where its key says, or to the next shard that is not in debt.
    fn shard_of(&self, stream: &Stream, emit: &Emit<'_>) -> u32 {
        match stream.facts.spread {
            Spread::PartitionKey => {
                let hashed = || HashKey::of(emit.partition_key);
                stream.route.of(emit.hash_key.unwrap_or_else(hashed))
            }
            Spread::Auto => {
                let now = self.clock.monotonic();
                let is_free = |it: &Shard| it.admission.takes_emits_in(now).is_zero();
                stream.deal(|it| !self.settings.limits || is_free(it)).0
            }
        }
    }

    /// What the records for each target are sealed with. As long as a key cannot be used, there is nothing.
    fn emit_sealers(
        &self,
        targets: &[Arc<Stream>],
        places: &[Place],
        emits: &[Emit<'_>],
    ) -> Result<Vec<Sealer>, NotEmitted> {
        let sealer = |(at, stream): (usize, &Arc<Stream>)| {
            let own = places.iter().filter(|place| place.0 == at);
            let bytes = own.map(|place| emits[place.2].bytes()).sum();
            match self.sealer_now(stream, bytes) {
                Ok(Some(sealer)) => Ok(sealer),
                Ok(None) => Err(NotEmitted::Wait(DRAWING)),
                Err(error) => Err(NotEmitted::Unsealed { why: error.to_string(), wait: NO_KEY }),
            }
        };
        targets.iter().enumerate().map(sealer).collect()
    }

    /// The place of the stream among the targets so far; `None` if it does not exist.
    fn target(&self, targets: &mut Vec<Arc<Stream>>, id: StreamId) -> Option<usize> {
        if let Some(at) = targets.iter().rposition(|stream| stream.facts.id == id) {
            return Some(at);
        }
        targets.push(self.stream_by_id(id)?);
        Some(targets.len() - 1)
    }
}

/// The rules of PutRecords.
fn check(stream: &Stream, emit: &Emit<'_>) -> Result<(), String> {
    let kib = stream.facts.record_kib_max;
    let name = &stream.facts.name;
    if emit.bytes() > kib as usize * 1024 {
        let bytes = emit.bytes();
        return Err(format!("it has {bytes} bytes, stream {name} takes {kib} KiB"));
    }
    // Bytes bound characters; counting is for keys that are long.
    let is_long = emit.partition_key.len() > limits::PARTITION_KEY_CHARS_MAX
        && emit.partition_key.chars().count() > limits::PARTITION_KEY_CHARS_MAX;
    let is_missing = emit.partition_key.is_empty() && stream.facts.spread == Spread::PartitionKey;
    if is_missing || is_long {
        let max = limits::PARTITION_KEY_CHARS_MAX;
        return Err(format!("its partition key must have 1 to {max} characters"));
    }
    Ok(())
}

/// The records of one shard.
fn append(shard: &Shard, emits: &[Emit<'_>], run: &[Place], arrival: Millis) -> Append {
    let records = || run.iter().map(|place| &emits[place.2]);
    let encoded =
        |emit: &Emit<'_>| RecordsBuilder::encoded_bytes(emit.partition_key.len(), emit.data.len());
    let mut builder = RecordsBuilder::with_capacity(records().map(encoded).sum());
    for emit in records() {
        builder.push(emit.partition_key.as_bytes(), emit.data);
    }
    Append { log: shard.facts.log, records: builder.finish(), arrival }
}
