// Metrics are put and read back in each protocol of CloudWatch: that which the client picks, and two that it is told.

import assert from "node:assert/strict";
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  PutMetricDataCommand,
  paginateGetMetricData,
  paginateListMetrics,
} from "@aws-sdk/client-cloudwatch";
import { AwsQueryProtocol } from "@aws-sdk/core/protocols";
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor";
import { settings } from "./support.mjs";

const MINUTE = 60_000;
const now = new Date(Math.floor(Date.now() / MINUTE) * MINUTE);
const ago = (minutes) => new Date(now.getTime() - minutes * MINUTE);
const span = { StartTime: ago(5), EndTime: ago(-2) };
const Dimensions = [{ Name: "a&b", Value: "<c> é" }, { Name: "d", Value: "e f" }];
// In CBOR the client announces the length that a body had before it packed it, and the server waits for the rest.
const protocols = {
  "application/x-amz-json-1.0": {},
  "application/x-www-form-urlencoded": { protocol: AwsQueryProtocol },
  "application/cbor": { protocol: SmithyRpcV2CborProtocol, disableRequestCompression: true },
};

async function all(pages, pick) {
  const found = [];
  for await (const page of pages) found.push(...pick(page));
  return found;
}

for (const [type, more] of Object.entries(protocols)) {
  const client = new CloudWatchClient(settings(more));
  const sent = [];
  const note = (next) => (args) => {
    sent.push(args.request.headers);
    return next(args);
  };
  client.middlewareStack.add(note, { step: "finalizeRequest", priority: "low" });

  const Namespace = `told in ${type}`;
  const metric = { Namespace, MetricName: "Time", Dimensions };
  const MetricData = [
    { MetricName: "Time", Dimensions, Timestamp: ago(2), Value: 5, Unit: "Milliseconds" },
    { MetricName: "Time", Dimensions, Timestamp: ago(1), Values: [1, 2, 3], Counts: [1, 1, 2], Unit: "Milliseconds" },
    { MetricName: "Records", StatisticValues: { SampleCount: 2, Sum: 30, Minimum: 10, Maximum: 20 } },
  ];
  await client.send(new PutMetricDataCommand({ Namespace, MetricData }));
  assert.equal(sent[0]["content-type"].split(";")[0], type);

  const listed = await all(paginateListMetrics({ client }, { Namespace }), (page) => page.Metrics);
  assert.deepEqual(listed.map((it) => it.MetricName), ["Records", "Time"]);
  assert.deepEqual(listed[1].Dimensions, Dimensions);

  const asked = { ...metric, ...span, Period: 60, Statistics: ["Sum", "Average"], ExtendedStatistics: ["p50"] };
  const told = await client.send(new GetMetricStatisticsCommand(asked));
  assert.equal(told.Label, "Time");
  const points = told.Datapoints.sort((one, other) => one.Timestamp - other.Timestamp);
  assert.deepEqual(points.map((it) => it.Timestamp), [ago(2), ago(1)]);
  assert.deepEqual(points.map((it) => [it.Sum, it.Average, it.Unit]), [[5, 5, "Milliseconds"], [9, 2.25, "Milliseconds"]]);
  assert.ok(Math.abs(points[0].ExtendedStatistics.p50 - 5) < 0.1);

  const MetricDataQueries = [{ Id: "s", MetricStat: { Metric: metric, Period: 60, Stat: "Sum" } }];
  const question = { MetricDataQueries, ScanBy: "TimestampAscending", ...span };
  const values = await all(paginateGetMetricData({ client, pageSize: 1 }, question), (page) =>
    page.MetricDataResults.flatMap((it) => it.Timestamps.map((at, n) => [at, it.Values[n]])),
  );
  assert.deepEqual(values, [[ago(2), 5], [ago(1), 9]]);

  const many = Array.from({ length: 400 }, (_, n) => ({ MetricName: `m${n}`, Value: n, Dimensions }));
  await client.send(new PutMetricDataCommand({ Namespace, MetricData: many }));
  assert.equal(sent.at(-1)["content-encoding"], more.disableRequestCompression ? undefined : "gzip");
  assert.equal((await all(paginateListMetrics({ client }, { Namespace }), (page) => page.Metrics)).length, 402);

  const reserved = new PutMetricDataCommand({ Namespace: "AWS/Kinesis", MetricData: many.slice(0, 1) });
  await assert.rejects(client.send(reserved), {
    name: /^InvalidParameterValue/,
    message: "The value AWS/ for parameter Namespace is invalid.",
  });
  const backwards = { ...question, StartTime: span.EndTime, EndTime: span.StartTime };
  await assert.rejects(client.send(new GetMetricDataCommand(backwards)), (error) => {
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
}
