"""Metrics of our own: put, listed, asked for, refused; and calls on streams, which metrics_kept.py looks at."""

import datetime

from support import active, client, create, equal, refused

cloudwatch = client(service="cloudwatch")
raw = client(service="cloudwatch", checks=False)
kinesis = client()

now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
minute = datetime.timedelta(minutes=1)
dimensions = [{"Name": "Operation", "Value": "ProcessTask"}, {"Name": "ShardId", "Value": "shardId-0"}]
cloudwatch.put_metric_data(
    Namespace="consumer",
    MetricData=[
        {"MetricName": "Time", "Dimensions": dimensions, "Timestamp": now - 2 * minute, "Value": 5.0, "Unit": "Milliseconds"},
        {"MetricName": "Time", "Dimensions": dimensions, "Timestamp": now - minute, "Values": [1.0, 2.0, 3.0], "Counts": [1.0, 1.0, 2.0], "Unit": "Milliseconds"},
        {"MetricName": "Records", "StatisticValues": {"SampleCount": 2, "Sum": 30, "Minimum": 10, "Maximum": 20}, "Unit": "Count"},
    ],
)

listed = cloudwatch.list_metrics(Namespace="consumer")["Metrics"]
equal([metric["MetricName"] for metric in listed], ["Records", "Time"])
equal(listed[1]["Dimensions"], dimensions)
equal(cloudwatch.list_metrics(Namespace="consumer", Dimensions=[{"Name": "ShardId"}], RecentlyActive="PT3H")["Metrics"], listed[1:])

span = {"StartTime": now - 5 * minute, "EndTime": now + 2 * minute}
told = cloudwatch.get_metric_statistics(
    Namespace="consumer",
    MetricName="Time",
    Dimensions=dimensions,
    Period=60,
    Statistics=["Sum", "SampleCount", "Average"],
    Unit="Milliseconds",
    **span,
)
points = sorted(told["Datapoints"], key=lambda point: point["Timestamp"])
equal([point["Timestamp"] for point in points], [now - 2 * minute, now - minute])
equal([point["Sum"] for point in points], [5.0, 9.0])
equal([point["SampleCount"] for point in points], [1.0, 4.0])
equal(points[1]["Average"], 2.25)
extended = cloudwatch.get_metric_statistics(
    Namespace="consumer", MetricName="Time", Dimensions=dimensions, Period=300, ExtendedStatistics=["p50", "p99"], **span
)
(point,) = extended["Datapoints"]
assert abs(point["ExtendedStatistics"]["p50"] - 3.0) < 0.05, point

metric = {"Namespace": "consumer", "MetricName": "Time", "Dimensions": dimensions}
queries = [
    {"Id": "sum", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}},
    {"Id": "p90", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "p90"}, "Label": "slow"},
]
pages = cloudwatch.get_paginator("get_metric_data").paginate(
    MetricDataQueries=queries, ScanBy="TimestampAscending", PaginationConfig={"PageSize": 1}, **span
)
values = {}
for page in pages:
    for result in page["MetricDataResults"]:
        values.setdefault(result["Label"], []).extend(result["Values"])
equal(values["Time"], [5.0, 9.0])
assert abs(values["slow"][0] - 5.0) < 0.1, values

with refused("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid."):
    cloudwatch.put_metric_data(Namespace="AWS/Kinesis", MetricData=[{"MetricName": "m", "Value": 1.0}])
with refused("InvalidParameterValue", contains="no more than two weeks in the past"):
    old = now - datetime.timedelta(days=15)
    cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0, "Timestamp": old}])
with refused("InvalidParameterCombination", "The parameter StartTime must be less than the parameter EndTime."):
    cloudwatch.get_metric_statistics(
        Namespace="n", MetricName="m", Period=60, Statistics=["Sum"], StartTime=now, EndTime=now
    )
with refused("ValidationError", contains="Member must satisfy enum value set"):
    raw.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0, "Unit": "Metres"}])
with refused("InvalidParameterValue", contains="NextToken"):
    cloudwatch.list_metrics(NextToken="AAAA")
with refused("InvalidParameterValue", contains="PutDashboard is not supported by this server: "):
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody="{}")

create(kinesis, "measured")
reply = kinesis.enable_enhanced_monitoring(StreamName="measured", ShardLevelMetrics=["ALL"])
equal((reply["CurrentShardLevelMetrics"], len(reply["DesiredShardLevelMetrics"])), ([], 7))
reply = kinesis.disable_enhanced_monitoring(StreamName="measured", ShardLevelMetrics=["OutgoingBytes"])
kept = reply["DesiredShardLevelMetrics"]
equal(len(kept), 6)
summary = kinesis.describe_stream_summary(StreamName="measured")["StreamDescriptionSummary"]
equal(summary["EnhancedMonitoring"], [{"ShardLevelMetrics": kept}])
kinesis.put_record(StreamName="measured", PartitionKey="key", Data=b"four")
records = [{"PartitionKey": "key", "Data": b"seven"}] * 3
kinesis.put_records(StreamName="measured", Records=records)

# A consumer is pushed what there is, and a queue gives out one of two records.
arn = kinesis.describe_stream_summary(StreamName="measured")["StreamDescriptionSummary"]["StreamARN"]
consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="pushed")["Consumer"]["ConsumerARN"]
subscription = {"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "TRIM_HORIZON"}}
events = kinesis.subscribe_to_shard(**subscription)["EventStream"]
equal(len(next(iter(events))["SubscribeToShardEvent"]["Records"]), 4)
events.close()

kinesis.create_stream(StreamName="queued")
made = kinesis.create_queue(
    QueueName="measured-queue",
    StreamConfigurationList=[{"StreamARN": active(kinesis, "queued"), "StartingPosition": {"Type": "TRIM_HORIZON"}}],
)
queue = made["QueueDescription"]["QueueARN"]
for number in range(2):
    kinesis.put_record(StreamName="queued", PartitionKey="key", Data=b"%d" % number)
received = kinesis.receive_queue_records(QueueARN=queue, WaitTimeSeconds=1, Limit=1)["QueueRecords"]
kinesis.acknowledge_queue_records(QueueARN=queue, Entries=[{"ReceiptHandle": received[0]["ReceiptHandle"]}])
