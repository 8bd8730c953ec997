//! Shards that are split, merged and counted anew beside the load, and what must hold of them after each start.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use domain::{HashKey, HashRange};
use e2e::Random;
use e2e::client::{CallError, Client};
use serde_json::{Value, json};

use super::STREAMS;
use super::ledger::{Fate, Ledger};

const OPERATIONS: [&str; 3] = ["SplitShard", "MergeShards", "UpdateShardCount"];

/// Changes in the life of one process: enough for a kill to meet one, few enough that reading all shards back
/// stays short.
const CHANGES: std::ops::Range<u64> = 1..6;
/// The largest number of shards that is asked for.
const SHARDS_MAX: u64 = 6;

/// How often each operation has worked.
#[derive(Debug, Default)]
pub(super) struct Reshard(Mutex<BTreeMap<&'static str, u64>>);

/// A shard as listed.
#[derive(Clone, Debug)]
pub(super) struct Shard {
    pub(super) id: String,
    range: HashRange,
    parents: Vec<String>,
    pub(super) is_open: bool,
}

impl Reshard {
    /// Changes shards until the server is gone, or it is enough.
    ///
    /// # Errors
    /// If it refuses what it should do.
    pub(super) fn go_on_until_lost(&self, mut client: Client, mut random: Random) -> Result<()> {
        for _ in 0..random.within(CHANGES) {
            let (name, ..) = STREAMS[random.index(STREAMS.len())];
            let Some(shards) = answered(list(&mut client, name))? else { return Ok(()) };
            let (operation, mut input) = next(&shards, &mut random);
            input["StreamName"] = name.into();
            loop {
                match client.call(operation, &input) {
                    Ok(_) => break,
                    // The one before is under way.
                    Err(CallError::Refused(refused))
                        if refused.code == "ResourceInUseException" => {}
                    Err(CallError::Refused(refused)) if refused.status < 500 => {
                        // Its shards were others when it was decided on.
                        let is_late = refused.code == "InvalidArgumentException";
                        ensure!(is_late, "{operation} {input}: {}", CallError::Refused(refused));
                        break;
                    }
                    Err(_gone) => return Ok(()),
                }
            }
            *self.0.lock().expect("no thread panics with it").entry(operation).or_default() += 1;
        }
        Ok(())
    }

    /// How often each operation has worked, of which none may never have.
    pub(super) fn worked(&self) -> Result<BTreeMap<&'static str, u64>> {
        let worked = self.0.lock().expect("no thread panics with it").clone();
        for operation in OPERATIONS {
            ensure!(worked.contains_key(operation), "{operation} never worked: {worked:?}");
        }
        Ok(worked)
    }
}

/// What is done next.
fn next(shards: &[Shard], random: &mut Random) -> (&'static str, Value) {
    let mut open: Vec<&Shard> = shards.iter().filter(|shard| shard.is_open).collect();
    open.sort_by_key(|shard| shard.range.first);
    let at = random.index(open.len());
    match open.get(at..at + 2) {
        Some([one, other]) if random.once_in(2) => {
            let input = json!({ "ShardToMerge": one.id, "AdjacentShardToMerge": other.id });
            ("MergeShards", input)
        }
        _ if random.once_in(2) => {
            let target = random.within(1..SHARDS_MAX + 1);
            let input = json!({ "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING" });
            ("UpdateShardCount", input)
        }
        _ => {
            let HashRange { first, last } = open[at].range;
            let middle = first.0 + (last.0 - first.0) / 2 + 1;
            let input =
                json!({ "ShardToSplit": open[at].id, "NewStartingHashKey": middle.to_string() });
            ("SplitShard", input)
        }
    }
}

/// The answer of a server that is still there.
fn answered<T>(answer: Result<T, CallError>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(CallError::Refused(refused)) if refused.status < 500 => {
            bail!("refused: {}", CallError::Refused(refused))
        }
        Err(CallError::Refused(_) | CallError::NotSent(_) | CallError::Lost(_)) => Ok(None),
    }
}

pub(super) fn list(client: &mut Client, name: &str) -> Result<Vec<Shard>, CallError> {
    let input = json!({ "StreamName": name, "MaxResults": 10_000 });
    let reply = client.call("ListShards", &input)?;
    Ok(reply["Shards"].as_array().into_iter().flatten().filter_map(shard).collect())
}

fn shard(listed: &Value) -> Option<Shard> {
    let key = |member: &str| listed["HashKeyRange"][member].as_str()?.parse::<HashKey>().ok();
    let text = |member: &str| listed[member].as_str().map(str::to_owned);
    Some(Shard {
        id: text("ShardId")?,
        range: HashRange { first: key("StartingHashKey")?, last: key("EndingHashKey")? },
        parents: ["ParentShardId", "AdjacentParentShardId"].into_iter().filter_map(text).collect(),
        is_open: listed["SequenceNumberRange"]["EndingSequenceNumber"].is_null(),
    })
}

/// How long a change that a kill interrupted may take to come to its end after the start.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

/// Waits until no change of the stream's shards is under way: one that was interrupted goes on after a start, and
/// would close shards while they are read here. Asking is all the waiting there is.
fn settle(client: &mut Client, name: &str) -> Result<()> {
    let began = Instant::now();
    loop {
        let reply = client.call("DescribeStreamSummary", &json!({ "StreamName": name }))?;
        if reply["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE" {
            return Ok(());
        }
        ensure!(began.elapsed() < SETTLED_WITHIN, "{name} does not become active: {reply}");
    }
}

/// The shards of a stream: the open ones cover each key once, and the others have children.
pub(super) fn checked(client: &mut Client, name: &str) -> Result<Vec<Shard>> {
    settle(client, name)?;
    let shards = list(client, name).map_err(anyhow::Error::from)?;
    let mut open: Vec<HashRange> =
        shards.iter().filter(|shard| shard.is_open).map(|shard| shard.range).collect();
    open.sort_by_key(|range| range.first);
    let mut next = Some(0);
    for range in &open {
        ensure!(Some(range.first.0) == next, "{name}: open shards have {open:?}");
        next = range.last.0.checked_add(1);
    }
    ensure!(next.is_none(), "{name}: open shards have {open:?}");
    let parents: BTreeSet<&String> = shards.iter().flat_map(|shard| &shard.parents).collect();
    for shard in &shards {
        ensure!(shard.is_open != parents.contains(&shard.id), "{name}: {shard:?}");
    }
    let ids: BTreeSet<&String> = shards.iter().map(|shard| &shard.id).collect();
    ensure!(ids.len() == shards.len(), "{name} has a shard twice");
    Ok(shards)
}

/// When records of a shard were sent and answered: key, sent, answered.
type Records = Vec<(HashKey, u64, u64)>;

/// Once a shard has taken a record, those before it take none with a key of its any more.
pub(super) fn in_order_over_generations(client: &mut Client, ledger: &Ledger) -> Result<()> {
    let mut records: BTreeMap<(usize, String), Records> = BTreeMap::new();
    for (token, entry) in ledger.entries() {
        if let Fate::Acknowledged(place) = entry.fate {
            let key = HashKey::of(&token.to_string());
            let of_shard = records.entry((place.stream, place.shard)).or_default();
            of_shard.push((key, entry.sent, entry.answered));
        }
    }
    for (stream, (name, ..)) in STREAMS.iter().enumerate() {
        let shards = checked(client, name)?;
        let by_id: BTreeMap<&str, &Shard> = shards.iter().map(|it| (it.id.as_str(), it)).collect();
        let none = Vec::new();
        let of = |id: &str| records.get(&(stream, id.to_owned())).unwrap_or(&none);
        for shard in &shards {
            let Some(began) = of(&shard.id).iter().map(|(.., answered)| *answered).min() else {
                continue;
            };
            for before in ancestors(&by_id, shard)? {
                let late = of(before)
                    .iter()
                    .find(|(key, sent, _)| shard.range.contains(*key) && *sent > began);
                ensure!(late.is_none(), "{name}: {before} goes on beside {shard:?}: {late:?}");
            }
        }
    }
    Ok(())
}

fn ancestors<'s>(shards: &BTreeMap<&str, &'s Shard>, of: &'s Shard) -> Result<BTreeSet<&'s str>> {
    let mut found = BTreeSet::new();
    let mut rest = vec![of];
    while let Some(shard) = rest.pop() {
        for parent in &shard.parents {
            if found.insert(parent.as_str()) {
                rest.push(shards.get(parent.as_str()).context("nothing has expired yet")?);
            }
        }
    }
    Ok(found)
}
