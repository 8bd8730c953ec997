"""A mapping carries records through a function into another stream, while it is changed, stopped and started."""

import json

from function_support import (
    all_records,
    create_function,
    enabled,
    eventually,
    lines,
    stream_arn,
)
from support import chunks, client, create, equal, read_all, refused

kinesis = client(attempts=5)
lambda_ = client(service="lambda")
create(kinesis, "in", 2)
create(kinesis, "out", 2)
create_function(lambda_, "quakes", Environment={"Variables": {"MIN_MAGNITUDE": "2.5"}})
quakes = [json.loads(line) for line in lines()]


def put(some):
    for batch in chunks(some, 200):
        entries = [{"PartitionKey": q["net"], "Data": json.dumps(q).encode()} for q in batch]
        equal(kinesis.put_records(StreamName="in", Records=entries)["FailedRecordCount"], 0)


def kept(some):
    return [q["id"] for q in some if q["mag"] is not None and q["mag"] >= 2.5]


def out():
    return [json.loads(record["Data"])["id"] for record in all_records(kinesis, "out")]


first, second, third = quakes[:500], quakes[500:1000], quakes[1000:]
put(first)
made = lambda_.create_event_source_mapping(
    EventSourceArn=stream_arn("in"),
    FunctionName="quakes",
    StartingPosition="TRIM_HORIZON",
    BatchSize=64,
    ParallelizationFactor=4,
    MaximumRetryAttempts=3,
    DestinationConfig={"OnSuccess": {"Destination": stream_arn("out")}},
)
equal(made["ResponseMetadata"]["HTTPStatusCode"], 202)
equal(made["EventSourceArn"], stream_arn("in"))
equal(made["BatchSize"], 64)
equal(made["ParallelizationFactor"], 4)
equal(made["MaximumBatchingWindowInSeconds"], 0)
equal(made["MaximumRecordAgeInSeconds"], -1)
equal(made["BisectBatchOnFunctionError"], False)
equal(made["TumblingWindowInSeconds"], 0)
uuid = made["UUID"]
enabled(lambda_, uuid)
eventually(out, lambda seen: len(seen) >= len(kept(first)))
equal(sorted(out()), sorted(kept(first)), "each once")
result = lambda: lambda_.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]
eventually(result, lambda seen: seen == "OK")

# Stopped, it keeps its place.
stopped = lambda_.update_event_source_mapping(UUID=uuid, Enabled=False)
equal(stopped["ResponseMetadata"]["HTTPStatusCode"], 202)
state = lambda: lambda_.get_event_source_mapping(UUID=uuid)["State"]
eventually(state, lambda seen: seen == "Disabled")
put(second)
equal(len(out()), len(kept(first)), "nothing comes while it is stopped")
lambda_.update_event_source_mapping(UUID=uuid, Enabled=True, BatchSize=7, ParallelizationFactor=1)
enabled(lambda_, uuid)
eventually(out, lambda seen: len(seen) >= len(kept(first + second)))

# Changed while it runs.
put(third[:300])
changed = lambda_.update_event_source_mapping(UUID=uuid, BatchSize=500, ParallelizationFactor=10)
equal(changed["BatchSize"], 500)
put(third[300:])
eventually(out, lambda seen: len(seen) >= len(kept(quakes)))
equal(sorted(out()), sorted(kept(quakes)), "each once")

# The records of a key come in the order in which they went in, also over changes.
order = {q["id"]: n for n, q in enumerate(quakes)}
net = {q["id"]: q["net"] for q in quakes}
newest = {}
for shard_records in read_all(kinesis, "out").values():
    for record in shard_records:
        quake = json.loads(record["Data"])["id"]
        key = (record["PartitionKey"], net[quake])
        assert newest.get(key, -1) < order[quake], f"{quake} is out of the order of {key}"
        newest[key] = order[quake]

listed = lambda_.list_event_source_mappings(FunctionName="quakes")["EventSourceMappings"]
equal([it["UUID"] for it in listed], [uuid])
listed = lambda_.list_event_source_mappings(EventSourceArn=stream_arn("in"))["EventSourceMappings"]
equal([it["UUID"] for it in listed], [uuid])

gone = lambda_.delete_event_source_mapping(UUID=uuid)
equal(gone["UUID"], uuid)
eventually(
    lambda: lambda_.list_event_source_mappings()["EventSourceMappings"], lambda seen: seen == []
)
with refused("ResourceNotFoundException", status=404):
    lambda_.get_event_source_mapping(UUID=uuid)

# A new one that starts at the end sees only what comes later.
later = lambda_.create_event_source_mapping(
    EventSourceArn=stream_arn("in"),
    FunctionName="quakes",
    StartingPosition="LATEST",
    DestinationConfig={"OnSuccess": {"Destination": stream_arn("out")}},
)
enabled(lambda_, later["UUID"])
strong = [q for q in quakes if q["mag"] is not None and q["mag"] >= 5][:3]
put(strong)
eventually(out, lambda seen: len(seen) >= len(kept(quakes)) + 3)
equal(len(out()), len(kept(quakes)) + 3)
