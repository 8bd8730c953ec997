"""A mapping with filters hands over what one of them wants, and moves past the rest."""

import json

from function_support import all_records, create_function, enabled, eventually, lines, stream_arn
from support import chunks, client, create, equal

kinesis = client(attempts=5)
lambda_ = client(service="lambda")
create(kinesis, "in", 2)
create(kinesis, "out", 2)
create_function(lambda_, "quakes", Environment={"Variables": {"MIN_MAGNITUDE": "0"}})
quakes = [json.loads(line) for line in lines()]

PATTERNS = ['{"data": {"mag": [{"numeric": [">=", 5.5]}]}}', '{"partitionKey": ["ci"], "data": {"type": ["earthquake"]}}']
CRITERIA = {"Filters": [{"Pattern": pattern} for pattern in PATTERNS]}


def wanted(quake):
    mag = quake["mag"]
    is_strong = mag is not None and mag >= 5.5
    return mag is not None and mag >= 0 and (is_strong or (quake["net"] == "ci" and quake["type"] == "earthquake"))


made = lambda_.create_event_source_mapping(
    EventSourceArn=stream_arn("in"),
    FunctionName="quakes",
    StartingPosition="TRIM_HORIZON",
    FilterCriteria=CRITERIA,
    DestinationConfig={"OnSuccess": {"Destination": stream_arn("out")}},
)
equal(made["FilterCriteria"], CRITERIA)
enabled(lambda_, made["UUID"])
for batch in chunks(quakes, 200):
    # What is no JSON matches no pattern that looks into it.
    noise = {"PartitionKey": "ci", "Data": b"no JSON"}
    entries = [{"PartitionKey": q["net"], "Data": json.dumps(q).encode()} for q in batch]
    equal(kinesis.put_records(StreamName="in", Records=entries + [noise])["FailedRecordCount"], 0)
expected = sorted(quake["id"] for quake in quakes if wanted(quake))
assert 10 < len(expected) < len(quakes) / 2, f"{len(expected)} of {len(quakes)} are wanted"
seen = eventually(
    lambda: sorted(json.loads(record["Data"])["id"] for record in all_records(kinesis, "out")),
    lambda seen: len(seen) >= len(expected),
)
equal(seen, expected, "what was handed over")

lambda_.update_event_source_mapping(UUID=made["UUID"], FilterCriteria={})
enabled(lambda_, made["UUID"])
assert "FilterCriteria" not in lambda_.get_event_source_mapping(UUID=made["UUID"])
