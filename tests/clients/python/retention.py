"""How long a stream keeps records: changed both ways, by name and by ARN, within AWS's bounds."""

from support import ACCOUNT, client, create, equal, read_all, refused

kinesis = client()
raw = client(checks=False)
NAME = "kept"
arn = create(kinesis, NAME)
kinesis.put_record(StreamName=NAME, PartitionKey="p", Data=b"stays")


def hours():
    summary = kinesis.describe_stream_summary(StreamName=NAME)["StreamDescriptionSummary"]
    description = kinesis.describe_stream(StreamName=NAME)["StreamDescription"]
    equal(summary["RetentionPeriodHours"], description["RetentionPeriodHours"], "both descriptions")
    equal(summary["StreamStatus"], "ACTIVE")
    return summary["RetentionPeriodHours"]


equal(hours(), 24)
kinesis.increase_stream_retention_period(StreamName=NAME, RetentionPeriodHours=8760)
equal(hours(), 8760)
kinesis.decrease_stream_retention_period(StreamARN=arn, RetentionPeriodHours=48)
equal(hours(), 48)
kinesis.increase_stream_retention_period(StreamARN=arn, RetentionPeriodHours=48)
kinesis.decrease_stream_retention_period(StreamName=NAME, StreamARN=arn, RetentionPeriodHours=48)
equal(hours(), 48, "hours after equal values")

with refused(
    "InvalidArgumentException",
    f"Requested retention period (47 hours) for stream {NAME} can not be shorter than existing retention "
    "period (48 hours). Use DecreaseRetentionPeriod API.",
):
    kinesis.increase_stream_retention_period(StreamName=NAME, RetentionPeriodHours=47)
with refused(
    "InvalidArgumentException",
    f"Requested retention period (49 hours) for stream {NAME} can not be longer than existing retention "
    "period (48 hours). Use IncreaseRetentionPeriod API.",
):
    kinesis.decrease_stream_retention_period(StreamName=NAME, RetentionPeriodHours=49)
for call in (kinesis.increase_stream_retention_period, kinesis.decrease_stream_retention_period):
    with refused(
        "InvalidArgumentException",
        "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
    ):
        call(StreamName=NAME, RetentionPeriodHours=23)
    with refused(
        "InvalidArgumentException",
        "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
    ):
        call(StreamName=NAME, RetentionPeriodHours=8761)
    with refused("ResourceNotFoundException", f"Stream absent under account {ACCOUNT} not found."):
        call(StreamName="absent", RetentionPeriodHours=24)
with refused("ValidationException", contains="Value null at 'retentionPeriodHours'"):
    raw.increase_stream_retention_period(StreamName=NAME)
equal(hours(), 48, "hours after refusals")

kept = [record["Data"] for records in read_all(kinesis, NAME).values() for record in records]
equal(kept, [b"stays"])
