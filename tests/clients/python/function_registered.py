"""A mapping reads as a registered consumer, until that is deregistered; another one goes on."""

import json

from function_support import all_records, create_function, enabled, eventually, lines, stream_arn
from support import client, create, equal, refused

kinesis = client(attempts=5)
lambda_ = client(service="lambda")
STREAM = create(kinesis, "in", 2)
create(kinesis, "out", 1)
create_function(lambda_, "quakes")
create_function(lambda_, "others")


def register(name):
    """The ARN of a new consumer."""
    return kinesis.register_stream_consumer(StreamARN=STREAM, ConsumerName=name)["Consumer"]["ConsumerARN"]


def attach(source, function="quakes"):
    return lambda_.create_event_source_mapping(
        EventSourceArn=source,
        FunctionName=function,
        StartingPosition="TRIM_HORIZON",
        DestinationConfig={"OnSuccess": {"Destination": stream_arn("out")}},
    )


QUAKES = [quake for quake in map(json.loads, lines()) if (quake["mag"] or 0) >= 2.5][:80]


def put(first, count):
    some = QUAKES[first : first + count]
    records = [{"PartitionKey": quake["id"], "Data": json.dumps(quake).encode()} for quake in some]
    equal(kinesis.put_records(StreamName="in", Records=records)["FailedRecordCount"], 0)


def out():
    return sorted(json.loads(record["Data"])["id"] for record in all_records(kinesis, "out"))


def ids(*ends):
    return sorted(quake["id"] for end in ends for quake in QUAKES[:end])


def of(source):
    listed = lambda_.list_event_source_mappings(EventSourceArn=source)["EventSourceMappings"]
    return [mapping["UUID"] for mapping in listed]


app = register("app")
stream, registered = app.rsplit(":", 1)
with refused("InvalidParameterValueException", contains="Consumer not found"):
    attach(f"{stream}:{int(registered) + 1}")
with refused("InvalidParameterValueException", contains="Consumer not found"):
    attach(app.replace("/app:", "/none:"))

put(0, 20)
made = attach(app)
equal(made["EventSourceArn"], app)
uuid = made["UUID"]
enabled(lambda_, uuid)
eventually(out, lambda seen: len(seen) >= 20)
equal(out(), ids(20), "each once")
equal(lambda_.get_event_source_mapping(UUID=uuid)["EventSourceArn"], app)
equal((of(app), of(STREAM)), ([uuid], []))
with refused("ResourceConflictException", status=409, contains=uuid):
    attach(app, "others")
put(20, 20)
eventually(out, lambda seen: len(seen) >= 40)

# Somebody who subscribes as the consumer is not in the way.
events = kinesis.subscribe_to_shard(
    ConsumerARN=app, ShardId="shardId-000000000000", StartingPosition={"Type": "LATEST"}
)["EventStream"]
put(40, 20)
eventually(out, lambda seen: len(seen) >= 60)
events.close()

kinesis.deregister_stream_consumer(ConsumerARN=app)
told = eventually(
    lambda: lambda_.get_event_source_mapping(UUID=uuid),
    lambda seen: seen["LastProcessingResult"].startswith("PROBLEM: "),
)
equal(told["LastProcessingResult"], f"PROBLEM: Consumer not found: {app}")
equal((told["State"], told["EventSourceArn"]), ("Enabled", app))
put(60, 20)


def anew():
    """Registers it again; its ARN has the second in which that was."""
    arn = register("app")
    if arn == app:
        kinesis.deregister_stream_consumer(ConsumerARN=arn)
    return arn


again = eventually(anew, lambda arn: arn != app)
other = attach(again)
enabled(lambda_, other["UUID"])
eventually(out, lambda seen: len(seen) >= 140)
equal(out(), ids(60, 80), "the old mapping gets nothing more")
equal((of(app), of(again)), ([uuid], [other["UUID"]]))

changed = lambda_.update_event_source_mapping(UUID=other["UUID"], BatchSize=7)
equal((changed["BatchSize"], changed["EventSourceArn"]), (7, again))
equal(lambda_.delete_event_source_mapping(UUID=uuid)["EventSourceArn"], app)
eventually(lambda: of(app), lambda seen: seen == [])
kinesis.delete_stream(StreamName="in", EnforceConsumerDeletion=True)
eventually(
    lambda: lambda_.get_event_source_mapping(UUID=other["UUID"])["LastProcessingResult"],
    lambda seen: seen == "PROBLEM: Stream not found.",
)
