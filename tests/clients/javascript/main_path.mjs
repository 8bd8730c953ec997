// The main path over HTTP/2 with prior knowledge, which is what this SDK speaks by default, and over HTTP/1.1.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import {
  AddTagsToStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DescribeLimitsCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  IncreaseStreamRetentionPeriodCommand,
  ListShardsCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RemoveTagsFromStreamCommand,
  waitUntilStreamNotExists,
} from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { client, create } from "./support.mjs";

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

async function readAll(kinesis, StreamName) {
  const found = new Map();
  const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName }));
  for (const { ShardId } of Shards) {
    const start = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" };
    let { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(start));
    for (;;) {
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
      for (const record of page.Records) {
        assert.ok(record.ApproximateArrivalTimestamp instanceof Date);
        found.set(record.SequenceNumber, { ShardId, key: record.PartitionKey, hash: digest(record.Data) });
      }
      ShardIterator = page.NextShardIterator;
      if (page.Records.length === 0 && page.MillisBehindLatest === 0) break;
    }
  }
  return found;
}

async function mainPath(kinesis, StreamName, protocol) {
  assert.equal(kinesis.config.requestHandler.metadata.handlerProtocol, protocol);
  await create(kinesis, StreamName, 2);
  const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamName }));
  assert.equal(StreamDescription.Shards.length, 2);
  const { StreamARN } = StreamDescription;
  const summary = await kinesis.send(new DescribeStreamSummaryCommand({ StreamARN }));
  assert.equal(summary.StreamDescriptionSummary.OpenShardCount, 2);
  assert.ok(summary.$metadata.requestId, "a reply has a request id");

  const sent = new Map();
  const bodies = [Buffer.alloc(0), Buffer.from([0, 255]), randomBytes(1000), randomBytes(1024 * 1024 - 32)];
  for (const [n, Data] of bodies.entries()) {
    const PartitionKey = `ключ ${n}`;
    const reply = await kinesis.send(new PutRecordCommand({ StreamARN, PartitionKey, Data }));
    sent.set(reply.SequenceNumber, { ShardId: reply.ShardId, key: PartitionKey, hash: digest(Data) });
  }
  // One after the other and all at once, over one client.
  const batches = Array.from({ length: 40 }, (_, b) =>
    Array.from({ length: 25 }, (_, n) => ({ PartitionKey: `${b}/${n}`, Data: randomBytes(50 + n) })),
  );
  await Promise.all(
    batches.map(async (Records) => {
      const reply = await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
      assert.equal(reply.FailedRecordCount, 0);
      reply.Records.forEach(({ SequenceNumber, ShardId }, n) => {
        const { PartitionKey: key, Data } = Records[n];
        assert.ok(!sent.has(SequenceNumber), "a number is given once");
        sent.set(SequenceNumber, { ShardId, key, hash: digest(Data) });
      });
    }),
  );
  assert.deepEqual(await readAll(kinesis, StreamName), new Map([...sent].sort(byShardAndNumber)));

  await assert.rejects(kinesis.send(new PutRecordCommand({ StreamName: "absent", PartitionKey: "p", Data: Buffer.alloc(1) })), {
    name: "ResourceNotFoundException",
    message: "Stream absent under account 000000000000 not found.",
  });
  const names = (await kinesis.send(new ListStreamsCommand({}))).StreamNames;
  assert.ok(names.includes(StreamName));

  await kinesis.send(new AddTagsToStreamCommand({ StreamARN, Tags: { "ключ": "", team: "a" } }));
  await kinesis.send(new RemoveTagsFromStreamCommand({ StreamName, TagKeys: ["team"] }));
  const { Tags, HasMoreTags } = await kinesis.send(new ListTagsForStreamCommand({ StreamName }));
  assert.deepEqual([Tags, HasMoreTags], [[{ Key: "ключ", Value: "" }], false]);
  const RetentionPeriodHours = 48;
  await kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamARN, RetentionPeriodHours }));
  const changed = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
  assert.equal(changed.StreamDescriptionSummary.RetentionPeriodHours, 48);
  const shorter = new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 49 });
  await assert.rejects(kinesis.send(shorter), { name: "InvalidArgumentException" });
  const limits = await kinesis.send(new DescribeLimitsCommand({}));
  assert.equal(limits.OpenShardCount, 2);

  await kinesis.send(new DeleteStreamCommand({ StreamName }));
  await waitUntilStreamNotExists({ client: kinesis, maxWaitTime: 30, minDelay: 1 }, { StreamName });
}

function byShardAndNumber([one, a], [other, b]) {
  return a.ShardId.localeCompare(b.ShardId) || (one < other ? -1 : 1);
}

await mainPath(client(), "over-h2", "h2");
await mainPath(client({ requestHandler: new NodeHttpHandler() }), "over-http1", "http/1.1");
