// What the scenarios share: a client for the server under test, and a stream that is ready.

import { KinesisClient, CreateStreamCommand, waitUntilStreamExists } from "@aws-sdk/client-kinesis";

export const ENDPOINT = process.env.ENDPOINT;

export function settings(more = {}) {
  return {
    endpoint: ENDPOINT,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    ...more,
  };
}

export const client = (more) => new KinesisClient(settings(more));

export async function create(kinesis, StreamName, ShardCount) {
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount }));
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 30, minDelay: 1 }, { StreamName });
}
