"""What record_settings.py has set is there after a restart."""

from support import client, equal

kinesis = client()


def summary(name):
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]


equal(summary("sized")["MaxRecordSizeInKiB"], 10240)
equal(summary("spread")["RecordDistributionStrategy"], "AUTO")
kinesis.put_record(StreamName="spread", Data=b"x")
settings = kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]
equal(settings["Status"], "ENABLED_UNTIL_EARLIEST_ALLOWED_END")
kinesis.create_stream(StreamName="warm", WarmThroughputMiBps=6)
equal(summary("warm")["WarmThroughput"], {"TargetMiBps": 6, "CurrentMiBps": 6})
