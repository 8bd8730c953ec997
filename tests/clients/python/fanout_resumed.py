"""A subscriber goes on where it was when the server died, or ends when the server is stopped."""

import json
import os
import signal

from support import client, create, equal

kinesis = client()
NAME = "resumed"
STATE = os.environ["STATE"]
ZERO = "shardId-000000000000"


def put(numbers):
    for number in numbers:
        kinesis.put_record(StreamName=NAME, Data=b"%d" % number, PartitionKey="k")


def events(consumer, **start):
    reply = kinesis.subscribe_to_shard(ConsumerARN=consumer, ShardId=ZERO, StartingPosition=start)
    for event in reply["EventStream"]:
        yield event["SubscribeToShardEvent"]


def first():
    arn = create(kinesis, NAME, 1)
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
    put(range(10))
    for event in events(consumer, Type="TRIM_HORIZON"):
        found = [int(record["Data"]) for record in event["Records"]]
        equal(found, list(range(10)))
        break
    put(range(10, 20))
    with open(STATE, "w") as state:
        json.dump([consumer, event["ContinuationSequenceNumber"]], state)


def second():
    with open(STATE) as state:
        consumer, at = json.load(state)
    put(range(20, 30))
    found = []
    stream = events(consumer, Type="AFTER_SEQUENCE_NUMBER", SequenceNumber=at)
    for event in stream:
        found += [int(record["Data"]) for record in event["Records"]]
        if len(found) >= 20:
            break
    equal(found, list(range(10, 30)))
    os.kill(int(os.environ["PID"]), signal.SIGTERM)
    # The stream ends, and is not broken off.
    equal([record for event in stream for record in event["Records"]], [])


second() if os.path.exists(STATE) else first()
