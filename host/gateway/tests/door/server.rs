//! A door on a free port with a service that tests can hold in the middle of a request.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Millis};
use gateway::{Door, HealthReport, Limits, Listener, serve};
use identity::trail::{Settings, Surroundings, Trail};
use identity::{KeyRing, Root, RootOnly};
use metering::Metrics;
use serde::{Deserialize, Serialize};
use stdx::{ManualClock, SeededEntropy, Tasks};
use storage::{Memory, Store, Term};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use wire::Table;
use wire::operation::{Entry, Operation};
use wire::query::Form;
use wire::token::Sealer;
use wire::{ApiError, Caller, Check, Checks, Fault, Forms, Resource};

use crate::ticks::Ticks;

/// 2026-11-01T00:00:00Z.
pub(crate) const NOW: Millis = Millis(1_793_491_200_000);

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Those of listeners with a name.
    pub(crate) named: Vec<SocketAddr>,
    pub(crate) door: Arc<Door>,
    pub(crate) service: Arc<Service>,
    pub(crate) tasks: Tasks,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(|_door| {}).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::with(|door| door.limits = limits).await
    }

    pub(crate) async fn with(adjust: impl FnOnce(&mut Door)) -> Self {
        Self::listening(&[], adjust).await
    }

    /// With more listeners, that have names.
    pub(crate) async fn listening(names: &[&str], adjust: impl FnOnce(&mut Door)) -> Self {
        let service = Arc::new(Service::default());
        let tasks = Tasks::new();
        let keys = KeyRing::new();
        let root = Root::dev();
        keys.insert(&*root.access_key_id, root.key());
        let mut door = Door {
            apis: vec![Arc::new(Table {
                signing_names: &["kinesis"],
                target_prefix: "Test_20261101",
                forms: Forms { query: Some(&FORM), rpc_v2_cbor: true },
                entries: ENTRIES,
                service: Arc::clone(&service),
            })],
            keys: Arc::new(keys),
            trail: trail().await,
            authorizer: Arc::new(RootOnly),
            clock: Arc::new(ManualClock::at(NOW)),
            entropy: Arc::new(SeededEntropy::new(1)),
            metrics: Metrics::new(),
            health: Arc::new(HealthReport::default),
            regions: None,
            metrics_token: None,
            tls: None,
            limits: Limits::default(),
        };
        adjust(&mut door);
        let door = Arc::new(door);
        let (mut listeners, mut addresses) = (Vec::new(), Vec::new());
        for name in std::iter::once(None).chain(names.iter().map(|name| Some(Arc::from(*name)))) {
            let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
            addresses.push(socket.local_addr().unwrap());
            listeners.push(Listener { socket, name });
        }
        let (served, inner) = (Arc::clone(&door), tasks.clone());
        tasks.spawn("serve", async move {
            serve(served, listeners, &inner).await;
        });
        let address = addresses.remove(0);
        Self { address, named: addresses, door, service, tasks }
    }

    /// What the metrics say about a series, by its full name.
    pub(crate) fn metric(&self, series: &str) -> u64 {
        let text = self.door.metrics.expose();
        let line = text.lines().find_map(|line| line.strip_prefix(series));
        line.map_or(0, |value| value.trim().parse().unwrap())
    }

    /// Comes back when a series has reached a value.
    pub(crate) async fn reaches(&self, series: &str, value: u64) {
        let reached = async {
            while self.metric(series) != value {
                tokio::task::yield_now().await;
            }
        };
        let reached = tokio::time::timeout(Duration::from_secs(60), reached).await;
        assert!(reached.is_ok(), "{series} is {} and not {value}", self.metric(series));
    }
}

/// The query form of the service.
pub(crate) const FORM: Form = Form { version: "2026-11-01", namespace: "http://test/" };

/// A trail in memory, which is written.
async fn trail() -> Arc<Trail> {
    // Its own tasks: it is written until the last request has ended.
    trail_on(Arc::new(Memory::new(Term(1))), &Tasks::new()).await
}

/// A trail on a store, which is written.
pub(crate) async fn trail_on(store: Arc<dyn Store>, tasks: &Tasks) -> Arc<Trail> {
    let around = Surroundings {
        store,
        clock: Arc::new(ManualClock::at(NOW)),
        entropy: Arc::new(SeededEntropy::new(2)),
        metrics: Metrics::new(),
    };
    let settings = Settings { data_events: false, limits: false, operator: AccountId::DEV };
    let trail = Trail::open(around, settings, Sealer::new(&[1; 32])).await.unwrap();
    trail.start(tasks);
    trail
}

/// Where requests of `Wait` meet the test.
pub(crate) struct Service {
    pub(crate) entered: Semaphore,
    pub(crate) leave: Semaphore,
}

impl Default for Service {
    fn default() -> Self {
        Self { entered: Semaphore::new(0), leave: Semaphore::new(0) }
    }
}

impl Service {
    /// Waits until a request has arrived.
    pub(crate) async fn arrival(&self) {
        self.entered.acquire().await.unwrap().forget();
    }
}

pub(crate) static ENTRIES: &[Entry<Service>] = &[
    Entry::works::<Echo>(),
    Entry::works::<Large>(),
    Entry::works::<Packed>(),
    Entry::works::<Panic>(),
    Entry::streams::<Ticks>(),
    Entry::works::<Wait>(),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Input<'a> {
    #[serde(borrow)]
    pub(crate) text: Cow<'a, str>,
}

impl Check for Input<'_> {
    fn check(&self, _checks: &mut Checks) {}
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    length: usize,
    account: String,
    region: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Never {}

impl ApiError for Never {
    fn code(&self) -> &'static str {
        match *self {}
    }

    fn fault(&self) -> Fault {
        match *self {}
    }

    fn public_message(&self) -> Option<String> {
        match *self {}
    }
}

pub(crate) fn own(caller: &Caller, action: &'static str) -> Vec<Resource> {
    let arn = format!("arn:aws:kinesis:{}:{}:stream/s", caller.region, caller.account);
    vec![Resource::new(action, arn)]
}

/// Makes an operation of a few lines.
macro_rules! operation {
    ($name:ident, $limit:expr, |$service:ident, $input:ident| $body:expr $(, $gzip:literal)?) => {
        struct $name;

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            const ACTION: &'static str = concat!("kinesis:", stringify!($name));
            const BODY_LIMIT: usize = $limit;
            $(const TAKES_GZIP: bool = $gzip;)?
            type Service = Service;
            type Input<'a> = Input<'a>;
            type Output = Output;
            type Error = Never;

            async fn resources(
                _service: &Service,
                caller: &Caller,
                _input: &Self::Input<'_>,
            ) -> Result<Vec<Resource>, Never> {
                Ok(own(caller, Self::ACTION))
            }

            async fn run(
                $service: &Service,
                caller: &Caller,
                $input: Self::Input<'_>,
            ) -> Result<Output, Never> {
                let text = $body;
                Ok(Output {
                    text,
                    length: $input.text.len(),
                    account: caller.account.to_string(),
                    region: caller.region.to_string(),
                })
            }
        }
    };
}

operation!(Echo, 4 * 1024 * 1024, |_service, input| String::new());
operation!(Packed, 64 * 1024, |_service, input| String::new(), true);
// As many bytes as the text says.
operation!(Large, 1024, |_service, input| "x".repeat(input.text.parse().unwrap()));
operation!(Panic, 1024, |_service, input| {
    assert!(input.text.is_empty(), "the test wants a panic");
    String::new()
});
operation!(Wait, 1024 * 1024, |service, input| {
    service.entered.add_permits(1);
    service.leave.acquire().await.unwrap().forget();
    String::new()
});
