//! A service to call, and what calls are made of.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{AccountId, Millis};
use monitoring::{Monitoring, Surroundings};
use parking_lot::Mutex;
use serde_json::{Value, json};
use stdx::{Clock as _, ManualClock, SeededEntropy};
use storage::faulty::{self, Fate, Faulty};
use storage::{Memory, Store, Term};
use wire::protocol::Protocol;
use wire::token::Sealer;
use wire::{Api, Authorizer, Call, Caller, Denied, Notes, Origin, Resource, Table, testing};

pub(crate) const ACCOUNT: &str = "123456789012";
/// When tests begin: Tuesday, 22 September 2026, 09:06:00.
pub(crate) const START: Millis = Millis(1_790_067_960_000);
pub(crate) const MINUTE: u64 = 60_000;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

pub(crate) struct Host {
    pub(crate) clock: ManualClock,
    pub(crate) service: Arc<Monitoring>,
    pub(crate) store: Arc<Memory>,
    table: Table<Monitoring>,
    protocol: Protocol,
}

/// A refusal as the caller sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Host {
    pub(crate) fn new() -> Self {
        let term = u32::try_from(START.0 / 1000).unwrap();
        Self::on(Arc::new(Memory::new(Term(term))), ManualClock::at(START))
    }

    fn on(store: Arc<Memory>, clock: ManualClock) -> Self {
        let served = Arc::<Memory>::clone(&store);
        Self::serve(served, store, clock)
    }

    fn serve(served: Arc<dyn Store>, store: Arc<Memory>, clock: ManualClock) -> Self {
        let around = Surroundings {
            store: served,
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(SeededEntropy::new(1)),
            sealer: Sealer::new(&[7; 32]),
        };
        let service = Arc::new(Monitoring::new(around));
        let table = monitoring::table(Arc::clone(&service));
        Self { clock, service, store, table, protocol: Protocol::AwsJson10 }
    }

    /// The same host, asked in this.
    pub(crate) fn speaking(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    /// The same host on a store whose calls meet the fate that `decide` gives them.
    pub(crate) fn failing(
        self,
        decide: impl Fn(&faulty::Call<'_>) -> Fate + Send + Sync + 'static,
    ) -> Self {
        let faulty = Arc::new(Faulty::new(Arc::clone(&self.store), decide));
        Self::serve(faulty, self.store, self.clock)
    }

    /// The service after the process was killed and started again.
    pub(crate) fn restart(self) -> Self {
        let seconds = u32::try_from(self.clock.now().0 / 1000).unwrap();
        Self::on(Arc::new(self.store.reopen(seconds)), self.clock)
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.clock.now().0 / 1000
    }

    pub(crate) async fn answer(
        &self,
        caller: &Caller,
        authorizer: &dyn Authorizer,
        operation: &str,
        input: &Value,
    ) -> Result<Value, Refusal> {
        let info = self.table.find(operation).expect("the operation exists");
        let (protocol, head) = (self.protocol, None);
        let body = testing::write(protocol, input).into();
        let notes = &Notes::default();
        let call = Call { caller, authorizer, protocol, head, body, notes };
        match self.table.call(info, call).await {
            Ok(reply) => {
                Ok(testing::read(protocol, reply.body.whole()).expect("a reply can be read"))
            }
            Err(failure) => Err(Refusal {
                status: failure.status,
                code: failure.code.into_owned(),
                message: failure.message.unwrap_or_default(),
            }),
        }
    }

    pub(crate) async fn call(&self, operation: &str, input: Value) -> Value {
        let answer = self.outcome(operation, &input).await;
        answer.unwrap_or_else(|refusal| panic!("{operation} {input}: {refusal:?}"))
    }

    /// Whether the caller is answered, and what else they are told.
    pub(crate) async fn outcome(&self, operation: &str, input: &Value) -> Result<Value, Refusal> {
        self.answer(&caller(), &Allowing::default(), operation, input).await
    }

    pub(crate) async fn refusal(&self, operation: &str, input: Value) -> Refusal {
        let answer = self.outcome(operation, &input).await;
        answer.expect_err("the call should be refused")
    }

    /// Puts one value of a metric in namespace `n`.
    pub(crate) async fn put(&self, metric: &str, value: f64) {
        self.put_data(json!([{ "MetricName": metric, "Value": value }])).await;
    }

    pub(crate) async fn put_data(&self, data: Value) {
        let input = json!({ "Namespace": "n", "MetricData": data });
        assert_eq!(self.call("PutMetricData", input).await, Value::Null);
    }

    /// The data points of a metric in the last so many minutes, in order: minutes ago, and the value.
    pub(crate) async fn told(
        &self,
        metric: &str,
        statistic: &str,
        minutes: u64,
    ) -> Vec<(u64, f64)> {
        let now = self.seconds();
        let is_extended = statistic.starts_with('p');
        let member = if is_extended { "ExtendedStatistics" } else { "Statistics" };
        let input = json!({
            "Namespace": "n",
            "MetricName": metric,
            "StartTime": now - minutes * 60,
            "EndTime": now + 60,
            "Period": 60,
            member: [statistic],
        });
        let reply = self.call("GetMetricStatistics", input).await;
        let mut points: Vec<_> = reply["Datapoints"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| {
                let at = point["Timestamp"].as_f64().unwrap();
                let value = match is_extended {
                    true => &point["ExtendedStatistics"][statistic],
                    false => &point[statistic],
                };
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a time of a test"
                )]
                let at = at as u64;
                ((now / 60).saturating_sub(at / 60), value.as_f64().unwrap_or(f64::NAN))
            })
            .collect();
        points.sort_by_key(|(ago, _)| std::cmp::Reverse(*ago));
        points
    }

    /// The names of the metrics that are listed.
    pub(crate) async fn listed(&self, input: Value) -> Vec<String> {
        let reply = self.call("ListMetrics", input).await;
        let name = |metric: &Value| metric["MetricName"].as_str().unwrap().to_owned();
        reply["Metrics"].as_array().unwrap().iter().map(name).collect()
    }
}

pub(crate) fn caller() -> Caller {
    Caller {
        account: ACCOUNT.parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        principal: format!("arn:aws:iam::{ACCOUNT}:root"),
        access_key_id: "AKIATEST".to_owned(),
        origin: Origin::default(),
        request_id: "test".to_owned(),
    }
}

pub(crate) fn other_account() -> AccountId {
    "999999999999".parse().unwrap()
}

/// Lets everybody do everything, and remembers what was asked.
#[derive(Default)]
pub(crate) struct Allowing(pub(crate) Mutex<Vec<Resource>>);

#[async_trait]
impl Authorizer for Allowing {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        self.0.lock().push(asked.clone());
        Ok(())
    }
}
