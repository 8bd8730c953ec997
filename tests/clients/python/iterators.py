"""The five places where reading can begin."""

import time
from datetime import datetime, timedelta, timezone

from support import client, create, equal, read_from, refused

kinesis = client()
NAME = "iterators"
create(kinesis, NAME, 2)
SHARD = "shardId-000000000000"


def put(number):
    reply = kinesis.put_record(
        StreamName=NAME, PartitionKey="p", ExplicitHashKey="0", Data=str(number).encode()
    )
    equal(reply["ShardId"], SHARD)
    return reply["SequenceNumber"]


def iterator(kind, **more):
    return kinesis.get_shard_iterator(
        StreamName=NAME, ShardId=SHARD, ShardIteratorType=kind, **more
    )["ShardIterator"]


def read(kind, **more):
    return [int(record["Data"]) for record in read_from(kinesis, iterator(kind, **more))]


empty = iterator("TRIM_HORIZON")
equal(kinesis.get_records(ShardIterator=empty)["Records"], [])
early = iterator("LATEST")
numbers = [put(n) for n in range(10)]
equal([int(r["Data"]) for r in read_from(kinesis, empty)], list(range(10)), "from an empty shard on")
equal([int(r["Data"]) for r in read_from(kinesis, early)], list(range(10)), "from the tip on")
equal(read("TRIM_HORIZON"), list(range(10)))
equal(read("LATEST"), [])
equal(read("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[4]), list(range(4, 10)))
equal(read("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[4]), list(range(5, 10)))
equal(read("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[9]), [])
start = kinesis.list_shards(StreamName=NAME)["Shards"][0]["SequenceNumberRange"]
equal(read("AT_SEQUENCE_NUMBER", StartingSequenceNumber=start["StartingSequenceNumber"]), list(range(10)))

# Time is what separates the two halves here, so it has to pass.
arrivals = [r["ApproximateArrivalTimestamp"] for r in read_from(kinesis, iterator("TRIM_HORIZON"))]
while datetime.now(timezone.utc) <= arrivals[-1] + timedelta(milliseconds=5):
    time.monotonic()
put(10)
after = arrivals[-1] + timedelta(milliseconds=2)
equal(read("AT_TIMESTAMP", Timestamp=after), [10])
equal(read("AT_TIMESTAMP", Timestamp=arrivals[0]), list(range(11)))
equal(read("AT_TIMESTAMP", Timestamp=datetime(2015, 1, 1, tzinfo=timezone.utc)), list(range(11)))

# A reply tells how far behind it is, and its next iterator differs even when nothing came.
page = kinesis.get_records(ShardIterator=iterator("TRIM_HORIZON"), Limit=1)
assert page["MillisBehindLatest"] > 0, "records are waiting"
tip = kinesis.get_records(ShardIterator=iterator("LATEST"))
equal(tip["MillisBehindLatest"], 0)
assert tip["NextShardIterator"] != page["NextShardIterator"]

# Shards may be named by number alone, as on AWS.
for name in ("shardId-0", "0", "shard-000000000000"):
    kinesis.get_shard_iterator(StreamName=NAME, ShardId=name, ShardIteratorType="LATEST")

both = "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber."
with refused("InvalidArgumentException", f"{both} Request specified LATEST and also a StartingSequenceNumber."):
    iterator("LATEST", StartingSequenceNumber=numbers[0])
with refused("InvalidArgumentException", f"{both} Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber."):
    iterator("AT_SEQUENCE_NUMBER")
with refused("InvalidArgumentException", contains="Must specify timestampInMillis parameter"):
    iterator("AT_TIMESTAMP")
with refused("InvalidArgumentException", contains="cannot be greater than the currentTimestampInMillis"):
    iterator("AT_TIMESTAMP", Timestamp=datetime.now(timezone.utc) + timedelta(hours=1))
with refused("InvalidArgumentException", contains="Invalid StartingSequenceNumber. It encodes shardId-000000000000"):
    kinesis.get_shard_iterator(
        StreamName=NAME, ShardId="shardId-000000000001",
        ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[0],
    )
with refused("InvalidArgumentException", "Invalid ShardIterator."):
    kinesis.get_records(ShardIterator="AAAAAAAAAAE" + "A" * 100)
with refused("ResourceNotFoundException", contains="shardId-000000000002 in stream iterators"):
    kinesis.get_shard_iterator(StreamName=NAME, ShardId="shardId-000000000002", ShardIteratorType="LATEST")
with refused("ResourceNotFoundException", contains="Could not find shard nonsense in stream iterators"):
    kinesis.get_shard_iterator(StreamName=NAME, ShardId="nonsense", ShardIteratorType="LATEST")
