"""Records of 1 to 10 MiB: what a stream accepts is its own setting."""

import hashlib

from support import client, create, equal, read_all, refused

MIB = 1024 * 1024
kinesis = client()
raw = client(checks=False)
create(kinesis, "plain")
create(kinesis, "large", MaxRecordSizeInKiB=10240)

summary = kinesis.describe_stream_summary(StreamName="large")["StreamDescriptionSummary"]
equal(summary["MaxRecordSizeInKiB"], 10240)
summary = kinesis.describe_stream_summary(StreamName="plain")["StreamDescriptionSummary"]
equal(summary["MaxRecordSizeInKiB"], 1024)


def body(size, seed):
    return hashlib.shake_256(str(seed).encode()).digest(size)


# The key counts, too.
for stream, size in (("plain", MIB - 1), ("large", 10 * MIB - 1), ("large", 3 * MIB)):
    kinesis.put_record(StreamName=stream, PartitionKey="k", Data=body(size, size))
with refused("ValidationException", contains="at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576"):
    kinesis.put_record(StreamName="plain", PartitionKey="k", Data=body(MIB + 1, 0))
with refused("InvalidArgumentException"):
    kinesis.put_record(StreamName="plain", PartitionKey="k" * 256, Data=body(MIB, 0))
with refused("ValidationException", contains="Member must have length less than or equal to 10485760"):
    raw.put_record(StreamName="large", PartitionKey="k", Data=body(10 * MIB + 1, 0))
with refused("InvalidArgumentException"):
    kinesis.put_record(StreamName="large", PartitionKey="k", Data=body(10 * MIB, 0))

# One call may bring ten MiB, however they are cut.
reply = kinesis.put_records(
    StreamName="large",
    Records=[{"PartitionKey": "k", "Data": body(2 * MIB - 1, n)} for n in range(5)],
)
equal(reply["FailedRecordCount"], 0)
with refused("InvalidArgumentException"):
    kinesis.put_records(
        StreamName="large",
        Records=[{"PartitionKey": "k", "Data": body(2 * MIB, n)} for n in range(5)],
    )

[records] = read_all(kinesis, "large").values()
sent = [body(10 * MIB - 1, 10 * MIB - 1), body(3 * MIB, 3 * MIB)]
sent += [body(2 * MIB - 1, n) for n in range(5)]
equal(
    [hashlib.sha256(r["Data"]).hexdigest() for r in records],
    [hashlib.sha256(data).hexdigest() for data in sent],
    "bodies",
)
[[record]] = read_all(kinesis, "plain").values()
equal(len(record["Data"]), MIB - 1)

with refused("ValidationException", contains="'maxRecordSizeInKiB'"):
    raw.create_stream(StreamName="x", ShardCount=1, MaxRecordSizeInKiB=1023)
with refused("ValidationException", contains="'maxRecordSizeInKiB'"):
    raw.create_stream(StreamName="x", ShardCount=1, MaxRecordSizeInKiB=10241)
