//! Putting records: check, route, admit, encode, commit, number.
//!
//! Where the service deals records out instead, admitting is what routes them.
//!
//! All records of a call are one commit, whatever shards they go to, so that a call costs one place in the
//! store's queue. Everything before the commit is synchronous and touches each record once.
//!
//! A commit that meets a log that has ended wrote nothing: the shards are being changed. What was taken of their
//! limits is given back, and once the change is known the call starts again with the shards that there are then.

use std::sync::Arc;

use domain::{HashKey, Millis, SequenceNumber, ShardId, limits};
use storage::frame::Cipher;
use storage::{Append, Appended, Commit, Kind, RecordsBuilder};

use crate::catalog::SCOPE;
use crate::error::{Invalid, Missing, Unfit};
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

    pub(crate) fn is_stored(self) -> bool {
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

/// Counts a call when this is dropped, unless it is known that nothing of it was stored. If its caller goes away, that
/// is not known: what waits in the store's queue is stored all the same, and nobody is to put for nothing by hanging up.
struct Counting<'p> {
    streams: &'p Streams,
    stream: &'p Stream,
    prepared: &'p Prepared,
    is_void: bool,
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        if !self.is_void {
            self.streams.count(self.stream, self.prepared);
        }
    }
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
        let mut changed: Option<Arc<Stream>> = None;
        loop {
            let stream = changed.as_deref().unwrap_or(stream);
            // Before anything is taken off the limits: a key that cannot be used costs nothing.
            let sealer = self.sealer(stream, total).await?;
            let mut prepared = self.prepare(stream, entries, self.clock.now(), sealer.as_ref());
            let appends = std::mem::take(&mut prepared.appends);
            let mut counting =
                Counting { streams: self, stream, prepared: &prepared, is_void: false };
            let committed = self.commit_puts(stream, appends).await;
            let is_void = |error: &storage::Error| error.kind() != Kind::Indefinite;
            counting.is_void = committed.as_ref().is_err_and(is_void);
            drop(counting);
            match committed {
                Ok(committed) => {
                    let Prepared { places, mut outcomes, .. } = prepared;
                    number(stream, &places, &mut outcomes, &committed);
                    return Ok(outcomes);
                }
                Err(error) if error.kind() == Kind::Ended => {
                    self.give_back(stream, &prepared);
                    changed = Some(self.reshaped(stream, error).await?);
                }
                Err(error) => return Err(Error::of_stream(error, stream)),
            }
        }
    }

    /// Where the records went.
    async fn commit_puts(
        &self,
        stream: &Stream,
        appends: Vec<Append>,
    ) -> storage::Result<Vec<Appended>> {
        if appends.is_empty() {
            return Ok(Vec::new());
        }
        let mut commit = Commit::new(stream.facts.account.number(), SCOPE);
        commit.appends = appends;
        Ok(self.store.commit(commit).await?.appends)
    }

    /// The stream with the shards that it has since one of those in `stream` ended.
    async fn reshaped(&self, stream: &Stream, ended: storage::Error) -> Result<Arc<Stream>> {
        // The commit that ended it is done, so the change is applied when the next one may begin.
        self.catalog.settle().await?;
        let gone = || Error::NotFound(Missing::Stream(stream.named()));
        let current = self.catalog.by_id(stream.facts.id).ok_or_else(gone)?;
        if current.version > stream.version { Ok(current) } else { Err(ended.into()) }
    }

    fn give_back(&self, stream: &Stream, prepared: &Prepared) {
        if self.settings.limits {
            for (shard, put) in &prepared.puts {
                let admission = &stream.shards[*shard as usize].admission;
                admission.give_back(put);
            }
        }
    }

    /// Counts what became of a call.
    fn count(&self, stream: &Stream, prepared: &Prepared) {
        let numbers = &self.metrics.streams;
        let (mut records, mut bytes, mut all_refused) = (0, 0, 0);
        for (shard, put) in &prepared.puts {
            records += put.records;
            bytes += put.bytes;
            stream.shards[*shard as usize].traffic.put(*put);
        }
        numbers.records_in.inc_by(records);
        numbers.bytes_in.inc_by(bytes);
        for run in prepared.places.chunk_by(|a, b| a.0 == b.0) {
            let refused = run.iter().filter(|(_, at)| !prepared.outcomes[*at as usize].is_stored());
            let refused = refused.count() as u64;
            numbers.throttled_puts.inc_by(refused);
            stream.shards[run[0].0 as usize].traffic.put_throttled(refused);
            all_refused += refused;
        }
        stream.measures.incoming(records, bytes, all_refused);
    }

    /// Routes, admits and encodes. All that is admitted is encoded into one buffer, shard by shard.
    fn prepare<P: Payload + ?Sized>(
        &self,
        stream: &Stream,
        entries: &[PutEntry<'_, P>],
        arrival: Millis,
        sealer: Option<&Arc<dyn Cipher>>,
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
                let records = records.end_run().compressed_with(stream.facts.codec);
                let records = records.sealed_with(sealer.cloned());
                prepared.appends.push(Append { log, records, arrival });
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
        for (_, index) in run {
            let entry = &entries[*index as usize];
            let admitted = writes.as_mut().is_none_or(|it| it.take(entry.bytes()));
            outcomes[*index as usize] = Outcome::of(shard, admitted);
        }
    }
}

/// No key is empty where keys decide.
fn check_keys<P: Payload + ?Sized>(entries: &[PutEntry<'_, P>], batch: bool) -> Result<()> {
    let keyless = (0..).zip(entries).filter(|(_, entry)| entry.partition_key.is_empty());
    let places: Vec<Option<usize>> = keyless.map(|(index, _)| batch.then_some(index)).collect();
    if places.is_empty() { Ok(()) } else { Err(Error::Unfit(Unfit::NoKeys { places })) }
}

/// Writes the numbers that the commit gave into the outcomes.
fn number(stream: &Stream, places: &[Place], outcomes: &mut [Outcome], appended: &[Appended]) {
    let mut appended = appended.iter();
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
