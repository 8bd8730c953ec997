"""What is refused, with which code and in which words."""

from support import ACCOUNT, REGION, client, create, equal, refused

kinesis = client()
create(kinesis, "s")

raw = client(checks=False)
ABSENT = f"Stream absent under account {ACCOUNT} not found."

for call, more in (
    (kinesis.put_record, {"PartitionKey": "p", "Data": b""}),
    (kinesis.put_records, {"Records": [{"PartitionKey": "p", "Data": b""}]}),
    (kinesis.describe_stream, {}),
    (kinesis.describe_stream_summary, {}),
    (kinesis.delete_stream, {}),
    (kinesis.list_shards, {}),
):
    with refused("ResourceNotFoundException", ABSENT):
        call(StreamName="absent", **more)
    with refused("ResourceNotFoundException"):
        call(StreamARN=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/absent", **more)
with refused("ResourceNotFoundException", f"Shard shardId-000000000000 in stream absent under account {ACCOUNT} does not exist"):
    kinesis.get_shard_iterator(StreamName="absent", ShardId="0", ShardIteratorType="LATEST")

# Nobody learns which streams another account has.
for name in ("s", "absent"):
    arn = f"arn:aws:kinesis:{REGION}:123456789012:stream/{name}"
    with refused(
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:root is not authorized to perform: kinesis:DescribeStream on resource: "
        f"{arn} because no resource-based policy allows the kinesis:DescribeStream action",
    ):
        kinesis.describe_stream(StreamARN=arn)

with refused(
    "ValidationException",
    "3 validation errors detected: "
    "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1; "
    "Value '' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; "
    "Value '' at 'streamName' failed to satisfy constraint: Member must have length greater than or equal to 1",
):
    raw.create_stream(StreamName="", ShardCount=0)
with refused(
    "ValidationException",
    "1 validation error detected: Value null at 'streamName' failed to satisfy constraint: Member must not be null",
):
    raw.create_stream()
with refused("ValidationException", contains="Value '[]' at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1"):
    raw.put_records(StreamName="s", Records=[])
with refused("ValidationException", contains="Member must have length less than or equal to 500"):
    raw.put_records(StreamName="s", Records=[{"PartitionKey": "p", "Data": b""}] * 501)
with refused("ValidationException", contains="4 validation errors detected: Value '' at 'records.1.member.partitionKey'"):
    raw.put_records(StreamName="", Records=[{"PartitionKey": "", "Data": b"", "ExplicitHashKey": ""}])
with refused("ValidationException", contains="at 'partitionKey' failed to satisfy constraint: Member must have length less than or equal to 256"):
    raw.put_record(StreamName="s", PartitionKey="p" * 257, Data=b"")
with refused("ValidationException", "1 validation error detected: Value '100000' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"):
    raw.get_records(ShardIterator="x", Limit=100000)
with refused("ValidationException", contains="Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"):
    raw.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="NOWHERE")

with refused("SerializationException", "class java.lang.String can not be converted to an Integer"):
    raw.list_streams(Limit="23")

big = str(2**128)
with refused("InvalidArgumentException", f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {big}"):
    kinesis.put_record(StreamName="s", PartitionKey="p", Data=b"", ExplicitHashKey=big)
with refused("InvalidArgumentException", "ExclusiveMinimumSequenceNumber 5555555555555555555555555555555555555555555555555555555555555 used in PutRecord on stream s under account 000000000000 is invalid."):
    kinesis.put_record(StreamName="s", PartitionKey="p", Data=b"", SequenceNumberForOrdering="5" * 61)
with refused("InvalidArgumentException", "Either NextToken or StreamName should be provided."):
    raw.list_shards()
with refused("InvalidArgumentException", "NextToken and StreamName cannot be provided together."):
    kinesis.list_shards(StreamName="s", NextToken="x")
with refused("InvalidArgumentException", "ShardCount is not expected when StreamMode=ON_DEMAND"):
    kinesis.create_stream(StreamName="t", ShardCount=1, StreamModeDetails={"StreamMode": "ON_DEMAND"})

# Known and not built: told so, never a wrong answer.
with refused("InvalidArgumentException", contains="DescribeChannel is not supported by this server"):
    kinesis.describe_channel(ChannelARN="arn:aws:kinesis:us-east-1:000000000000:channel/c")

equal(kinesis.list_streams()["StreamNames"], ["s"], "nothing was made on the way")
