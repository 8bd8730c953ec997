"""A mapping whose streams are encrypted, while their keys cannot be used."""

import json

from function_support import all_records, create_function, enabled, eventually, lines, stream_arn
from support import chunks, client, create, equal

kinesis, kms = client(attempts=5), client(service="kms")
lambda_ = client(service="lambda")
keys = {}
for name in ("in", "out"):
    create(kinesis, name)
    keys[name] = kms.create_key()["KeyMetadata"]["KeyId"]
    kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=keys[name])
create_function(lambda_, "quakes", Environment={"Variables": {"MIN_MAGNITUDE": "2.5"}})
quakes = [json.loads(line) for line in lines()][:1000]
kept = [q["id"] for q in quakes if q["mag"] is not None and q["mag"] >= 2.5]


def out():
    return [json.loads(record["Data"])["id"] for record in all_records(kinesis, "out")]


def result():
    return lambda_.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]


for batch in chunks(quakes, 200):
    entries = [{"PartitionKey": "k", "Data": json.dumps(q).encode()} for q in batch]
    equal(kinesis.put_records(StreamName="in", Records=entries)["FailedRecordCount"], 0)
kms.disable_key(KeyId=keys["in"])
uuid = lambda_.create_event_source_mapping(
    EventSourceArn=stream_arn("in"),
    FunctionName="quakes",
    StartingPosition="TRIM_HORIZON",
    BatchSize=100,
    MaximumRetryAttempts=0,
    DestinationConfig={"OnSuccess": {"Destination": stream_arn("out")}},
)["UUID"]
enabled(lambda_, uuid)

# It says so, and waits: neither is the key's absence a try, nor is a record passed over.
told = eventually(result, lambda seen: seen.startswith("PROBLEM"))
assert keys["in"] in told and told.endswith("is disabled."), told
equal(lambda_.get_event_source_mapping(UUID=uuid)["State"], "Enabled")
equal(out(), [])

# The key of the stream that it writes to is waited for in the same way.
kms.disable_key(KeyId=keys["out"])
kms.enable_key(KeyId=keys["in"])
eventually(result, lambda seen: seen.startswith("PROBLEM") and seen != told)
kms.enable_key(KeyId=keys["out"])
eventually(out, lambda seen: len(seen) >= len(kept))
equal(out(), kept, "each once, in order")
eventually(result, lambda seen: seen == "OK")
