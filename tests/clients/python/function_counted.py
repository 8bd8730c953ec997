"""A mapping has tags, and tells CloudWatch what becomes of its records, which function_counts_kept.py looks at."""

import json

from function_support import all_records, arn, create_function, enabled, eventually, lines, stream_arn
from support import client, create, equal, refused

kinesis = client(attempts=5)
lambda_ = client(service="lambda")
create(kinesis, "in", 2)
create(kinesis, "out", 1)
create_function(lambda_, "quakes")
QUAKES = [quake for quake in map(json.loads, lines()) if (quake["mag"] or 0) >= 2.5][:50]


def attach(source, **more):
    return lambda_.create_event_source_mapping(
        EventSourceArn=stream_arn(source),
        FunctionName="quakes",
        StartingPosition="TRIM_HORIZON",
        DestinationConfig={"OnSuccess": {"Destination": stream_arn("out")}},
        **more,
    )


with refused("InvalidParameterValueException", contains="Unsupported metric"):
    attach("in", MetricsConfig={"Metrics": ["KafkaMetrics"]})
with refused("InvalidParameterValueException", contains="Tag keys have"):
    attach("in", Tags={"a!": "b"})

unwanted = [{**quake, "net": "none"} for quake in QUAKES[:10]]
for some in (QUAKES, unwanted):
    records = [{"PartitionKey": quake["id"], "Data": json.dumps(quake).encode()} for quake in some]
    equal(kinesis.put_records(StreamName="in", Records=records)["FailedRecordCount"], 0)
pattern = json.dumps({"data": {"net": [{"anything-but": ["none"]}]}})
made = attach(
    "in",
    Tags={"team": "quakes", "stage": "test"},
    MetricsConfig={"Metrics": ["EventCount"]},
    FilterCriteria={"Filters": [{"Pattern": pattern}]},
)
uuid = made["UUID"]
equal(made["MetricsConfig"], {"Metrics": ["EventCount"]})
enabled(lambda_, uuid)
told = lambda_.get_event_source_mapping(UUID=uuid)
equal(told["MetricsConfig"], {"Metrics": ["EventCount"]})
equal(told["EventSourceMappingArn"], arn(uuid, "event-source-mapping"))

mapping = told["EventSourceMappingArn"]
equal(lambda_.list_tags(Resource=mapping)["Tags"], {"team": "quakes", "stage": "test"})
lambda_.tag_resource(Resource=mapping, Tags={"stage": "live", "cost": "1"})
lambda_.untag_resource(Resource=mapping, TagKeys=["team", "other"])
equal(lambda_.list_tags(Resource=mapping)["Tags"], {"stage": "live", "cost": "1"})
with refused("ResourceNotFoundException", status=404):
    lambda_.list_tags(Resource=arn("00000000-0000-4000-8000-000000000000", "event-source-mapping"))

eventually(lambda: len(all_records(kinesis, "out")), lambda seen: seen == len(QUAKES))
state = lambda: lambda_.get_event_source_mapping(UUID=uuid)["State"]
lambda_.update_event_source_mapping(UUID=uuid, Enabled=False)
eventually(state, lambda seen: seen == "Disabled")
