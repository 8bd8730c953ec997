//! Writers, each with keys of its own, that remember what was acknowledged.

use std::sync::atomic::{AtomicU64, Ordering};

use e2e::Random;
use e2e::client::Client;
use serde_json::json;

const KEYS: u64 = 12;
/// Records of one call, at most.
const RECORDS: u64 = 64;

/// How many records all writers have put.
#[derive(Default)]
pub(super) struct Written(AtomicU64);

impl Written {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Puts records one call after the other.
pub(super) struct Writer {
    name: usize,
    next: u64,
    pub(super) acknowledged: Vec<Vec<u8>>,
}

impl Writer {
    pub(super) fn new(name: usize) -> Self {
        Self { name, next: 0, acknowledged: Vec::new() }
    }

    /// Puts records until all writers together have put so many, or there is no server any more. Each has data that no
    /// other has.
    pub(super) fn write(
        &mut self,
        mut client: Client,
        mut random: Random,
        (written, wanted): (&Written, u64),
    ) {
        while written.count() < wanted {
            let bodies: Vec<Vec<u8>> =
                (0..random.within(1..RECORDS)).map(|_| self.body(&mut random)).collect();
            let entries: Vec<_> = bodies
                .iter()
                .map(|body| {
                    let key = format!("w{}k{}", self.name, random.within(0..KEYS));
                    let data = base64_simd::STANDARD.encode_to_string(body);
                    json!({ "PartitionKey": key, "Data": data })
                })
                .collect();
            let asked = json!({ "StreamName": "source", "Records": entries });
            let Ok(reply) = client.call("PutRecords", &asked) else {
                return;
            };
            assert_eq!(reply["FailedRecordCount"], 0, "nothing is limited here");
            written.0.fetch_add(bodies.len() as u64, Ordering::Relaxed);
            self.acknowledged.extend(bodies);
        }
    }

    /// A name that is never used again, padded so that lengths differ.
    fn body(&mut self, random: &mut Random) -> Vec<u8> {
        self.next += 1;
        let padding = ".".repeat(random.index(300));
        format!("{}-{}{padding}", self.name, self.next).into_bytes()
    }
}
