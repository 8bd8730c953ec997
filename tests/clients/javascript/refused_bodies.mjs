// What is refused before its body was read is told to the client over both protocols, however long the body is.

import assert from "node:assert/strict";
import { PutRecordCommand, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { client, create } from "./support.mjs";

const StreamName = "refused";
await create(client(), StreamName, 1);

const tooLong = new PutRecordCommand({ StreamName, PartitionKey: "k", Data: new Uint8Array(15_000_000) });
const Records = Array.from({ length: 10 }, () => ({ PartitionKey: "k", Data: new Uint8Array(900_000) }));
const credentials = { accessKeyId: "nobody", secretAccessKey: "knows" };

for (const how of [{}, { requestHandler: new NodeHttpHandler() }]) {
  const refused = await client(how).send(tooLong).catch((error) => error);
  assert.equal(refused.$metadata?.httpStatusCode, 413, refused);
  const stranger = client({ ...how, credentials });
  await assert.rejects(stranger.send(new PutRecordsCommand({ StreamName, Records })), {
    name: "UnrecognizedClientException",
  });
}
