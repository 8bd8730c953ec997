//! Requests of CloudWatch in the query form and in RPC v2, after their signature held.
//!
//! An input is a form, or the name of an operation, a line feed, and the body.

use std::sync::Arc;

use monitoring::ops::{FORM, OPERATIONS};
use monitoring::{Monitoring, Surroundings};
use serde_json::{Value, json};
use stdx::{ManualClock, SeededEntropy};
use storage::{Memory, Term};
use tokio::runtime::Builder;
use wire::protocol::Protocol;
use wire::{Api, Call, Failure, Notes, Reply, State, query, testing};

use super::host::{Anybody, NOW, caller, sealer};

const QUERY: Protocol = Protocol::Query(&FORM);
/// A text that repeats an input has five bytes for a sign that XML has a word for; that of a list of broken rules is
/// longer than what broke them.
const FAILURE_BYTES_MAX: usize = 128 * 1024;

pub(super) fn form(bytes: &[u8]) {
    let Ok(action) = query::action(&FORM, bytes) else { return };
    // What no operation is called is read as the largest input that there is.
    let known = OPERATIONS.iter().any(|entry| entry.info.name == action);
    let operation = if known { &*action } else { "PutMetricData" };
    check(QUERY, bytes.len(), call(QUERY, operation, bytes));
}

pub(super) fn rpc(bytes: &[u8]) {
    let line = bytes.iter().position(|byte| *byte == b'\n');
    let (name, body) = line.map_or((&[][..], bytes), |at| (&bytes[..at], &bytes[at + 1..]));
    let entry = OPERATIONS.iter().find(|entry| entry.info.name.as_bytes() == name);
    let operation = entry.map_or("PutMetricData", |entry| entry.info.name);
    check(Protocol::RpcV2Cbor, body.len(), call(Protocol::RpcV2Cbor, operation, body));
}

/// What a service with one metric answers.
fn call(protocol: Protocol, operation: &str, body: &[u8]) -> Result<Reply, Failure> {
    let runtime = Builder::new_current_thread().build().expect("a runtime without drivers");
    let around = Surroundings {
        store: Arc::new(Memory::new(Term(1))),
        clock: Arc::new(ManualClock::at(NOW)),
        entropy: Arc::new(SeededEntropy::new(1)),
        sealer: sealer(),
    };
    let table = monitoring::table(Arc::new(Monitoring::new(around)));
    let put = json!({ "Namespace": "n", "MetricData": [{ "MetricName": "m", "Value": 1 }] });
    let first = (Protocol::AwsJson10, "PutMetricData", put.to_string().into_bytes());
    let mut last = None;
    for (protocol, operation, body) in [first, (protocol, operation, body.to_vec())] {
        let info = table.find(operation).expect("the table has the operation");
        let (caller, notes) = (&caller(), &Notes::default());
        let (authorizer, head) = (&Anybody, None);
        let call = Call { caller, authorizer, protocol, head, body: body.into(), notes };
        last = Some(runtime.block_on(table.call(info, call)));
    }
    last.expect("two calls were made")
}

/// Whether an answer is one that its clients can read, and no longer than it need be.
fn check(protocol: Protocol, asked_bytes: usize, answer: Result<Reply, Failure>) {
    match answer {
        Ok(reply) => {
            testing::read(protocol, reply.body.whole()).expect("a reply can be read");
        }
        Err(failure) => {
            assert!((400..500).contains(&failure.status), "{failure:?}");
            let body = protocol.encode_failure(&failure, "test");
            let told = testing::read(protocol, &body).expect("a failure can be read");
            let code = match protocol {
                Protocol::Query(_) => query::code(&failure.code),
                _ => &*failure.code,
            };
            assert_eq!(told["__type"], code);
            assert!(body.len() <= FAILURE_BYTES_MAX + 32 * asked_bytes, "{} bytes", body.len());
        }
    }
}

pub(super) fn form_seeds() -> Vec<(String, Vec<u8>)> {
    let written = |(operation, document): (&str, Value)| {
        let members = testing::write(QUERY, &document);
        let head = format!("Action={operation}&Version={}&", FORM.version);
        [head.into_bytes(), members].concat()
    };
    let mut seeds = seeds(QUERY, written);
    let flat =
        b"Action=ListMetrics&Dimensions.2.Name=b&Dimensions.1.Name=a&Dimensions.1.Value=%C3%A9+";
    seeds.push(("ListMetrics-flat".to_owned(), flat.to_vec()));
    seeds
}

pub(super) fn rpc_seeds() -> Vec<(String, Vec<u8>)> {
    seeds(Protocol::RpcV2Cbor, |(operation, document)| {
        let body = testing::write(Protocol::RpcV2Cbor, &document);
        [operation.as_bytes(), b"\n", &body].concat()
    })
}

fn seeds(
    protocol: Protocol,
    written: impl Fn((&'static str, Value)) -> Vec<u8>,
) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for (at, (operation, document)) in documents().into_iter().enumerate() {
        let works = call(protocol, operation, &testing::write(protocol, &document)).is_ok();
        assert!(works, "{operation} {document} is refused");
        found.push((format!("{operation}-{at}"), written((operation, document))));
    }
    for entry in OPERATIONS.iter().filter(|entry| entry.info.state == State::Works) {
        let name = entry.info.name;
        assert!(found.iter().any(|(seed, _)| seed.starts_with(name)), "{name} has a document");
    }
    found
}

/// Inputs with every member that operations have.
const DOCUMENTS: &str = r#"
GetMetricData {"MetricDataQueries":[{"Id":"a","MetricStat":{"Metric":{"Namespace":"n","MetricName":"m","Dimensions":[]},"Period":60,"Stat":"p90","Unit":"None"},"Label":"l","ReturnData":true}],"StartTime":<start>,"EndTime":<end>,"ScanBy":"TimestampAscending","MaxDatapoints":5}
GetMetricStatistics {"Namespace":"n","MetricName":"m","Dimensions":[{"Name":"a","Value":"b"}],"StartTime":<start>,"EndTime":<end>,"Period":60,"Statistics":["Sum"],"ExtendedStatistics":["p50"],"Unit":"None"}
GetMetricStatistics {"Namespace":"n","MetricName":"m","StartTime":<start>,"EndTime":<end>,"Period":60,"Statistics":["Sum","Minimum","Maximum","Average","SampleCount"]}
ListMetrics {"Namespace":"n","MetricName":"m","Dimensions":[{"Name":"a","Value":"b"}],"RecentlyActive":"PT3H","IncludeLinkedAccounts":false,"OwningAccount":"123456789012"}
ListMetrics {}
PutMetricData {"Namespace":"n","MetricData":[{"MetricName":"m","Dimensions":[{"Name":"a","Value":"b"}],"Timestamp":<start>,"Values":[1.5,2],"Counts":[1,2],"Unit":"Bytes","StorageResolution":60},{"MetricName":"m","StatisticValues":{"SampleCount":1,"Sum":2,"Minimum":2,"Maximum":2}}]}
PutMetricData {"Namespace":"n","EntityMetricData":[{"Entity":{"KeyAttributes":{"Type":"Service"}},"MetricData":[{"MetricName":"m","Value":1}]}],"StrictEntityValidation":true}
"#;

fn documents() -> Vec<(&'static str, Value)> {
    let text = |line: &str| {
        let line = line.replace("<start>", &(NOW.0 / 1000 - 600).to_string());
        line.replace("<end>", &(NOW.0 / 1000 + 60).to_string())
    };
    let given = DOCUMENTS.lines().filter_map(|line| line.split_once(' '));
    given.map(|(name, json)| (name, text(json).parse().expect("an input is JSON"))).collect()
}
