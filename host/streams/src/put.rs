//! Putting records: check, route, admit, encode, commit, number.
//!
//! Where the service deals records out instead, admitting is what routes them.
//!
//! All records of a call are one commit, whatever shards they go to, so that a call costs one place in the
//! store's queue. Everything before the commit is synchronous and touches each record once.

use domain::{HashKey, Millis, SequenceNumber, ShardId, limits};
use storage::{Append, Commit, Committed, RecordsBuilder};

use crate::catalog::SCOPE;
use crate::error::{Invalid, Unfit};
use crate::shard::Put;
use crate::stream::{Shard, Spread, Stream};
use crate::{Error, Result, Streams};

/// The data of a record, written once to where it is needed.
pub trait Payload: Sync {
    /// How many bytes there are.
    fn bytes(&self) -> usize;
    /// Writes them to `out`, which has exactly that many.
    fn write(&self, out: &mut [u8]);
}

impl Payload for [u8] {
    fn bytes(&self) -> usize {
        self.len()
    }

    fn write(&self, out: &mut [u8]) {
        out.copy_from_slice(self);
    }
}

/// One record to be put.
#[derive(Debug)]
pub struct PutEntry<'r, P: ?Sized> {
    /// The partition key; may be empty where the service spreads the records.
    pub partition_key: &'r str,
    /// Where it goes, if not where the partition key says.
    pub hash_key: Option<HashKey>,
    /// The data.
    pub data: &'r P,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Stored {
        /// In this shard.
        shard: ShardId,
        /// Under this number.
        number: SequenceNumber,
    },
    /// This shard takes in no more at the moment.
    Throttled {
        /// The shard.
        shard: ShardId,
    },
}

impl Outcome {
    /// Whether the shard took the record in; its number stands until the commit has given the right one.
    fn of(shard: &Shard, taken: bool) -> Self {
        let facts = &shard.facts;
        let shard = facts.id;
        if taken {
            Self::Stored { shard, number: SequenceNumber::first_of(facts.creation, shard) }
        } else {
            Self::Throttled { shard }
        }
    }

    fn is_stored(self) -> bool {
        matches!(self, Self::Stored { .. })
    }
}

/// The place of a record: shard index in the stream, then index in the call, so that sorting groups the
/// records of a shard in the order in which they came.
type Place = (u32, u32);

/// A call that is ready to be committed.
struct Prepared {
    places: Vec<Place>,
    outcomes: Vec<Outcome>,
    appends: Vec<Append>,
    /// For each append, the index of its shard and what goes there.
    puts: Vec<(u32, Put)>,
}

impl<P: Payload + ?Sized> PutEntry<'_, P> {
    /// What counts towards the limits.
    fn bytes(&self) -> usize {
        self.partition_key.len() + self.data.bytes()
    }

    fn encoded_bytes(&self) -> usize {
        RecordsBuilder::encoded_bytes(self.partition_key.len(), self.data.bytes())
    }

    /// The point of the key space that it goes to, where keys decide.
    pub fn target(&self) -> HashKey {
        let hashed = || HashKey::of(self.partition_key);
        self.hash_key.unwrap_or_else(hashed)
    }
}

impl Streams {
    /// Whether the stream accepts records of this size; `batch` says whether the call can hold several.
    ///
    /// # Errors
    /// If not.
    pub fn check_records<P: Payload + ?Sized>(
        stream: &Stream,
        entries: &[PutEntry<'_, P>],
        batch: bool,
    ) -> Result<()> {
        if stream.facts.spread == Spread::PartitionKey {
            check_keys(entries, batch)?;
        }
        let kib = stream.facts.record_kib_max;
        let max = kib as usize * 1024;
        for (index, entry) in entries.iter().enumerate() {
            let bytes = entry.data.bytes();
            if bytes > max {
                let index = batch.then_some(index);
                return Err(Error::Unfit(Unfit::Data { index, bytes, max }));
            }
            if entry.bytes() > max {
                return Err(Error::Invalid(Invalid::RecordBytes { kib }));
            }
        }
        Ok(())
    }

    /// Puts records, each of which may be throttled on its own. Those that are not are durable when this
    /// returns. They must have passed [`Streams::check_records`], and a call holds at most 10 MiB.
    ///
    /// # Errors
    /// If the stream was deleted, or the store does not take them: then none was put, or it is not known.
    pub async fn put_records<P: Payload + ?Sized>(
        &self,
        stream: &Stream,
        entries: &[PutEntry<'_, P>],
    ) -> Result<Vec<Outcome>> {
        let total: usize = entries.iter().map(PutEntry::bytes).sum();
        if total > limits::PUT_RECORDS_BYTES_MAX {
            return Err(Error::Invalid(Invalid::CallBytes));
        }
        let Prepared { places, mut outcomes, appends, puts } =
            self.prepare(stream, entries, self.clock.now());
        let records: u64 = puts.iter().map(|(_, put)| put.records).sum();
        let bytes: u64 = puts.iter().map(|(_, put)| put.bytes).sum();
        let numbers = &self.metrics.streams;
        numbers.throttled_puts.inc_by(entries.len() as u64 - records);
        if appends.is_empty() {
            return Ok(outcomes);
        }
        let mut commit = Commit::new(stream.facts.account.number(), SCOPE);
        commit.appends = appends;
        let committed = self.store.commit(commit).await;
        let committed = committed.map_err(|error| Error::of_stream(error, stream))?;
        numbers.records_in.inc_by(records);
        numbers.bytes_in.inc_by(bytes);
        for (shard, put) in puts {
            stream.shards[shard as usize].traffic.put(put);
        }
        number(stream, &places, &mut outcomes, &committed);
        Ok(outcomes)
    }

    /// Routes, admits and encodes. All that is admitted is encoded into one buffer, shard by shard.
    fn prepare<P: Payload + ?Sized>(
        &self,
        stream: &Stream,
        entries: &[PutEntry<'_, P>],
        arrival: Millis,
    ) -> Prepared {
        let (places, outcomes) = match stream.facts.spread {
            Spread::PartitionKey => self.route(stream, entries),
            Spread::Auto => self.deal(stream, entries),
        };
        let mut prepared = Prepared { outcomes, appends: Vec::new(), puts: Vec::new(), places };
        let runs = || prepared.places.chunk_by(|a, b| a.0 == b.0);
        let admitted = entries.iter().zip(&prepared.outcomes).filter(|(_, it)| it.is_stored());
        let encoded_bytes = admitted.map(|(entry, _)| entry.encoded_bytes()).sum();
        let mut records = RecordsBuilder::with_capacity(encoded_bytes);
        for run in runs() {
            let mut put = Put::default();
            for (_, index) in run {
                let entry = &entries[*index as usize];
                if prepared.outcomes[*index as usize].is_stored() {
                    put.add(entry.bytes());
                    let key = entry.partition_key.as_bytes();
                    records.push_with(key, entry.data.bytes(), |out| entry.data.write(out));
                }
            }
            if records.count() > 0 {
                let log = stream.shards[run[0].0 as usize].facts.log;
                prepared.appends.push(Append { log, records: records.end_run(), arrival });
                prepared.puts.push((run[0].0, put));
            }
        }
        prepared
    }

    /// Sends each record where its key says, and admits what the shard takes in.
    fn route<P: Payload + ?Sized>(
        &self,
        stream: &Stream,
        entries: &[PutEntry<'_, P>],
    ) -> (Vec<Place>, Vec<Outcome>) {
        let place =
            |(index, entry): (u32, &PutEntry<'_, P>)| (stream.route.of(entry.target()), index);
        let mut places: Vec<Place> = (0..).zip(entries).map(place).collect();
        places.sort_unstable();
        let mut outcomes = vec![Outcome::Throttled { shard: ShardId(0) }; entries.len()];
        for run in places.chunk_by(|a, b| a.0 == b.0) {
            let shard = &stream.shards[run[0].0 as usize];
            self.admit_run(shard, entries, run, &mut outcomes);
        }
        (places, outcomes)
    }

    /// Sends each record to the next shard that takes it in.
    fn deal<P: Payload + ?Sized>(
        &self,
        stream: &Stream,
        entries: &[PutEntry<'_, P>],
    ) -> (Vec<Place>, Vec<Outcome>) {
        let (limited, now) = (self.settings.limits, self.clock.monotonic());
        let deal = |(index, entry): (u32, &PutEntry<'_, P>)| {
            let (at, taken) =
                stream.deal(|it| !limited || it.admission.writes(now).take(entry.bytes()));
            let shard = &stream.shards[at as usize];
            if !taken {
                shard.traffic.put_throttled(1);
            }
            ((at, index), Outcome::of(shard, taken))
        };
        let (mut places, outcomes): (Vec<Place>, Vec<Outcome>) =
            (0..).zip(entries).map(deal).unzip();
        places.sort_unstable();
        (places, outcomes)
    }

    /// Admits the records of one shard.
    fn admit_run<P: Payload + ?Sized>(
        &self,
        shard: &Shard,
        entries: &[PutEntry<'_, P>],
        run: &[Place],
        outcomes: &mut [Outcome],
    ) {
        let limited = self.settings.limits;
        let mut writes = limited.then(|| shard.admission.writes(self.clock.monotonic()));
        let mut refused = 0;
        for (_, index) in run {
            let entry = &entries[*index as usize];
            let admitted = writes.as_mut().is_none_or(|it| it.take(entry.bytes()));
            outcomes[*index as usize] = Outcome::of(shard, admitted);
            refused += u64::from(!admitted);
        }
        shard.traffic.put_throttled(refused);
    }
}

/// No key is empty where keys decide.
fn check_keys<P: Payload + ?Sized>(entries: &[PutEntry<'_, P>], batch: bool) -> Result<()> {
    let keyless = (0..).zip(entries).filter(|(_, entry)| entry.partition_key.is_empty());
    let places: Vec<Option<usize>> = keyless.map(|(index, _)| batch.then_some(index)).collect();
    if places.is_empty() { Ok(()) } else { Err(Error::Unfit(Unfit::NoKeys { places })) }
}

/// Writes the numbers that the commit gave into the outcomes.
fn number(stream: &Stream, places: &[Place], outcomes: &mut [Outcome], committed: &Committed) {
    let mut appended = committed.appends.iter();
    for run in places.chunk_by(|a, b| a.0 == b.0) {
        let mut position = None;
        for (shard, index) in run {
            let Outcome::Stored { number, .. } = &mut outcomes[*index as usize] else {
                continue;
            };
            // The first stored record of a run means that the run had an append.
            let at = position.or_else(|| appended.next().map(|it| it.first));
            let at = at.expect("a commit answers each append");
            *number = stream.shards[*shard as usize].facts.number(at);
            position = Some(at.next());
        }
    }
}
