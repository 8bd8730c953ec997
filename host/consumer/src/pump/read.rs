//! Reading the shard: one read at a time, woken by the commit that brings records.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use storage::{Chunk, Position};
use streams::{Followed, ShardFacts};

use crate::backoff;
use crate::lanes::Lanes;
use crate::processor::BatchRecord;

use super::{Ending, Pump};

/// Bytes of one read, rounded up to whole frames.
const READ_BYTES: usize = 1024 * 1024;

/// What a read came to.
pub(super) type Answer = streams::Result<Followed>;

/// The read under way, and whether another makes sense.
#[derive(Default)]
pub(super) struct Reading {
    under_way: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    /// The newest read saw the end of the shard.
    is_caught_up: bool,
    failures: u32,
    /// After a failure, when to try again.
    due: Option<Duration>,
}

impl Reading {
    pub(super) fn is_caught_up(&self) -> bool {
        self.is_caught_up && self.under_way.is_none()
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.due
    }

    /// The answer, if a read is under way.
    pub(super) async fn answer(&mut self) -> Answer {
        let Some(under_way) = &mut self.under_way else {
            return std::future::pending().await;
        };
        let answer = under_way.await;
        self.under_way = None;
        answer
    }
}

impl Pump {
    pub(super) fn start_read(&mut self) {
        let reading = &self.reading;
        let now = self.engine.clock.monotonic();
        let is_early = reading.due.is_some_and(|due| now < due);
        if reading.under_way.is_some() || reading.is_caught_up || is_early {
            return;
        }
        // The read after a failure has no deadline of its own any more.
        self.reading.due = None;
        let Some(from) = self.lanes.wants() else { return };
        // Before the read: what comes while it is under way wakes the loop afterwards.
        self.watch.mark_unchanged();
        let streams = Arc::clone(&self.engine.streams);
        let (stream, shard) = (Arc::clone(&self.stream), Arc::clone(&self.shard));
        self.reading.under_way =
            Some(Box::pin(async move { streams.follow(&stream, &shard, from, READ_BYTES).await }));
    }

    pub(super) fn take_read(&mut self, answer: Answer) {
        let followed = match answer {
            Ok(followed) => followed,
            Err(error) => return self.read_failed(&error),
        };
        self.reading.failures = 0;
        self.renew();
        let Followed { chunk, lost } = followed;
        if lost > 0 {
            let (consumer, shard) = (self.id, self.shard.facts.id);
            tracing::error!(
                %consumer, stream = %self.stream.arn(), %shard, records = lost,
                "records were gone before they were read"
            );
            self.board.lost(lost);
        }
        let seen = self.engine.clock.monotonic();
        let (records, is_caught_up) = take(&mut self.lanes, &self.shard.facts, &chunk, seen);
        self.reading.is_caught_up = is_caught_up;
        if records > 0 {
            self.processor.read(records as u64);
        }
        let closed = self.shard.facts.closed;
        if closed.is_some_and(|closed| self.lanes.has_read(closed.end)) {
            self.lanes.close();
        }
    }

    /// Takes the stream as it is now. A shard that was closed meanwhile is read to its end, wherever that is.
    pub(super) fn renew(&mut self) {
        let Some(stream) = self.engine.streams.stream_by_id(self.stream.facts.id) else { return };
        self.lanes.renew(Arc::clone(&stream));
        if let Some(shard) = stream.shard(self.shard.facts.id) {
            if shard.facts.closed.is_some() && self.shard.facts.closed.is_none() {
                self.reading.is_caught_up = false;
            }
            self.shard = Arc::clone(shard);
        }
        self.stream = stream;
    }

    /// Whether the shard is gone, although its stream is not: everything in it was kept long enough.
    fn has_expired(&self) -> bool {
        let stream = self.engine.streams.stream_by_id(self.stream.facts.id);
        stream.is_some_and(|stream| stream.shard(self.shard.facts.id).is_none())
    }

    fn read_failed(&mut self, error: &streams::Error) {
        if matches!(error, streams::Error::NotFound(_)) && self.has_expired() {
            self.is_expired = true;
            self.end(Ending::Soon(None));
            return;
        }
        let (consumer, shard) = (self.id, self.shard.facts.id);
        let shown = stdx::Chain(error);
        tracing::error!(%consumer, stream = %self.stream.arn(), %shard, error = %shown, "read failed");
        match error {
            streams::Error::NotFound(_) => {
                self.end(Ending::Soon(Some("the stream was deleted".to_owned())));
            }
            streams::Error::Unavailable(source) if is_open(source) => {
                self.read_later("the stream cannot be read at the moment");
            }
            // Its owner may let the key be used again.
            streams::Error::Key(key) => {
                self.read_later(&format!("the stream is encrypted: {key}"));
            }
            _ => self.end(Ending::Soon(Some("the stream cannot be read".to_owned()))),
        }
    }

    fn read_later(&mut self, why: &str) {
        self.reading.failures = self.reading.failures.saturating_add(1);
        let pause = backoff::pause(self.reading.failures, self.random());
        self.reading.due = Some(self.engine.clock.monotonic().saturating_add(pause));
        self.board.troubled(why);
    }

    /// Records came, or the shard's watch ended with its stream or its store: a read tells which.
    pub(super) fn records_came(&mut self, is_alive: bool) {
        self.reading.is_caught_up = false;
        if !is_alive && let Ok(watch) = self.engine.streams.watch(&self.stream, &self.shard) {
            self.watch = watch;
        }
    }
}

fn is_open(error: &storage::Error) -> bool {
    error.kind() != storage::Kind::Closed
}

/// Tells the lanes what was read; how many records, and whether that was all there is.
fn take(lanes: &mut Lanes, shard: &ShardFacts, chunk: &Chunk, seen: Duration) -> (usize, bool) {
    let Chunk { from, frames, bounds } = chunk;
    lanes.read(*from, bounds.next);
    let (mut end, mut all) = (*from, 0);
    for frame in frames {
        let mut records = 0;
        for (position, record) in frame.records().filter(|(position, _)| position >= from) {
            let part = |bytes: &[u8]| frame.part(bytes);
            let (partition_key, data) = (part(record.key), part(record.data));
            let number = shard.number(position);
            let arrival = record.arrival;
            let record = BatchRecord { position, number, arrival, partition_key, data };
            lanes.push(record, seen);
            records += 1;
        }
        end = frame.end();
        all += records;
        lanes.pushed(end, frame.plain_bytes(), records);
    }
    (all, frames.is_empty() || is_end(end, bounds.next))
}

/// Whether a read that came to `end` saw all that there was; offsets have no gaps, terms have.
fn is_end(end: Position, next: Position) -> bool {
    end.offset >= next.offset
}
