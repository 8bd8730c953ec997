// Many requests at once over one HTTP/2 session, and a client whose secret is wrong.

import assert from "node:assert/strict";
import { ListStreamsCommand, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { NodeHttp2Handler } from "@smithy/node-http-handler";
import { client, create } from "./support.mjs";

const kinesis = client({ requestHandler: new NodeHttp2Handler({ disableConcurrentStreams: false }) });
await create(kinesis, "session", 4);
const replies = await Promise.all(
  Array.from({ length: 200 }, (_, n) =>
    kinesis.send(
      new PutRecordCommand({ StreamName: "session", PartitionKey: `${n}`, Data: Buffer.alloc(20_000, n) }),
    ),
  ),
);
assert.equal(new Set(replies.map((reply) => reply.SequenceNumber)).size, 200);
assert.equal(new Set(replies.map((reply) => reply.$metadata.requestId)).size, 200);

const stranger = client({ credentials: { accessKeyId: "test", secretAccessKey: "guess" } });
await assert.rejects(stranger.send(new ListStreamsCommand({})), { name: "InvalidSignatureException" });
kinesis.destroy();
