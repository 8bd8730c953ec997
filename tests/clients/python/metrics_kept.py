"""What metrics.py put and did, after the server has ended and started again."""

import datetime

from support import client, equal

cloudwatch = client(service="cloudwatch")
now = datetime.datetime.now(datetime.timezone.utc)
span = {"StartTime": now - datetime.timedelta(minutes=30), "EndTime": now + datetime.timedelta(minutes=1)}


def told(namespace, name, statistic, *dimensions):
    """The sum of a statistic of half an hour."""
    named = [{"Name": key, "Value": value} for key, value in dimensions]
    reply = cloudwatch.get_metric_statistics(
        Namespace=namespace, MetricName=name, Dimensions=named, Period=3600, Statistics=[statistic], **span
    )
    points = reply["Datapoints"]
    return points[0][statistic] if points else None


stream = ("StreamName", "measured")
shard = ("ShardId", "shardId-000000000000")
equal(told("consumer", "Records", "Maximum"), 20.0)
for name, statistic, expected in [
    ("IncomingRecords", "Sum", 4.0),
    ("IncomingBytes", "Sum", 31.0),
    ("IncomingBytes", "SampleCount", 2.0),
    ("PutRecord.Success", "Average", 1.0),
    ("PutRecords.SuccessfulRecords", "Sum", 3.0),
    ("PutRecords.ThrottledRecords", "Sum", 0.0),
    ("WriteProvisionedThroughputExceeded", "Sum", 0.0),
]:
    equal(told("AWS/Kinesis", name, statistic, stream), expected, name)
assert told("AWS/Kinesis", "PutRecords.Latency", "Maximum", stream) > 0
equal(told("AWS/Kinesis", "IncomingBytes", "Sum", stream, shard), 31.0)
names = {metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="AWS/Kinesis")["Metrics"]}
assert {"IncomingBytes", "PutRecord.Latency"} <= names, names
assert "GetRecords.Bytes" not in names, names
consumer = (stream, ("ConsumerName", "pushed"))
for name, statistic, expected in [
    ("SubscribeToShard.Success", "Sum", 1.0),
    ("SubscribeToShard.RateExceeded", "Sum", 0.0),
    ("SubscribeToShardEvent.Records", "Sum", 4.0),
    ("SubscribeToShardEvent.Bytes", "Sum", 31.0),
    ("SubscribeToShardEvent.MillisBehindLatest", "Maximum", 0.0),
    ("SubscribeToShardEvent.Success", "Minimum", 1.0),
]:
    equal(told("AWS/Kinesis", name, statistic, *consumer), expected, name)
(visible,) = cloudwatch.list_metrics(Namespace="AWS/Kinesis", MetricName="VisibleQueueRecords")["Metrics"]
queue = [(dimension["Name"], dimension["Value"]) for dimension in visible["Dimensions"]]
equal([name for name, _ in queue], ["QueueId", "QueueName"])
for name, expected in [("ReceivedQueueRecords", 1.0), ("AcknowledgedQueueRecords", 1.0)]:
    equal(told("AWS/Kinesis", name, "Sum", *queue), expected, name)
assert told("AWS/Kinesis", "VisibleQueueRecords", "Minimum", *queue) >= 1.0
