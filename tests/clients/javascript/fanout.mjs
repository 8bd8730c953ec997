// Records are pushed to consumers over HTTP/2, several shards at once over one session.

import assert from "node:assert/strict";
import {
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";
import { client, create } from "./support.mjs";

const kinesis = client();
const StreamName = "pushed-to-js";
const COUNT = 200;

await create(kinesis, StreamName, 4);
const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
const register = { StreamARN: StreamDescriptionSummary.StreamARN, ConsumerName: "app" };
const { ConsumerARN } = (await kinesis.send(new RegisterStreamConsumerCommand(register))).Consumer;

async function subscribe(ShardId, Type) {
  const input = { ConsumerARN, ShardId, StartingPosition: { Type } };
  return (await kinesis.send(new SubscribeToShardCommand(input))).EventStream;
}

const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName }));
const streams = await Promise.all(Shards.map(({ ShardId }) => subscribe(ShardId, "LATEST")));
// Reading begins before anything is there.
const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
for (const iterator of iterators) {
  const { value } = await iterator.next();
  assert.deepEqual(value.SubscribeToShardEvent.Records, []);
}
const Records = Array.from({ length: COUNT }, (_, n) => ({ PartitionKey: `${n}`, Data: Buffer.from(`${n}`) }));
await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
const got = [];
await Promise.all(
  iterators.map(async (iterator) => {
    while (got.length < COUNT) {
      const { value } = await iterator.next();
      const { Records, ContinuationSequenceNumber } = value.SubscribeToShardEvent;
      assert.match(ContinuationSequenceNumber, /^49\d{54}$/);
      got.push(...Records.map(({ Data }) => Number(Buffer.from(Data).toString())));
    }
  }),
);
assert.deepEqual(got.sort((one, other) => one - other), Array.from({ length: COUNT }, (_, n) => n));

const split = { StreamName, ShardToSplit: Shards[0].ShardId, NewStartingHashKey: "1000" };
await kinesis.send(new SplitShardCommand(split));
let last;
for (let next = await iterators[0].next(); !next.done; next = await iterators[0].next()) last = next.value.SubscribeToShardEvent;
assert.equal(last.ContinuationSequenceNumber, undefined);
assert.deepEqual(last.ChildShards.map((child) => child.ParentShards), [[Shards[0].ShardId], [Shards[0].ShardId]]);
kinesis.destroy();
process.exit(0);
