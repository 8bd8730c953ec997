//! A service of Kinesis for one input: always the same, on a store in memory, without waiting for anything.

use std::sync::Arc;

use async_trait::async_trait;
use domain::Millis;
use serde_json::{Value, json};
use stdx::{ManualClock, SeededEntropy};
use storage::{Memory, Term};
use streams::{Settings, Streams, Surroundings};
use tokio::runtime::{Builder, Runtime};
use wire::protocol::Protocol;
use wire::token::Sealer;
use wire::{
    Api, Authorizer, Call, Caller, Denied, Failure, Origin, Reply, Resource, Table, testing,
};

/// The stream that there is.
pub(super) const STREAM: &str = "quakes";
/// What time it is.
pub(super) const NOW: Millis = Millis(1_790_068_000_000);

const ACCOUNT: &str = "123456789012";
/// A text that repeats an input is not much longer, and one that counts 501 wrong records has 40 KiB.
const FAILURE_BYTES_MAX: usize = 128 * 1024;

pub(super) struct Host {
    runtime: Runtime,
    table: Table<Streams>,
}

/// What seals the host's tokens.
pub(super) fn sealer() -> Sealer {
    Sealer::new(&[7; 32])
}

impl Host {
    /// With one stream of two shards, and a record in the first.
    pub(super) fn new() -> Self {
        let runtime = Builder::new_current_thread().build().expect("a runtime without drivers");
        let clock = Arc::new(ManualClock::at(NOW));
        let store = Arc::new(Memory::new(Term(1)));
        let entropy = Arc::new(SeededEntropy::new(1));
        let around = Surroundings::new(store, clock, entropy, sealer());
        let service = Streams::open(around, Settings::default());
        let service = runtime.block_on(service).expect("an empty store opens");
        let host = Self { runtime, table: streams::table(Arc::new(service)) };
        host.must("CreateStream", &json!({ "StreamName": STREAM, "ShardCount": 2 }));
        let record = json!({
            "StreamName": STREAM, "PartitionKey": "p", "ExplicitHashKey": "0", "Data": "AAEC",
        });
        host.must("PutRecord", &record);
        host
    }

    /// A call that works.
    pub(super) fn must(&self, operation: &str, input: &Value) -> Value {
        let protocol = Protocol::AwsJson11;
        let reply = self.call(protocol, operation, testing::write(protocol, input));
        let reply = reply.expect("a call of ours works");
        testing::read(protocol, reply.body.whole()).expect("a reply can be read")
    }

    /// A call whose body may be anything.
    pub(super) fn call(
        &self,
        protocol: Protocol,
        operation: &str,
        body: Vec<u8>,
    ) -> Result<Reply, Failure> {
        let info = self.table.find(operation).expect("the table has the operation");
        let (caller, authorizer, head) = (&caller(), &Anybody, None);
        let notes = &wire::Notes::default();
        let call = Call { caller, authorizer, protocol, head, body: body.into(), notes };
        self.runtime.block_on(self.table.call(info, call))
    }
}

/// Whether an answer is one: it can be read, and a refusal is the caller's fault and not longer than it need be.
pub(super) fn check(protocol: Protocol, asked_bytes: usize, answer: Result<Reply, Failure>) {
    match answer {
        Ok(reply) => {
            testing::read(protocol, reply.body.whole()).expect("a reply can be read");
        }
        Err(failure) => {
            assert!((400..500).contains(&failure.status), "{failure:?}");
            let body = protocol.encode_failure(&failure, "test");
            let told = testing::read(protocol, &body).expect("a failure can be read");
            assert_eq!(told["__type"], &*failure.code);
            assert!(body.len() <= FAILURE_BYTES_MAX + 16 * asked_bytes, "{} bytes", body.len());
        }
    }
}

pub(super) fn caller() -> Caller {
    Caller {
        account: ACCOUNT.parse().expect("twelve digits"),
        region: "us-east-1".parse().expect("a region"),
        principal: format!("arn:aws:iam::{ACCOUNT}:root"),
        access_key_id: "AKIATEST".to_owned(),
        origin: Origin::default(),
        request_id: "test".to_owned(),
    }
}

/// Lets everybody do everything, but looks at what is asked.
pub(super) struct Anybody;

#[async_trait]
impl Authorizer for Anybody {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        let Resource { action, arn, .. } = asked;
        let is_known = ["kinesis:", "cloudwatch:"].iter().any(|of| action.starts_with(of));
        assert!(is_known, "{action}");
        assert!(*arn == "*" || arn.starts_with("arn:aws"), "{arn}");
        Ok(())
    }
}
