"""Records go in and come out unchanged: binary data, any key, one and many, by name and by ARN."""

import hashlib
from datetime import datetime, timedelta, timezone

from support import client, create, equal, read_all, read_from

kinesis = client()
NAME = "records"
ARN = create(kinesis, NAME, 3)

BODIES = [b"", b"\x00", bytes(range(256)), b"\xff\xfe\xfd" * 1000, "grüße 🦀".encode(), b"{}"]
KEYS = ["a", "b", "e", "key with blanks", "ключ", "🦀" * 128, '"quoted\\"\n', "\x00", "x" * 256]


def shard_of(key):
    """Where Kinesis puts a key: MD5 as a number, over equal ranges."""
    return int(hashlib.md5(key.encode()).hexdigest(), 16) * 3 // 2**128


expected = {f"shardId-{n:012}": [] for n in range(3)}
for address in ({"StreamName": NAME}, {"StreamARN": ARN}):
    for key in KEYS:
        for body in BODIES:
            reply = kinesis.put_record(PartitionKey=key, Data=body, **address)
            equal(reply["ShardId"], f"shardId-{shard_of(key):012}", f"shard of {key!r}")
            expected[reply["ShardId"]].append((reply["SequenceNumber"], key, body))

    batch = [{"PartitionKey": key, "Data": body} for key in KEYS for body in BODIES]
    batch += [
        {"PartitionKey": "p", "ExplicitHashKey": hash_key, "Data": hash_key.encode()}
        for hash_key in ("0", str(2**127), str(2**128 - 1))
    ]
    reply = kinesis.put_records(Records=batch, **address)
    equal(reply["FailedRecordCount"], 0)
    equal(len(reply["Records"]), len(batch), "an answer for each")
    for sent, got in zip(batch, reply["Records"]):
        assert "ErrorCode" not in got, got
        expected[got["ShardId"]].append((got["SequenceNumber"], sent["PartitionKey"], sent["Data"]))
    equal(
        [got["ShardId"] for got in reply["Records"][-3:]],
        [f"shardId-{n:012}" for n in (0, 1, 2)],
        "explicit hash keys",
    )

found = read_all(kinesis, NAME)
for shard, records in found.items():
    seen = [(r["SequenceNumber"], r["PartitionKey"], r["Data"]) for r in records]
    equal(len(seen), len(expected[shard]), f"records in {shard}")
    for got, sent in zip(seen, sorted(expected[shard])):
        equal(got, sent, "record")
    numbers = [record["SequenceNumber"] for record in records]
    equal(numbers, sorted(set(numbers), key=int), "numbers rise")
    arrivals = [record["ApproximateArrivalTimestamp"] for record in records]
    equal(arrivals, sorted(arrivals), "arrivals do not fall")
    for arrival in arrivals:
        assert abs(datetime.now(timezone.utc) - arrival) < timedelta(minutes=5), arrival

# Pages of a shard, and the stream named beside the iterator.
shard = "shardId-000000000001"
start = kinesis.get_shard_iterator(
    StreamARN=ARN, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
)["ShardIterator"]
page = kinesis.get_records(ShardIterator=start, Limit=2, StreamARN=ARN)
equal([r["SequenceNumber"] for r in page["Records"]], [r["SequenceNumber"] for r in found[shard][:2]])
again = kinesis.get_records(ShardIterator=start, Limit=2)
equal(again["Records"], page["Records"], "an iterator can be used again")
rest = read_from(kinesis, page["NextShardIterator"], Limit=7)
equal([r["Data"] for r in rest], [r["Data"] for r in found[shard][2:]], "the rest")

# A number for ordering is taken.
last = found[shard][-1]["SequenceNumber"]
reply = kinesis.put_record(
    StreamName=NAME, PartitionKey="p", ExplicitHashKey=str(2**127), Data=b"next",
    SequenceNumberForOrdering=last,
)
assert int(reply["SequenceNumber"]) > int(last)
