"""What the scenarios about records that fail share: a function that fails some, and what came of all of them."""

import base64
import json
import os

from function_support import all_records, component, create_function, enabled, eventually, stream_arn
from support import chunks, create, equal

COUNT = 240
KEYS = 7
BAD = {3, 50, 51, 120, 171, 239}


def data(number):
    return f"{'bad' if number in BAD else 'good'}-{number:04}"


def set_up(kinesis, lambda_, on_failure=stream_arn("failed"), **more):
    """Streams with records, and a mapping whose function says of some that they failed; its UUID."""
    for name in ("in", "out", "failed"):
        create(kinesis, name, 1)
    program = os.path.join(os.environ["PROGRAMS"], "report_bad.wat")
    create_function(lambda_, "report", component(program))
    for numbers in chunks(list(range(COUNT)), 200):
        entries = [{"PartitionKey": f"k{it % KEYS}", "Data": data(it).encode()} for it in numbers]
        equal(kinesis.put_records(StreamName="in", Records=entries)["FailedRecordCount"], 0)
    uuid = lambda_.create_event_source_mapping(
        EventSourceArn=stream_arn("in"),
        FunctionName="report",
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        DestinationConfig={
            "OnSuccess": {"Destination": stream_arn("out")},
            "OnFailure": {"Destination": on_failure},
        },
        **more,
    )["UUID"]
    enabled(lambda_, uuid)
    return uuid


def told(kinesis):
    """The documents about records that were given up."""
    return [json.loads(record["Data"]) for record in all_records(kinesis, "failed")]


def payload(document):
    records = json.loads(document["payload"])["Records"]
    return [base64.b64decode(record["kinesis"]["data"]).decode() for record in records]


def settled(kinesis, told=told):
    """Waits until all came to an end; each good record is there once, in the order of its key, each bad one is told."""
    good = [data(number) for number in range(COUNT) if number not in BAD]

    def out():
        return [record["Data"].decode() for record in all_records(kinesis, "out")]

    documents = eventually(lambda: told(kinesis), lambda seen: len(seen) >= len(BAD))
    # One shard and one lane: the order of all is kept.
    equal(eventually(out, lambda seen: len(seen) >= len(good)), good, "each once, in order")
    equal([payload(it) for it in documents], [[data(it)] for it in sorted(BAD)], "each bad one alone, once")
    return documents
