"""Shards are split, merged and counted anew while records come, and every record is read once, parents first."""

import threading

from support import ACCOUNT, active, client, create, equal, refused

kinesis = client()
NAME = "reshaped"
HASHES = 2**128
create(kinesis, NAME, 4)


def shards(**filters):
    return kinesis.list_shards(StreamName=NAME, **filters)["Shards"]


def opened():
    """The open shards by their ranges, which cover each hash key once."""
    found = shards(ShardFilter={"Type": "AT_LATEST"})
    found.sort(key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
    following = 0
    for shard in found:
        equal(int(shard["HashKeyRange"]["StartingHashKey"]), following, "start of the range")
        following = int(shard["HashKeyRange"]["EndingHashKey"]) + 1
    equal(following, HASHES, "ranges tile all hash keys")
    return found


sent, stop = [], threading.Event()


def write():
    writer = client(attempts=3)
    number = 0
    while not stop.is_set():
        batch = [{"PartitionKey": f"k{n % 17}", "Data": b"%d" % n} for n in range(number, number + 20)]
        reply = writer.put_records(StreamName=NAME, Records=batch)
        equal(reply["FailedRecordCount"], 0, "failed")
        sent.extend(zip(range(number, number + 20), reply["Records"]))
        number += 20


writer = threading.Thread(target=write)
writer.start()
try:
    for have, target in ((4, 8), (8, 4), (4, 7), (7, 5)):
        told = kinesis.update_shard_count(StreamName=NAME, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
        equal((told["CurrentShardCount"], told["TargetShardCount"]), (have, target), "counts")
        equal(told["StreamName"], NAME)
        active(kinesis, NAME)
        equal(len(opened()), target, "open shards")
        summary = kinesis.describe_stream_summary(StreamName=NAME)["StreamDescriptionSummary"]
        equal(summary["OpenShardCount"], target)
    lower, upper = opened()[:2]
    kinesis.merge_shards(StreamName=NAME, ShardToMerge=lower["ShardId"], AdjacentShardToMerge=upper["ShardId"])
    active(kinesis, NAME)
    merged = opened()[0]
    equal(merged["ParentShardId"], lower["ShardId"])
    equal(merged["AdjacentParentShardId"], upper["ShardId"])
    kinesis.split_shard(StreamName=NAME, ShardToSplit=merged["ShardId"], NewStartingHashKey="1000")
    active(kinesis, NAME)
    equal([shard["ParentShardId"] for shard in opened()[:2]], [merged["ShardId"]] * 2)
    equal(len(opened()), 5)
finally:
    stop.set()
    writer.join()

# Doubling splits each shard once, halving merges each two.
equal(len(shards(ShardFilter={"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000003"})) >= 12, True)
all_shards = {shard["ShardId"]: shard for shard in shards()}
equal(sorted(all_shards), [f"shardId-{n:012}" for n in range(len(all_shards))], "numbers count up")
described = kinesis.describe_stream(StreamName=NAME)["StreamDescription"]["Shards"]
equal(described, list(all_shards.values())[:100], "DescribeStream")

# As the Kinesis Client Library reads: from the first shards on, children when their parents are read.
read, done = [], set()
waiting = [name for name, shard in all_shards.items() if "ParentShardId" not in shard]
while waiting:
    name = waiting.pop(0)
    start = kinesis.get_shard_iterator(StreamName=NAME, ShardId=name, ShardIteratorType="TRIM_HORIZON")
    iterator, closed = start["ShardIterator"], "EndingSequenceNumber" in all_shards[name]["SequenceNumberRange"]
    while iterator:
        reply = kinesis.get_records(ShardIterator=iterator)
        read += [(int(record["Data"]), record["PartitionKey"], record["SequenceNumber"]) for record in reply["Records"]]
        iterator = reply.get("NextShardIterator")
        if not closed and not reply["Records"] and reply["MillisBehindLatest"] == 0:
            break
    done.add(name)
    equal(iterator is None, closed, f"end of {name}")
    for child in reply.get("ChildShards", []):
        parents = [p for p in (all_shards[child["ShardId"]].get(k) for k in ("ParentShardId", "AdjacentParentShardId")) if p]
        equal(child["ParentShards"], parents, "parents")
        if done.issuperset(parents):
            waiting.append(child["ShardId"])
equal(done, set(all_shards), "shards read")
equal(sorted(number for number, _, _ in read), [number for number, _ in sent], "each record once")
numbers = {number: record["SequenceNumber"] for number, record in sent}
last, last_number = {}, {}
for number, key, sequence in read:
    equal(sequence, numbers[number], "sequence number")
    assert last.get(key, -1) < number, f"{key}: {number} after {last[key]}"
    assert int(sequence) > last_number.get(key, 0), f"{key}: numbers rise over generations"
    last[key], last_number[key] = number, int(sequence)

gone = opened()[0]["ParentShardId"]
message = f"Shard {gone} in stream {NAME} under account {ACCOUNT} is not eligible for splitting"
first = int(all_shards[gone]["HashKeyRange"]["StartingHashKey"])
with refused("InvalidArgumentException", message):
    kinesis.split_shard(StreamName=NAME, ShardToSplit=gone, NewStartingHashKey=str(first + 5))
one, two = opened()[1]["ShardId"], opened()[0]["ShardId"]
message = f"Shards {one} and {two} in stream {NAME} under account {ACCOUNT} are not an adjacent pair of shards eligible for merging"
with refused("InvalidArgumentException", message):
    kinesis.merge_shards(StreamName=NAME, ShardToMerge=one, AdjacentShardToMerge=two)
