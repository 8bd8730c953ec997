"""A stream is made, seen from every side, and deleted: by name and by ARN."""

from datetime import datetime, timedelta, timezone

from support import ACCOUNT, REGION, active, client, create, equal, refused

kinesis = client()
NAME = "orders.eu_1-a"
ARN = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{NAME}"
HASHES = 2**128

created = kinesis.create_stream(StreamName=NAME, ShardCount=3)
equal(created["ResponseMetadata"]["HTTPStatusCode"], 200, "status")
assert created["ResponseMetadata"]["RequestId"], "every reply has a request id"
equal(active(kinesis, NAME), ARN, "ARN")

for address in ({"StreamName": NAME}, {"StreamARN": ARN}, {"StreamName": NAME, "StreamARN": ARN}):
    stream = kinesis.describe_stream(**address)["StreamDescription"]
    equal(stream["StreamName"], NAME)
    equal(stream["StreamARN"], ARN)
    equal(stream["StreamStatus"], "ACTIVE")
    equal(stream["HasMoreShards"], False)
    equal(stream["RetentionPeriodHours"], 24)
    equal(stream["EncryptionType"], "NONE")
    equal(stream["EnhancedMonitoring"], [{"ShardLevelMetrics": []}])
    equal(stream["StreamModeDetails"], {"StreamMode": "PROVISIONED"})
    age = datetime.now(timezone.utc) - stream["StreamCreationTimestamp"]
    assert timedelta(seconds=-5) < age < timedelta(minutes=5), f"created {age} ago"
    summary = kinesis.describe_stream_summary(**address)["StreamDescriptionSummary"]
    equal(summary["OpenShardCount"], 3)
    equal(summary["ConsumerCount"], 0)
    equal(summary["StreamStatus"], "ACTIVE")
    equal(summary["StreamCreationTimestamp"], stream["StreamCreationTimestamp"])
    equal(kinesis.list_shards(**address)["Shards"], stream["Shards"], "shards")

shards = stream["Shards"]
equal([shard["ShardId"] for shard in shards], [f"shardId-{n:012}" for n in range(3)], "shard ids")
next_hash = 0
for shard in shards:
    equal(int(shard["HashKeyRange"]["StartingHashKey"]), next_hash, "start of the range")
    next_hash = int(shard["HashKeyRange"]["EndingHashKey"]) + 1
    numbers = shard["SequenceNumberRange"]
    assert numbers["StartingSequenceNumber"].startswith("49"), numbers
    equal(len(numbers["StartingSequenceNumber"]), 56, "digits")
    assert "EndingSequenceNumber" not in numbers, "an open shard has no end"
    assert "ParentShardId" not in shard, "a first shard has no parent"
equal(next_hash, HASHES, "ranges tile all hash keys")
equal(shards[0]["HashKeyRange"]["EndingHashKey"], "113427455640312821154458202477256070484")

with refused("ResourceInUseException", f"Stream {NAME} under account {ACCOUNT} already exists."):
    kinesis.create_stream(StreamName=NAME, ShardCount=1)

create(kinesis, "second")
equal(kinesis.list_streams()["StreamNames"], [NAME, "second"], "names, sorted")
summaries = kinesis.list_streams()["StreamSummaries"]
equal([summary["StreamARN"] for summary in summaries][0], ARN)

kinesis.delete_stream(StreamARN=ARN)
waiter = kinesis.get_waiter("stream_not_exists")
waiter.wait(StreamName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
for call in (kinesis.describe_stream, kinesis.describe_stream_summary, kinesis.delete_stream):
    with refused(
        "ResourceNotFoundException", f"Stream {NAME} under account {ACCOUNT} not found."
    ):
        call(StreamName=NAME)
equal(kinesis.list_streams()["StreamNames"], ["second"])

# The name is free again, and nothing of the old stream is left.
create(kinesis, NAME, 1)
equal(len(kinesis.list_shards(StreamName=NAME)["Shards"]), 1)
