//! Writers, each with keys of its own, that remember what was acknowledged.

use e2e::Random;
use e2e::client::Client;
use serde_json::json;

const KEYS: u64 = 12;
const CALLS: u64 = 17;

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

    /// Puts some records, or as many as there is a server for. Each has data that no other has.
    pub(super) fn write_some(&mut self, mut client: Client, mut random: Random) {
        for _ in 0..random.within(1..CALLS) {
            let bodies: Vec<Vec<u8>> =
                (0..random.within(1..64)).map(|_| self.body(&mut random)).collect();
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
