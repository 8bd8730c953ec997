"""What is set about the records of a stream: their size, who spreads them, and the settings of the account."""

from support import active, client, create, equal, read_all, refused

MIB = 1024 * 1024
kinesis = client()


def summary(name):
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]


# Ten MiB after the stream was told so.
arn = create(kinesis, "sized")
with refused("ValidationException"):
    kinesis.put_record(StreamName="sized", PartitionKey="k", Data=b"x" * (2 * MIB))
kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=10240)
equal(summary("sized")["MaxRecordSizeInKiB"], 10240)
data = bytes(range(256)) * (10 * MIB // 256)
kinesis.put_record(StreamName="sized", PartitionKey="k", Data=data[:-1])
[[record]] = read_all(kinesis, "sized").values()
equal(record["Data"], data[:-1], "ten MiB")
with refused("ValidationException", contains="maxRecordSizeInKiB"):
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=10241)

# Records without partition keys, once the service spreads them.
kinesis.create_stream(StreamName="spread", StreamModeDetails={"StreamMode": "ON_DEMAND"})
arn = active(kinesis, "spread")
equal(summary("spread")["RecordDistributionStrategy"], "USER_PARTITION_KEY")
with refused("ValidationException", contains="'partitionKey'"):
    kinesis.put_record(StreamName="spread", Data=b"x")
kinesis.update_stream_record_distribution_strategy(
    StreamARN=arn, RecordDistributionStrategy="AUTO"
)
equal(summary("spread")["RecordDistributionStrategy"], "AUTO")
for number in range(20):
    kinesis.put_record(StreamName="spread", Data=b"%d" % number)
records = [{"Data": b"%d" % number} for number in range(20, 39)]
records.append({"Data": b"39", "PartitionKey": "k"})
equal(kinesis.put_records(StreamName="spread", Records=records)["FailedRecordCount"], 0)
found = read_all(kinesis, "spread")
equal([len(records) for records in found.values()], [10, 10, 10, 10])
found = [record for records in found.values() for record in records]
equal(sorted(int(record["Data"]) for record in found), list(range(40)))
equal([record["Data"] for record in found if "PartitionKey" in record], [b"39"])
with refused("InvalidArgumentException", contains="on-demand"):
    kinesis.update_stream_record_distribution_strategy(
        StreamARN=create(kinesis, "fixed"), RecordDistributionStrategy="AUTO"
    )

# Ids are told; an SDK that is given one sends its call to AWS.
ids = {summary(name)["StreamId"] for name in ("sized", "spread")}
equal((len(ids), {len(id) for id in ids}), (2, {24}))

# A dry run tells that all is well, or why not.
with refused("DryRunOperationException"):
    kinesis.put_record(StreamName="spread", Data=b"x", DryRun=True)
with refused("DryRunOperationException"):
    kinesis.put_records(StreamName="spread", Records=[{"Data": b"x"}], DryRun=True)
with refused("ValidationException"):
    kinesis.put_record(StreamName="fixed", Data=b"x", DryRun=True)
start = {"StreamName": "spread", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON"}
with refused("DryRunOperationException"):
    kinesis.get_shard_iterator(**start, DryRun=True)
iterator = kinesis.get_shard_iterator(**start)["ShardIterator"]
with refused("DryRunOperationException"):
    kinesis.get_records(ShardIterator=iterator, DryRun=True)
with refused("InvalidArgumentException"):
    kinesis.get_records(ShardIterator="x" * 80, DryRun=True)

# A commitment of the account.
key = "MinimumThroughputBillingCommitment"
equal(kinesis.describe_account_settings()[key], {"Status": "DISABLED"})
begun = kinesis.update_account_settings(**{key: {"Status": "ENABLED"}})[key]
equal(begun["Status"], "ENABLED")
equal((begun["EarliestAllowedEndAt"] - begun["StartedAt"]).total_seconds(), 86400.0)
ending = kinesis.update_account_settings(**{key: {"Status": "DISABLED"}})[key]
equal(ending["Status"], "ENABLED_UNTIL_EARLIEST_ALLOWED_END")
