//! What was measured of each queue in a minute: CloudWatch's metrics of `AWS/Kinesis` that name a queue.

use std::sync::atomic::Ordering;

use metering::cloud::{Datum, Statistics, Unit};

use super::queue::Queue;
use crate::measure::NAMESPACE;
use crate::{Result, Streams};

impl Streams {
    /// What was measured of all queues since the last time: to be called once a minute, by one caller. Also a queue
    /// that nobody receives from is told of, as long as something is in it.
    pub async fn queue_metrics_of_minute(&self) -> Vec<Datum> {
        let mut data = Vec::new();
        for queue in self.queues() {
            if let Err(error) = self.queue_minute(&queue, &mut data).await {
                // Some are deleted while the others are looked at.
                let error = stdx::Chain(&error);
                tracing::debug!(queue = queue.id.0, %error, "queue is not measured");
            }
        }
        data
    }

    async fn queue_minute(&self, queue: &Queue, data: &mut Vec<Datum>) -> Result<()> {
        let counts = self.queue_counts(queue).await?;
        let live = self.live_queue(queue).await?;
        let minute = &live.counters.minute;
        let now = [
            ("VisibleQueueRecords", counts.visible),
            ("VisibleDeadLetterQueueRecords", counts.visible_dead),
            ("InFlightQueueRecords", counts.in_flight),
        ];
        let calls = [
            ("ReceivedQueueRecords", minute.received.take()),
            ("AcknowledgedQueueRecords", minute.acknowledged.take()),
            ("EmptyReceives", minute.empty.take()),
        ];
        let is_busy =
            now.iter().any(|(_, count)| *count > 0) || calls.iter().any(|(_, it)| it.is_some());
        // That it has become empty is told once.
        if !minute.was_busy.swap(is_busy, Ordering::Relaxed) && !is_busy {
            return Ok(());
        }
        let called = calls.into_iter().filter_map(|(name, it)| Some((name, it?)));
        let present = now.into_iter().map(|(name, count)| (name, sample(count)));
        data.extend(called.chain(present).map(|(name, statistics)| datum(queue, name, statistics)));
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "as all numbers of CloudWatch")]
fn sample(count: u64) -> Statistics {
    Statistics::of(count as f64)
}

fn datum(queue: &Queue, name: &'static str, statistics: Statistics) -> Datum {
    let dimensions = vec![
        ("QueueId", queue.key.as_str().to_owned()),
        ("QueueName", queue.name.as_str().to_owned()),
    ];
    let (account, region) = (queue.account, queue.region.clone());
    let (namespace, unit) = (NAMESPACE, Unit::COUNT);
    Datum { account, region, namespace, name, dimensions, unit, statistics }
}
