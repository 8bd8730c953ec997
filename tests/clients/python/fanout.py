"""Consumers have the records of a shard pushed to them, over HTTP/1.1."""

import threading
from datetime import datetime, timedelta, timezone

from botocore.exceptions import ClientError, EventStreamError
from support import active, client, create, equal, refused, shard_ids

kinesis = client()
NAME = "pushed"
ARN = create(kinesis, NAME, 1)
ZERO = "shardId-000000000000"


def register(name, **more):
    return kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName=name, **more)["Consumer"]


def subscribe(consumer, shard=ZERO, **start):
    reply = kinesis.subscribe_to_shard(
        ConsumerARN=consumer["ConsumerARN"], ShardId=shard, StartingPosition=start
    )
    equal(reply["ResponseMetadata"]["HTTPHeaders"]["content-type"], "application/vnd.amazon.eventstream")
    return reply["EventStream"]


def events(stream):
    for event in stream:
        yield event["SubscribeToShardEvent"]


def read(stream, count):
    """So many records, and the last event."""
    found = []
    for event in events(stream):
        found += event["Records"]
        if len(found) >= count:
            return [record["Data"] for record in found], event


def put(text):
    return kinesis.put_record(StreamName=NAME, Data=text, PartitionKey="k")["SequenceNumber"]


app = register("app", Tags={"team": "a"})
equal(app["ConsumerStatus"], "ACTIVE")
described = kinesis.describe_stream_consumer(StreamARN=ARN, ConsumerName="app")["ConsumerDescription"]
equal(described, {**app, "StreamARN": ARN})
equal(kinesis.list_stream_consumers(StreamARN=ARN)["Consumers"], [app])
equal(kinesis.list_tags_for_resource(ResourceARN=app["ConsumerARN"])["Tags"], [{"Key": "team", "Value": "a"}])
with refused("ResourceInUseException"):
    register("app")
with refused("ResourceInUseException"):
    kinesis.delete_stream(StreamName=NAME)

numbers = [put(b"%d" % number) for number in range(4)]
whole = [b"0", b"1", b"2", b"3"]
long_ago = datetime.now(timezone.utc) - timedelta(hours=1)
for number, (start, expected) in enumerate(
    [
        ({"Type": "TRIM_HORIZON"}, whole),
        ({"Type": "AT_SEQUENCE_NUMBER", "SequenceNumber": numbers[1]}, whole[1:]),
        ({"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": numbers[1]}, whole[2:]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": long_ago}, whole),
    ]
):
    stream = subscribe(register(f"start-{number}"), **start)
    equal(read(stream, len(expected))[0], expected, str(start))
    stream.close()

# What comes is pushed; where an event ends, another subscription goes on.
stream = subscribe(app, Type="LATEST")
first = next(events(stream))
equal((first["Records"], first["MillisBehindLatest"]), ([], 0))
threading.Thread(target=put, args=(b"pushed",)).start()
got, last = read(stream, 1)
equal(got, [b"pushed"])
with refused("ResourceInUseException", contains="Another active subscription exists"):
    subscribe(app, Type="LATEST")
stream.close()
put(b"next")
for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
    for event, expected in ((first, [b"pushed", b"next"]), (last, [b"next"])):
        at = event["ContinuationSequenceNumber"]
        stream = subscribe(register(f"{kind[:5]}-{len(expected)}"), Type=kind, SequenceNumber=at)
        equal(read(stream, len(expected))[0], expected, kind)
        stream.close()

# A shard that is split comes to its end while it is read, and names its children.
stream = subscribe(register("to-the-end"), Type="TRIM_HORIZON")
threading.Thread(
    target=kinesis.split_shard,
    kwargs={"StreamName": NAME, "ShardToSplit": ZERO, "NewStartingHashKey": "1000"},
).start()
seen = list(events(stream))
children = seen[-1]["ChildShards"]
assert "ContinuationSequenceNumber" not in seen[-1], seen[-1]
equal([child["ParentShards"] for child in children], [[ZERO], [ZERO]])
equal(children[0]["HashKeyRange"], {"StartingHashKey": "0", "EndingHashKey": "999"})
active(kinesis, NAME)
equal(sorted(child["ShardId"] for child in children), shard_ids(kinesis, NAME)[1:])
data = [record["Data"] for event in seen for record in event["Records"]]
equal(data, [*whole, b"pushed", b"next"])

# What is forgotten or deleted is told in the stream.
gone = register("gone")
stream = events(subscribe(gone, children[0]["ShardId"], Type="LATEST"))
next(stream)
kinesis.deregister_stream_consumer(ConsumerARN=gone["ConsumerARN"])
try:
    next(stream)
    raise AssertionError("an event came where the end was due")
except EventStreamError as error:
    equal(error.response["Error"]["Code"], "ResourceNotFoundException")
try:
    subscribe(gone, Type="LATEST")
    raise AssertionError("a consumer that is gone subscribed")
except ClientError as error:
    equal(error.response["Error"]["Code"], "ResourceNotFoundException")
kinesis.delete_stream(StreamName=NAME, EnforceConsumerDeletion=True)
