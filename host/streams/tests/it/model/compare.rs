//! The same steps on both.

use std::collections::BTreeMap;

use domain::HashRange;
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::protocol::Protocol;

use super::reference::{Place, Read, Record, Reference, Shard};
use super::steps::{From, Step, steps};
use crate::support::{Host, START, base64, data, text};

const SHARDS: u32 = 3;

/// A service with one stream, its model, and the iterators given so far.
struct Pair {
    host: Option<Host>,
    reference: Reference,
    iterators: Vec<(String, Place)>,
}

impl Pair {
    async fn new(protocol: Protocol) -> Self {
        let host = Host::unlimited().await.speaking(protocol);
        host.create("a", SHARDS).await;
        Self { host: Some(host), reference: Reference::new(SHARDS, START.0), iterators: Vec::new() }
    }

    fn host(&self) -> &Host {
        self.host.as_ref().unwrap()
    }

    async fn apply(&mut self, step: Step) {
        match step {
            Step::Put { key, data } => {
                let number = self.host().put("a", &key, &data).await;
                let shard = self.reference.shard_of(&key, None);
                self.reference.put(shard, &key, &data, number);
            }
            Step::PutMany(entries) => self.put_many(&entries).await,
            Step::Iterator { shard, from } => {
                self.iterator(shard % self.reference.shards.len(), from).await;
            }
            Step::Get { iterator, limit } => self.get(iterator, limit).await,
            Step::Advance { ms } => {
                self.host().clock.advance(ms);
                self.reference.now += ms;
            }
            Step::Restart => {
                let host = self.host.take().unwrap();
                let host = host.restart().await;
                // Nobody swept each minute, so the time that was noted may be hours old.
                host.service.accept_time();
                self.host = Some(host);
            }
            Step::Sweep => {
                self.host().service.sweep().await.unwrap();
                self.reference.sweep();
            }
            Step::Split { shard, at } => self.split(shard, at).await,
            Step::Merge { shard } => self.merge(shard).await,
            Step::Resize { target } => {
                let input = json!({"StreamName": "a", "TargetShardCount": target,
                                   "ScalingType": "UNIFORM_SCALING"});
                self.reshape("UpdateShardCount", input).await;
                assert_eq!(self.reference.open().len(), target as usize);
            }
            Step::List => self.list().await,
            Step::Retain { hours, longer } => self.retain(hours, longer).await,
            Step::Tag(tags) => {
                let tags: BTreeMap<_, _> = tags.into_iter().collect();
                let input = json!({"StreamName": "a", "Tags": tags});
                let fits = self.reference.tag(&tags);
                self.works("AddTagsToStream", input, fits).await;
            }
            Step::Untag(keys) => {
                let input = json!({"StreamName": "a", "TagKeys": keys});
                self.reference.tags.retain(|key, _| !keys.contains(key));
                self.works("RemoveTagsFromStream", input, true).await;
            }
            Step::Tags { after, limit } => self.tags(&after, limit).await,
        }
    }

    /// A call that works, or makes no sense.
    async fn works(&self, operation: &str, input: Value, works: bool) {
        if works {
            assert_eq!(self.host().call(operation, input).await, Value::Null);
        } else {
            let refusal = self.host().refusal(operation, input).await;
            assert_eq!(refusal.code, "InvalidArgumentException");
        }
    }

    async fn retain(&mut self, hours: u32, longer: bool) {
        let which = if longer { "Increase" } else { "Decrease" };
        let operation = format!("{which}StreamRetentionPeriod");
        let input = json!({"StreamName": "a", "RetentionPeriodHours": hours});
        let works = self.reference.retain(hours, longer);
        self.works(&operation, input, works).await;
        let told = self.host().call("DescribeStreamSummary", json!({"StreamName": "a"})).await;
        let told = &told["StreamDescriptionSummary"]["RetentionPeriodHours"];
        assert_eq!(told, self.reference.hours);
    }

    async fn tags(&self, after: &str, limit: usize) {
        let input = json!({"StreamName": "a", "ExclusiveStartTagKey": after, "Limit": limit});
        let told = self.host().call("ListTagsForStream", input).await;
        let behind = self.reference.tags.iter().filter(|(key, _)| key.as_str() > after);
        let behind: Vec<Value> =
            behind.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        let page = &behind[..limit.min(behind.len())];
        assert_eq!(told, json!({"Tags": page, "HasMoreTags": behind.len() > limit}));
    }

    async fn put_many(&mut self, entries: &[(String, Option<u128>, Vec<u8>)]) {
        let record = |(key, hash_key, data): &(String, Option<u128>, Vec<u8>)| {
            let hash_key = hash_key.map(|it| it.to_string());
            json!({"PartitionKey": key, "Data": base64(data), "ExplicitHashKey": hash_key})
        };
        let records: Vec<Value> = entries.iter().map(record).collect();
        let input = json!({"StreamName": "a", "Records": records});
        let reply = self.host().call("PutRecords", input).await;
        assert_eq!(reply["FailedRecordCount"], 0);
        let stored = reply["Records"].as_array().unwrap();
        for ((key, hash_key, data), stored) in entries.iter().zip(stored) {
            let shard = self.reference.shard_of(key, *hash_key);
            assert_eq!(text(stored, "ShardId"), format!("shardId-{shard:012}"));
            let number = text(stored, "SequenceNumber");
            self.reference.put(shard, key, data, number);
        }
    }

    async fn iterator(&mut self, shard: usize, from: From) {
        let shown = &self.reference.shards[shard];
        let (records, is_forgotten) = (&shown.records, shown.is_forgotten);
        let pick = |at: usize| at.checked_rem(records.len());
        let by_number = |at: usize| json!({"StartingSequenceNumber": records[at].number});
        let (kind, mut more, index) = match from {
            From::TrimHorizon => ("TRIM_HORIZON", json!({}), 0),
            From::Latest => ("LATEST", json!({}), records.len()),
            From::At(at) => match pick(at) {
                Some(at) => ("AT_SEQUENCE_NUMBER", by_number(at), at),
                None => return,
            },
            From::After(at) => match pick(at) {
                Some(at) => ("AFTER_SEQUENCE_NUMBER", by_number(at), at + 1),
                None => return,
            },
            From::Ago(ms) => {
                let at = self.reference.now - ms;
                let index = self.reference.at_time(shard, at);
                ("AT_TIMESTAMP", json!({"Timestamp": at as f64 / 1000.0}), index)
            }
        };
        more["ShardId"] = json!(format!("shardId-{shard:012}"));
        if is_forgotten {
            let mut input = json!({"StreamName": "a", "ShardIteratorType": kind});
            crate::support::merge(&mut input, more);
            let refusal = self.host().refusal("GetShardIterator", input).await;
            assert_eq!(refusal.code, "ResourceNotFoundException");
            return;
        }
        let iterator = self.host().iterator("a", kind, more).await;
        let issued = self.reference.now;
        let place = Place { shard, index, issued };
        self.iterators.push((iterator, place));
    }

    async fn get(&mut self, iterator: usize, limit: usize) {
        let Some(at) = iterator.checked_rem(self.iterators.len()) else {
            return;
        };
        let (iterator, place) = &self.iterators[at];
        let input = json!({"ShardIterator": iterator, "Limit": limit});
        if self.reference.is_expired(*place) {
            let refusal = self.host().refusal("GetRecords", input).await;
            assert_eq!(refusal.code, "ExpiredIteratorException");
            return;
        }
        if self.reference.shards[place.shard].is_forgotten {
            let refusal = self.host().refusal("GetRecords", input).await;
            assert_eq!(refusal.code, "ResourceNotFoundException");
            return;
        }
        let reply = self.host().call("GetRecords", input).await;
        let (expected, next) = self.reference.read(*place, limit);
        assert_eq!(read(&reply), expected);
        let Some(next) = next else {
            assert!(reply["NextShardIterator"].is_null());
            let children = reply["ChildShards"].as_array().unwrap();
            let children: Vec<usize> = children.iter().map(number_of).collect();
            assert_eq!(children, self.reference.children(place.shard));
            return;
        };
        assert!(reply["ChildShards"].is_null());
        let iterator = text(&reply, "NextShardIterator");
        self.iterators.push((iterator, next));
    }

    async fn split(&mut self, shard: usize, at: u128) {
        let open = self.reference.open();
        let shard = open[shard % open.len()];
        let HashRange { first, last } = self.reference.shards[shard].range;
        let at = at.clamp(first.0.saturating_add(2), last.0.max(first.0 + 3) - 1);
        let input = json!({"StreamName": "a", "ShardToSplit": format!("shardId-{shard:012}"),
                           "NewStartingHashKey": at.to_string()});
        if last.0 - first.0 > 3 {
            self.reshape("SplitShard", input).await;
        }
    }

    async fn merge(&mut self, shard: usize) {
        let open = self.reference.open();
        if let Some(pair) = open.windows(2).nth(shard % open.len()) {
            let [lower, upper] = [pair[0], pair[1]].map(|it| format!("shardId-{it:012}"));
            let input = json!({"StreamName": "a", "ShardToMerge": lower,
                               "AdjacentShardToMerge": upper});
            self.reshape("MergeShards", input).await;
        }
    }

    /// Has the shards changed, and teaches the model what there is since.
    async fn reshape(&mut self, operation: &str, input: Value) {
        self.host().call(operation, input).await;
        self.host().service.reshape_all().await.unwrap();
        let now = self.reference.now;
        let reply = self.host().call("ListShards", json!({"StreamName": "a"})).await;
        for listed in reply["Shards"].as_array().unwrap() {
            let at = number_of(listed);
            let key = |member: &str| text(&listed["HashKeyRange"], member).parse().unwrap();
            let range = HashRange { first: key("StartingHashKey"), last: key("EndingHashKey") };
            let parents = ["ParentShardId", "AdjacentParentShardId"].iter();
            let parents: Vec<usize> =
                parents.filter_map(|it| listed[it].as_str()).map(parse).collect();
            let shards = &mut self.reference.shards;
            if at >= shards.len() {
                assert_eq!(at, shards.len(), "numbers count up");
                for parent in &parents {
                    let closed: &mut Option<u64> = &mut shards[*parent].closed;
                    assert!(closed.is_none_or(|closed| closed == now), "closed twice");
                    *closed = Some(now);
                }
                shards.push(Shard::new(range, parents));
            }
            assert_eq!(shards[at].range, range);
        }
        self.list().await;
        let open = self.reference.open();
        let ranges = open.iter().map(|at| self.reference.shards[*at].range);
        let mut next = Some(0);
        for HashRange { first, last } in ranges {
            assert_eq!(Some(first.0), next, "open shards cover each key once");
            next = last.0.checked_add(1);
        }
        assert_eq!(next, None);
    }

    /// The listing shows what the model shows.
    async fn list(&self) {
        let reply = self.host().call("ListShards", json!({"StreamName": "a"})).await;
        let listed = reply["Shards"].as_array().unwrap();
        let numbers: Vec<usize> = listed.iter().map(number_of).collect();
        assert_eq!(numbers, self.reference.listed());
        for (shown, at) in listed.iter().zip(numbers) {
            let has_end = shown["SequenceNumberRange"]["EndingSequenceNumber"].is_string();
            assert_eq!(has_end, self.reference.shards[at].closed.is_some());
        }
    }
}

/// The number of a shard.
fn number_of(listed: &Value) -> usize {
    parse(&text(listed, "ShardId"))
}

fn parse(id: &str) -> usize {
    id.strip_prefix("shardId-").unwrap().parse().unwrap()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of this century"
)]
fn read(reply: &Value) -> Read {
    let records = reply["Records"].as_array().unwrap().iter().zip(data(reply));
    let record = |(record, data): (&Value, Vec<u8>)| Record {
        key: text(record, "PartitionKey"),
        data,
        arrival: (record["ApproximateArrivalTimestamp"].as_f64().unwrap() * 1000.0).round() as u64,
        number: text(record, "SequenceNumber"),
    };
    Read {
        records: records.map(record).collect(),
        behind: reply["MillisBehindLatest"].as_u64().unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn the_service_behaves_as_the_model(steps in steps(), is_cbor in any::<bool>()) {
        let protocol = if is_cbor { Protocol::AwsCbor11 } else { Protocol::AwsJson11 };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut pair = Pair::new(protocol).await;
            for step in steps {
                pair.apply(step).await;
            }
        });
    }
}
