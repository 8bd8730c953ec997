"""A consumer of one account, used from another."""

import json
import os

from support import client, create, equal, refused

DENIED, INVALID = "AccessDeniedException", "InvalidArgumentException"
GUEST = "222233334444"
SHARD = "shardId-000000000000"

owner = client()
root, ann = (client(*os.environ[name].split(":")) for name in ("ROOT", "USER"))
stream = create(owner, "pushed")
consumer = owner.register_stream_consumer(StreamARN=stream, ConsumerName="app")["Consumer"]["ConsumerARN"]
owner.put_record(StreamARN=stream, PartitionKey="k", Data=b"x")


def share(*actions):
    allow = {"Effect": "Allow", "Principal": {"AWS": GUEST}, "Action": list(actions), "Resource": consumer}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    owner.put_resource_policy(ResourceARN=consumer, Policy=policy)
    equal(owner.get_resource_policy(ResourceARN=consumer)["Policy"], policy, "policy")


def subscribe(guest):
    start = {"Type": "TRIM_HORIZON"}
    return guest.subscribe_to_shard(ConsumerARN=consumer, ShardId=SHARD, StartingPosition=start)["EventStream"]


def describe(guest):
    described = guest.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"]
    equal((described["ConsumerARN"], described["StreamARN"]), (consumer, stream), "consumer")


equal(owner.get_resource_policy(ResourceARN=consumer)["Policy"], "{}", "no policy")
with refused(INVALID, contains="Statement[0].Action[0]"):
    share("kinesis:GetRecords")
for guest in (root, ann):
    with refused(DENIED, contains=f"kinesis:DescribeStreamConsumer on resource: {consumer} because no resource-based"):
        describe(guest)
share("kinesis:DescribeStreamConsumer")
for guest in (root, ann):
    describe(guest)
    with refused(DENIED):
        subscribe(guest)
    with refused(DENIED):
        guest.deregister_stream_consumer(ConsumerARN=consumer)
share("kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard")
events = subscribe(ann)
records = next(iter(events))["SubscribeToShardEvent"]["Records"]
equal([record["Data"] for record in records], [b"x"], "records")
events.close()
owner.delete_resource_policy(ResourceARN=consumer)
with refused(DENIED):
    describe(ann)
