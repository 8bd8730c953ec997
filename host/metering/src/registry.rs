//! The handle, and how a metric comes into the library's registry.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::{Metric as Encoded, Registry, Unit as ShownUnit};

use crate::catalog::{CATALOG, Metric, PREFIX, Unit};
use crate::functions::Functions;
use crate::histogram::Histogram;
use crate::numbers::{Answered, Asked, Audit, Code, Consumer, Door, Queues, Storage, Streams};
use crate::outgoing::Egress;
use crate::subscriptions::Subscriptions;

/// All metrics of the program. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    numbers: Numbers,
    registry: Registry,
}

/// The metrics, by who counts them; reached through [`Metrics`].
#[derive(Debug)]
pub struct Numbers {
    /// Counted by the gateway.
    pub door: Door,
    /// Counted by the store.
    pub storage: Storage,
    /// Counted by the streams.
    pub streams: Streams,
    /// Counted by the queues on them.
    pub queues: Queues,
    /// Counted by the streams, of subscriptions.
    pub subscriptions: Subscriptions,
    /// Counted by the engine that reads streams.
    pub consumer: Consumer,
    /// Counted by the functions.
    pub functions: Functions,
    /// Counted by the audit trail.
    pub audit: Audit,
    /// Counted by the way out.
    pub egress: Egress,
}

/// The series of one operation, held by whoever counts its requests. They are there from its first request on: of some
/// hundred operations most servers are asked for a dozen, and each has twenty lines in a scrape.
#[derive(Debug)]
pub struct Operation {
    metrics: Metrics,
    service: &'static str,
    name: &'static str,
    series: OnceLock<Series>,
}

#[derive(Debug)]
struct Series {
    succeeded: Counter,
    seconds: Histogram,
}

impl Operation {
    /// A request was answered, so long after its head came.
    pub fn answered(&self, after: Duration) {
        self.series().seconds.observe(after);
    }

    /// That was a success.
    pub fn succeeded(&self) {
        self.series().succeeded.inc();
    }

    fn series(&self) -> &Series {
        self.series.get_or_init(|| {
            let Self { metrics: Metrics(shared), service, name, .. } = self;
            let (service, operation, code) = (*service, *name, "OK".to_owned());
            let door = &shared.numbers.door;
            Series {
                succeeded: door.requests.get_or_create_owned(&Answered {
                    service,
                    operation,
                    code,
                }),
                seconds: door.request_seconds.get_or_create_owned(&Asked { service, operation }),
            }
        })
    }
}

impl Metrics {
    /// All metrics, at zero.
    pub fn new() -> Self {
        let mut registrar = Registrar(Registry::with_prefix(PREFIX));
        let numbers = Numbers {
            door: Door::new(&mut registrar),
            storage: Storage::new(&mut registrar),
            streams: Streams::new(&mut registrar),
            queues: Queues::new(&mut registrar),
            subscriptions: Subscriptions::new(&mut registrar),
            consumer: Consumer::new(&mut registrar),
            functions: Functions::new(&mut registrar),
            audit: Audit::new(&mut registrar),
            egress: Egress::new(&mut registrar),
        };
        let registry = registrar.0;
        Self(Arc::new(Shared { numbers, registry }))
    }

    /// The series of an operation: ask once, count often.
    pub fn operation(&self, service: &'static str, name: &'static str) -> Operation {
        Operation { metrics: self.clone(), service, name, series: OnceLock::new() }
    }

    /// Counts a request that failed. `code` comes from our own tables, so the series stay few.
    pub fn request_failed(&self, service: &'static str, operation: &'static str, code: &str) {
        let code = code.to_owned();
        let answered = Answered { service, operation, code };
        self.door.requests.get_or_create(&answered).inc();
    }

    /// Counts a request whose signature or key was refused.
    pub fn authentication_failed(&self, code: &str) {
        let code = code.to_owned();
        self.door.authentication_failures.get_or_create(&Code { code }).inc();
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Metrics {
    type Target = Numbers;

    fn deref(&self) -> &Numbers {
        &self.0.numbers
    }
}

/// Registers metrics under what the catalogue says of them.
pub(crate) struct Registrar(Registry);

impl Registrar {
    pub(crate) fn add<M: Encoded + Clone + Default>(&mut self, name: &str) -> M {
        let metric = M::default();
        self.register(find(name), metric.clone());
        metric
    }

    fn register(&mut self, entry: &Metric, metric: impl Encoded) {
        let Metric { name, meaning, .. } = *entry;
        match entry.unit {
            Unit::Count => self.0.register(name, meaning, metric),
            Unit::Bytes => {
                self.0.register_with_unit(name, meaning, ShownUnit::Bytes, metric);
            }
            Unit::Seconds => {
                self.0.register_with_unit(name, meaning, ShownUnit::Seconds, metric);
            }
        }
    }
}

/// # Panics
/// If the catalogue lacks the name, which the first start of any test shows.
fn find(name: &str) -> &'static Metric {
    let found = CATALOG.iter().find(|metric| metric.name == name);
    found.expect("every registered metric is in the catalogue")
}
