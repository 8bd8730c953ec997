"""The limits of a shard: who exceeds them is told so, record by record, and the other shards go on."""

from botocore.exceptions import ClientError

from support import ACCOUNT, client, create, equal, read_all, refused

kinesis = client()
NAME = "narrow"
create(kinesis, NAME, 2)
FULL, FREE = "0", str(2**128 - 1)
TEXT = f"Rate exceeded for shard shardId-000000000000 in stream {NAME} under account {ACCOUNT}."

# More bytes than a second allows, in one call, with some for the other shard in between.
batch = []
for n in range(40):
    hash_key = FREE if n % 10 == 9 else FULL
    batch.append({"PartitionKey": str(n), "ExplicitHashKey": hash_key, "Data": b"x" * 100_000})
reply = kinesis.put_records(StreamName=NAME, Records=batch)
failed = [got for got in reply["Records"] if "ErrorCode" in got]
equal(reply["FailedRecordCount"], len(failed), "count of failures")
assert 0 < len(failed) < 36, f"{len(failed)} of 36 failed"
for got in failed:
    equal(got["ErrorCode"], "ProvisionedThroughputExceededException")
    equal(got["ErrorMessage"], TEXT)
    assert "SequenceNumber" not in got and "ShardId" not in got, got
for sent, got in zip(batch, reply["Records"]):
    if sent["ExplicitHashKey"] == FREE:
        equal(got.get("ShardId"), "shardId-000000000001", "the other shard")

with refused("ProvisionedThroughputExceededException", TEXT):
    for _ in range(20):
        kinesis.put_record(StreamName=NAME, PartitionKey="p", ExplicitHashKey=FULL, Data=b"x" * 200_000)
kinesis.put_record(StreamName=NAME, PartitionKey="p", ExplicitHashKey=FREE, Data=b"x")

# Whoever tries again gets through: the SDK's own retries, the failed records alone.
patient = client(attempts=10)
left = [sent for sent, got in zip(batch, reply["Records"]) if "ErrorCode" in got]
while left:
    reply = patient.put_records(StreamName=NAME, Records=left)
    left = [sent for sent, got in zip(left, reply["Records"]) if "ErrorCode" in got]

# Five reads a second.
iterator = kinesis.get_shard_iterator(
    StreamName=NAME, ShardId="shardId-000000000001", ShardIteratorType="LATEST"
)["ShardIterator"]
with refused("ProvisionedThroughputExceededException"):
    for _ in range(30):
        kinesis.get_records(ShardIterator=iterator)

# Nothing was taken that was refused.
found = read_all(client(attempts=30), NAME)
keys = [record["PartitionKey"] for records in found.values() for record in records]
equal(sorted(keys.count(str(n)) for n in range(40)), [1] * 40, "each record once")

# Control operations have rates, which an SDK that tries again waits out.
owner = client()
owner.describe_limits()
with refused("LimitExceededException", f"Rate exceeded for account {ACCOUNT}."):
    for _ in range(3):
        owner.describe_limits()
told = []
for _ in range(9):
    try:
        owner.delete_stream(StreamName="absent")
    except ClientError as error:
        told.append((error.response["Error"]["Code"], error.response["Error"]["Message"]))
equal(told[0][0], "ResourceNotFoundException", "first refusal")
rate = ("LimitExceededException", f"Rate exceeded for stream absent under account {ACCOUNT}.")
assert rate in told, told
patient = client(attempts=9)
for _ in range(3):
    patient.describe_limits()
