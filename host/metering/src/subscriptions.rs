//! What subscriptions to shards count.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;

use crate::registry::Registrar;

/// What the streams count of subscriptions.
#[derive(Debug)]
pub struct Subscriptions {
    /// Subscriptions that have not ended.
    pub open: Gauge,
    /// Those that a later one ended.
    pub taken_over: Counter,
    /// Events delivered, empty ones included.
    pub events: Counter,
    /// Those of them that had been read and written for another subscription.
    pub events_shared: Counter,
    /// Records in events.
    pub records: Counter,
    /// Bytes in events, keys included.
    pub bytes: Counter,
}

impl Subscriptions {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        Self {
            open: registrar.add("subscriptions_open"),
            taken_over: registrar.add("subscriptions_taken_over"),
            events: registrar.add("subscription_events"),
            events_shared: registrar.add("subscription_events_shared"),
            records: registrar.add("subscription_records"),
            bytes: registrar.add("subscription_out"),
        }
    }
}
