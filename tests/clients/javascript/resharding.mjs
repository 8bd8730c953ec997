// Shards are counted anew, split and merged, and who reads a shard to its end is led to its children.

import assert from "node:assert/strict";
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
  UpdateShardCountCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { client, create } from "./support.mjs";

const kinesis = client();
const StreamName = "reshaped";

const ready = () => waitUntilStreamExists({ client: kinesis, maxWaitTime: 30, minDelay: 1 }, { StreamName });
const shards = async (Type) => (await kinesis.send(new ListShardsCommand({ StreamName, ShardFilter: { Type } }))).Shards;
const start = ({ HashKeyRange }) => BigInt(HashKeyRange.StartingHashKey);

async function opened() {
  const found = (await shards("AT_LATEST")).sort((one, other) => (start(one) < start(other) ? -1 : 1));
  let next = 0n;
  for (const { HashKeyRange } of found) {
    assert.equal(BigInt(HashKeyRange.StartingHashKey), next);
    next = BigInt(HashKeyRange.EndingHashKey) + 1n;
  }
  assert.equal(next, 2n ** 128n);
  return found;
}

async function put(from) {
  const Records = Array.from({ length: 50 }, (_, n) => ({ PartitionKey: `${n}`, Data: Buffer.from(`${from + n}`) }));
  const reply = await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
  assert.equal(reply.FailedRecordCount, 0);
}

await create(kinesis, StreamName, 2);
await put(0);
const ScalingType = "UNIFORM_SCALING";
const told = await kinesis.send(new UpdateShardCountCommand({ StreamName, TargetShardCount: 4, ScalingType }));
assert.deepEqual([told.CurrentShardCount, told.TargetShardCount], [2, 4]);
await put(100);
await ready();
await put(200);
const [one, two] = await opened();
const merge = { StreamName, ShardToMerge: one.ShardId, AdjacentShardToMerge: two.ShardId };
await kinesis.send(new MergeShardsCommand(merge));
await ready();
const [merged] = await opened();
const split = { StreamName, ShardToSplit: merged.ShardId, NewStartingHashKey: "123456789" };
await kinesis.send(new SplitShardCommand(split));
await ready();
await put(300);
assert.equal((await opened()).length, 4);

const all = await shards("FROM_TRIM_HORIZON");
assert.equal(all.length, 9);
const seen = [];
for (const { ShardId, SequenceNumberRange } of all) {
  const from = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" };
  let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(from));
  for (;;) {
    const page = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
    seen.push(...page.Records.map(({ Data }) => Number(Buffer.from(Data).toString())));
    ShardIterator = page.NextShardIterator;
    if (ShardIterator === undefined) {
      assert.ok(SequenceNumberRange.EndingSequenceNumber);
      const children = all.filter((it) => [it.ParentShardId, it.AdjacentParentShardId].includes(ShardId));
      assert.deepEqual(page.ChildShards.map((it) => it.ShardId), children.map((it) => it.ShardId));
      break;
    }
    if (page.Records.length === 0 && page.MillisBehindLatest === 0) {
      assert.equal(SequenceNumberRange.EndingSequenceNumber, undefined);
      break;
    }
  }
}
const expected = [0, 100, 200, 300].flatMap((from) => Array.from({ length: 50 }, (_, n) => from + n));
assert.deepEqual(seen.sort((a, b) => a - b), expected);
