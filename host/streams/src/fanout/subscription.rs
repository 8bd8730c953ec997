//! One reader of one shard: what it is told next, and when it ends.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::{ShardId, limits};
use stdx::Bucket;
use storage::Position;
use tokio::sync::watch;

use super::leases::{End, Lease, Refused};
use super::read::{Encoding, Event, Written, continuation};
use super::registry::consumer_missing;
use super::{Consumer, ConsumerFacts};
use crate::error::{Fanout, Missing};
use crate::service::shard;
use crate::shard::Start;
use crate::stream::{Shard, Stream};
use crate::{Error, Result, Streams};

const LIFE: Duration = Duration::from_millis(limits::SUBSCRIPTION_LIFE_MS);
const BEAT: Duration = Duration::from_millis(limits::SUBSCRIPTION_BEAT_MS);

/// Reads a shard for a consumer, for five minutes at most. It is driven by [`Subscription::next`] alone.
pub struct Subscription {
    streams: Arc<Streams>,
    consumer: Arc<Consumer>,
    stream: Arc<Stream>,
    shard: Arc<Shard>,
    lease: Lease,
    /// Where the next record will stand at the earliest.
    tail: watch::Receiver<Position>,
    catalog: watch::Receiver<u64>,
    /// Whether the stream may have changed since it was looked up.
    is_stale: bool,
    position: Position,
    /// Whether all that there was has been delivered: then others may stand at the same place.
    at_tail: bool,
    budget: Bucket,
    /// When it has lived long enough.
    end: Duration,
    /// When something has to be said, if only that there is nothing.
    beat: Duration,
    is_over: bool,
}

impl Streams {
    /// Whether a consumer may subscribe to a shard now. The call counts, whatever becomes of it.
    ///
    /// # Errors
    /// If another call came just before.
    pub fn may_subscribe(
        &self,
        stream: &Stream,
        consumer: &Consumer,
        shard: ShardId,
    ) -> Result<()> {
        let (now, limited) = (self.clock.monotonic(), self.settings.limits);
        let place = (consumer.facts.id, shard);
        let may = self.fanout.leases.call(place, now, limited);
        let may = may.map_err(|refused| refusal(refused, stream, consumer, shard));
        if may.is_err() {
            consumer.measures.called(&may);
        }
        may
    }

    /// Subscribes a consumer to a shard, in the place of whoever has it.
    ///
    /// # Errors
    /// If the stream's key cannot be used, somebody has just subscribed, the consumer was forgotten, the stream was
    /// deleted, or the store cannot be read.
    pub async fn subscribe(
        self: &Arc<Self>,
        consumer: Arc<Consumer>,
        stream: Arc<Stream>,
        shard: Arc<Shard>,
        start: Start,
    ) -> Result<Subscription> {
        let measures = Arc::clone(&consumer.measures);
        let begun = self.begin_subscription(consumer, stream, shard, start).await;
        measures.called(&begun);
        begun
    }

    async fn begin_subscription(
        self: &Arc<Self>,
        consumer: Arc<Consumer>,
        stream: Arc<Stream>,
        shard: Arc<Shard>,
        start: Start,
    ) -> Result<Subscription> {
        self.sealing.check(&stream)?;
        let catalog = self.changed();
        let position = self.position(&stream, &shard, start).await?;
        let tail = self.watch(&stream, &shard)?;
        let now = self.clock.monotonic();
        let place = (consumer.facts.id, shard.facts.id);
        let lease = self.fanout.leases.take(place, now);
        let lease =
            lease.map_err(|refused| refusal(refused, &stream, &consumer, shard.facts.id))?;
        // It may have been forgotten while the position was looked up: then nobody would end this subscription. From here
        // on whoever forgets it finds the lease.
        let ConsumerFacts { id, name, .. } = &consumer.facts;
        if self.registered(stream.facts.id, name, *id).is_none() {
            return Err(consumer_missing(&stream, name.as_str()));
        }
        self.metrics.subscriptions.open.inc();
        Ok(Subscription {
            streams: Arc::clone(self),
            consumer,
            stream,
            shard,
            lease,
            tail,
            catalog,
            is_stale: true,
            position,
            at_tail: false,
            budget: Bucket::full(limits::SUBSCRIPTION_BYTES_PER_SECOND, now),
            end: now + LIFE,
            beat: now,
            is_over: false,
        })
    }
}

impl Subscription {
    /// The next event, as soon as there is one; nothing when it has ended as it should.
    ///
    /// # Errors
    /// Why it ended before its time: it is over then.
    pub async fn next(&mut self, encoding: Encoding) -> Result<Option<Bytes>> {
        if self.is_over {
            return Ok(None);
        }
        let event = self.wait(encoding).await;
        match &event {
            Ok(Some(_)) => {}
            Ok(None) => self.is_over = true,
            Err(error) => {
                self.is_over = true;
                self.consumer.measures.ended(error);
            }
        }
        event
    }

    async fn wait(&mut self, encoding: Encoding) -> Result<Option<Bytes>> {
        loop {
            self.look_around()?;
            let now = self.streams.clock.monotonic();
            if now >= self.end {
                return Ok(None);
            }
            let pause = self.pause(now);
            if pause.is_zero() && self.has_more() {
                let written = self.read(encoding).await?;
                if written.records > 0 || written.next.is_none() {
                    return Ok(Some(self.deliver(written)));
                }
                // What there was has expired.
                self.move_on(&written);
                continue;
            }
            if now >= self.beat {
                let written = self.nothing(encoding)?;
                return Ok(Some(self.deliver(written)));
            }
            let until = self.end.min(self.beat);
            let until = if pause.is_zero() { until } else { until.min(now + pause) };
            self.sleep(until.saturating_sub(now), pause.is_zero()).await?;
        }
    }

    /// Whether it may go on, and what the stream is now.
    fn look_around(&mut self) -> Result<()> {
        match self.lease.ended() {
            None => {}
            Some(End::TakenOver) => {
                self.streams.metrics.subscriptions.taken_over.inc();
                let id = self.shard.facts.id;
                return Err(refusal(Refused::Held, &self.stream, &self.consumer, id));
            }
            Some(End::Gone) => {
                return Err(consumer_missing(&self.stream, self.consumer.facts.name.as_str()));
            }
        }
        if std::mem::take(&mut self.is_stale) {
            let current = self.streams.stream_by_id(self.stream.facts.id);
            let gone = || Error::NotFound(Missing::Stream(self.stream.named()));
            let current = current.ok_or_else(gone)?;
            self.shard = Arc::clone(shard(&current, self.shard.facts.id)?);
            self.stream = current;
        }
        // Not only when something is read: it may have been read for others, or there may be nothing.
        self.streams.sealing.check(&self.stream)
    }

    /// How long it has to pay for what it got.
    fn pause(&mut self, now: Duration) -> Duration {
        match self.streams.settings.limits {
            true => self.budget.pays_off_in(now),
            false => Duration::ZERO,
        }
    }

    /// Whether reading may bring something, be it the end of a closed shard.
    fn has_more(&self) -> bool {
        self.position < *self.tail.borrow() || self.shard.facts.closed.is_some()
    }

    async fn read(&self, encoding: Encoding) -> Result<Written> {
        let Self { streams, stream, shard, position, .. } = self;
        let make = || streams.read_event(stream, shard, *position, encoding);
        // At the end others wait for the same; before it hardly anybody is at the same place.
        if !self.at_tail || shard.facts.closed.is_some() {
            return make().await;
        }
        let key = (shard.facts.log, *position, encoding.id);
        let (written, is_anothers) = streams.fanout.shared.get(key, make).await?;
        if is_anothers {
            streams.metrics.subscriptions.events_shared.inc();
        }
        Ok(written)
    }

    /// The event that says that nothing came.
    fn nothing(&self, encoding: Encoding) -> Result<Written> {
        // It may be behind because it got too much.
        let behind_ms = u64::from(self.has_more());
        let event = Event {
            page: None,
            continuation: Some(continuation(&self.shard.facts, self.position)),
            behind_ms,
            stream: &self.stream,
            shard: self.shard.facts,
        };
        let bytes = (encoding.write)(&event)?;
        Ok(Written { bytes, next: Some(self.position), records: 0, payload: 0, behind_ms })
    }

    fn deliver(&mut self, written: Written) -> Bytes {
        self.move_on(&written);
        let Written { bytes, records, payload, behind_ms, .. } = written;
        self.budget.spend(payload as u64);
        self.beat = self.streams.clock.monotonic() + BEAT;
        self.consumer.measures.delivered(records, payload, behind_ms);
        self.shard.traffic.push(records, payload);
        let metrics = &self.streams.metrics;
        metrics.streams.records_out.inc_by(records as u64);
        metrics.streams.bytes_out.inc_by(payload as u64);
        metrics.subscriptions.events.inc();
        metrics.subscriptions.records.inc_by(records as u64);
        metrics.subscriptions.bytes.inc_by(payload as u64);
        bytes
    }

    fn move_on(&mut self, written: &Written) {
        self.at_tail = written.behind_ms == 0;
        match written.next {
            Some(next) => self.position = next,
            None => self.is_over = true,
        }
    }

    /// Waits until something happens that it waits for: records only if it may have them.
    async fn sleep(&mut self, at_most: Duration, wants_records: bool) -> Result<()> {
        let Self { tail, catalog, is_stale, lease, stream, .. } = self;
        tokio::select! {
            changed = tail.changed(), if wants_records => {
                // The log is gone, and its stream with it.
                let gone = |_| Error::NotFound(Missing::Stream(stream.named()));
                changed.map_err(gone)
            }
            // The sender lives as long as the streams.
            _ = catalog.changed() => {
                *is_stale = true;
                Ok(())
            }
            () = lease.ends() => Ok(()),
            () = tokio::time::sleep(at_most) => Ok(()),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.streams.metrics.subscriptions.open.dec();
    }
}

fn refusal(refused: Refused, stream: &Stream, consumer: &Consumer, shard: ShardId) -> Error {
    Error::Fanout(match refused {
        Refused::Held => {
            let (stream, consumer) = (stream.named(), consumer.facts.name.clone());
            Fanout::Subscribed { stream, consumer, shard }
        }
        Refused::TooOften => Fanout::TooOften { consumer: consumer.arn(stream).to_string(), shard },
    })
}
