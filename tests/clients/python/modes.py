"""Streams of both capacity modes, tags at creation, and names of several regions."""

from support import active, client, create, equal, read_all, refused

kinesis = client()
kinesis.create_stream(StreamName="demand", StreamModeDetails={"StreamMode": "ON_DEMAND"})
active(kinesis, "demand")
summary = kinesis.describe_stream_summary(StreamName="demand")["StreamDescriptionSummary"]
equal(summary["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})
equal(summary["OpenShardCount"], 4)
create(kinesis, "fixed", 2, StreamModeDetails={"StreamMode": "PROVISIONED"}, Tags={"team": "a b", "empty": ""})
with refused("InvalidArgumentException", "ShardCount is required when StreamMode=PROVISIONED"):
    kinesis.create_stream(StreamName="x", StreamModeDetails={"StreamMode": "PROVISIONED"})

for n in range(100):
    kinesis.put_record(StreamName="demand", PartitionKey=str(n), Data=str(n).encode())
found = read_all(kinesis, "demand")
equal(sorted(int(r["Data"]) for records in found.values() for r in records), list(range(100)))
assert all(found.values()), "a hundred keys reach all four shards"

# A name belongs to a region, which is the signature's.
far = client(region="eu-central-1")
equal(far.list_streams()["StreamNames"], [])
arn = create(far, "fixed")
equal(arn, "arn:aws:kinesis:eu-central-1:000000000000:stream/fixed")
far.put_record(StreamName="fixed", PartitionKey="p", Data=b"far")
equal(sum(len(records) for records in read_all(kinesis, "fixed").values()), 0)
equal(kinesis.list_streams()["StreamNames"], ["demand", "fixed"])
