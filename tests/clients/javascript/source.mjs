// Functions in source code by the SDK for JavaScript: the same calls that a person makes on AWS.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, copyFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateFunctionCommand, GetFunctionConfigurationCommand, InvokeCommand, LambdaClient, UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { settings } from "./support.mjs";

const lambda = new LambdaClient(settings());
const examples = process.env.HANDLERS;

function zip(files) {
  const folder = mkdtempSync(join(tmpdir(), "source-"));
  for (const [name, from] of Object.entries(files)) copyFileSync(from, join(folder, name));
  execFileSync("python3", ["-m", "zipfile", "-c", "f.zip", ...Object.keys(files)], { cwd: folder });
  return readFileSync(join(folder, "f.zip"));
}

const record = (data, number) => ({
  eventID: `shardId-000000000000:${number}`,
  eventSourceARN: "arn:aws:kinesis:us-east-1:000000000000:stream/s",
  kinesis: { data: Buffer.from(JSON.stringify(data)).toString("base64"), partitionKey: "k", sequenceNumber: String(number) },
});
const Records = [{ mag: 1, place: "1km N of A, Alaska" }, { mag: 2, place: "2km S of B, Alaska" }].map(record);

for (const [FunctionName, Runtime, Handler, files] of [
  ["sdk-js", "nodejs22.x", "index.handler", { "index.mjs": join(examples, "javascript/index.mjs") }],
  ["sdk-py", "python3.13", "app.handler", { "app.py": join(examples, "python/app.py") }],
]) {
  const ZipFile = zip(files);
  const Role = "arn:aws:iam::000000000000:role/any";
  const made = await lambda.send(new CreateFunctionCommand({ FunctionName, Runtime, Handler, Role, Code: { ZipFile } }));
  assert.equal(made.State, "Active");
  const seen = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  assert.deepEqual([seen.Runtime, seen.Handler, seen.CodeSize], [Runtime, Handler, ZipFile.length]);
  const reply = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ Records }), LogType: "Tail" }));
  assert.equal(reply.FunctionError, undefined);
  assert.deepEqual(JSON.parse(reply.Payload.transformToString()), { regions: { Alaska: 2 } });
  assert.match(Buffer.from(reply.LogResult, "base64").toString(), /2 records, \d+ ms left/);
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
  const failed = await lambda.send(new InvokeCommand({ FunctionName, Payload: "{}" }));
  assert.equal(failed.FunctionError, "Unhandled");
  const told = JSON.parse(failed.Payload.transformToString());
  assert.equal(told.errorType, Runtime === "nodejs22.x" ? "TypeError" : "KeyError");
}
