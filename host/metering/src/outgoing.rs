//! Numbers about requests that the program sends to others.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::registry::Registrar;

/// What the way out counts.
#[derive(Debug)]
pub struct Egress {
    /// Requests that were answered, whatever the status.
    pub answered: Counter,
    /// Requests that cannot be sent.
    pub invalid: Counter,
    /// Requests whose host nobody opened.
    pub denied: Counter,
    /// Requests refused because too many were under way.
    pub busy: Counter,
    /// Requests that went wrong on the way.
    pub failed: Counter,
    /// Bytes of bodies of requests that were answered.
    pub sent_bytes: Counter,
    /// Bytes of the answers' bodies.
    pub received_bytes: Counter,
    /// Connections open now.
    pub connections_open: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl Egress {
    pub(crate) fn new(registrar: &mut Registrar) -> Self {
        let requests: Family<Outcome, Counter> = registrar.add("egress_requests");
        let outcome = |outcome| requests.get_or_create_owned(&Outcome { outcome });
        Self {
            answered: outcome("answered"),
            invalid: outcome("invalid"),
            denied: outcome("denied"),
            busy: outcome("busy"),
            failed: outcome("failed"),
            sent_bytes: registrar.add("egress_sent"),
            received_bytes: registrar.add("egress_received"),
            connections_open: registrar.add("egress_connections_open"),
        }
    }
}
