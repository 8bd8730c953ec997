//! Writers that put records until their server is gone, and tell the ledger what was answered.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::Random;
use e2e::client::{CallError, Client};
use serde_json::{Value, json};
use wire::protocol::Protocol;

use super::STREAMS;
use super::ledger::{Fate, Ledger, Place, Token};

/// What the writers speak: one each.
pub(super) const WRITERS: [Protocol; 4] =
    [Protocol::AwsJson11, Protocol::AwsCbor11, Protocol::AwsJson11, Protocol::AwsCbor11];

/// No answer for so long means that the server hangs.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

pub(super) struct Load<'a> {
    ledger: &'a Ledger,
    address: SocketAddr,
    answered: SyncSender<()>,
    answers: Mutex<Receiver<()>>,
}

impl<'a> Load<'a> {
    pub(super) fn new(ledger: &'a Ledger, address: SocketAddr) -> Self {
        let (answered, answers) = sync_channel(1024);
        Self { ledger, address, answered, answers: Mutex::new(answers) }
    }

    /// Waits until so many calls were answered.
    pub(super) fn wait_for(&self, calls: u64) -> Result<()> {
        let answers = self.answers.lock().expect("one thread waits");
        for call in 0..calls {
            answers
                .recv_timeout(ANSWERS_WITHIN)
                .with_context(|| format!("no answer after {call} calls: has the server ended?"))?;
        }
        Ok(())
    }

    /// Puts records until the server is gone.
    pub(super) fn write_until_lost(&self, protocol: Protocol, mut random: Random) {
        let mut client = Client::new(self.address).speaking(protocol);
        while self.put(&mut client, &mut random) {
            // Nobody counts any more once the kill is under way.
            let _ = self.answered.try_send(());
        }
    }

    /// One call; whether the server is still there.
    fn put(&self, client: &mut Client, random: &mut Random) -> bool {
        let stream = random.index(STREAMS.len());
        let is_single = random.once_in(2);
        let count = if is_single { 1 } else { random.within(1..30) };
        let (name, _, kib) = STREAMS[stream];
        let bodies: Vec<Vec<u8>> =
            (0..count).map(|_| body(random, is_single && kib > 1024)).collect();
        let tokens = self.ledger.send(stream, &bodies);
        let entries = tokens.iter().zip(&bodies);
        let mut entries: Vec<Value> = entries.map(|(token, body)| entry(*token, body)).collect();
        if is_single {
            let mut input = entries.remove(0);
            input["StreamName"] = name.into();
            let reply = client.call("PutRecord", &input);
            self.note(stream, &tokens, reply.map(|taken| vec![taken]))
        } else {
            let input = json!({ "StreamName": name, "Records": entries });
            let reply = client.call("PutRecords", &input);
            let records = |reply: Value| reply["Records"].as_array().cloned().unwrap_or_default();
            self.note(stream, &tokens, reply.map(records))
        }
    }

    fn note(&self, stream: usize, tokens: &[Token], reply: Result<Vec<Value>, CallError>) -> bool {
        let fates = match reply {
            Ok(answers) => answers.iter().map(|answer| fate(stream, answer)).collect(),
            Err(CallError::Refused(refused)) if refused.status < 500 => {
                vec![Fate::Refused; tokens.len()]
            }
            Err(CallError::NotSent(_)) => vec![Fate::Refused; tokens.len()],
            Err(CallError::Lost(_) | CallError::Refused(_)) => return false,
        };
        assert_eq!(fates.len(), tokens.len(), "one answer for each record");
        let is_there = !matches!(fates.first(), Some(Fate::Refused));
        for (token, fate) in tokens.iter().zip(fates) {
            self.ledger.settle(*token, fate);
        }
        is_there
    }
}

/// What the answer for one record says.
fn fate(stream: usize, answer: &Value) -> Fate {
    let word = |name: &str| answer[name].as_str().map(str::to_owned);
    match (word("ShardId"), word("SequenceNumber"), word("ErrorCode")) {
        (Some(shard), Some(number), None) => Fate::Acknowledged(Place { stream, shard, number }),
        (_, _, Some(code)) if code == "ProvisionedThroughputExceededException" => Fate::Refused,
        _ => Fate::Unknown,
    }
}

fn entry(token: Token, body: &[u8]) -> Value {
    json!({ "PartitionKey": token.to_string(), "Data": base64_simd::STANDARD.encode_to_string(body) })
}

/// Mostly small, some of a few hundred KiB, now and then a few MiB where the stream takes them. Half of them repeat
/// themselves.
fn body(random: &mut Random, may_be_large: bool) -> Vec<u8> {
    let size = if may_be_large && random.once_in(60) {
        random.within(1_000_000..3_000_000)
    } else if random.once_in(50) {
        random.within(10_000..300_000)
    } else {
        random.within(0..1_500)
    };
    let mut body = random.bytes(usize::try_from(size).expect("a few MB"));
    if random.once_in(2) {
        body.chunks_mut(100).for_each(|chunk| chunk.iter_mut().skip(20).for_each(|it| *it = b' '));
    }
    body
}
