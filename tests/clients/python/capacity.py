"""The capacity of streams: modes, warm throughput, and what was used."""

import time

from support import ACCOUNT, active, client, create, equal, read_all, refused

kinesis = client()


def summary(name):
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]


def settled(name):
    """The summary once nothing is under way."""
    for _ in range(100):
        told = summary(name)
        if told["StreamStatus"] == "ACTIVE":
            return told
        time.sleep(0.1)
    raise AssertionError(f"{name} stays {told['StreamStatus']}")


# Two switches a day, which keep the shards and what is in them.
arn = create(kinesis, "switched", 3)
kinesis.put_record(StreamName="switched", PartitionKey="k", Data=b"before")
kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
told = settled("switched")
equal(told["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})
equal(told["OpenShardCount"], 3)
kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "PROVISIONED"})
with refused("LimitExceededException", contains="2 times within 24 hours"):
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
kinesis.put_record(StreamName="switched", PartitionKey="k", Data=b"after")
found = [r["Data"] for records in read_all(kinesis, "switched").values() for r in records]
equal(found, [b"before", b"after"])

# Warm throughput, for accounts that commit themselves.
kinesis.create_stream(StreamName="warm", StreamModeDetails={"StreamMode": "ON_DEMAND"})
active(kinesis, "warm")
with refused("ValidationException", contains="MinimumThroughputBillingCommitment"):
    kinesis.update_stream_warm_throughput(StreamName="warm", WarmThroughputMiBps=9)
assert "WarmThroughput" not in summary("warm")
kinesis.update_account_settings(MinimumThroughputBillingCommitment={"Status": "ENABLED"})
reply = kinesis.update_stream_warm_throughput(StreamName="warm", WarmThroughputMiBps=9)
equal(reply["StreamName"], "warm")
equal(reply["WarmThroughput"], {"TargetMiBps": 9, "CurrentMiBps": 4})
told = settled("warm")
equal(told["WarmThroughput"], {"TargetMiBps": 9, "CurrentMiBps": 9})
equal(told["OpenShardCount"], 9)
kinesis.update_stream_warm_throughput(StreamName="warm", WarmThroughputMiBps=5)
equal(settled("warm")["OpenShardCount"], 5)
with refused("ValidationException", contains="on-demand"):
    kinesis.update_stream_warm_throughput(StreamName="switched", WarmThroughputMiBps=5)

equal(kinesis.describe_limits()["OnDemandStreamCount"], 1)
