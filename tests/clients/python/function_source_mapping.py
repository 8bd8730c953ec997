"""A mapping whose function is source code: real events of a stream, and reports of single records."""

import json

from function_support import all_records, arn, enabled, eventually, lines, stream_arn
from source_support import JAVASCRIPT, PYTHON, example, lambda_, make
from support import client, create, equal

kinesis = client()
QUAKES = [line for line in lines() if b'"place":"' in line][:60]


def put(stream, data, key="k"):
    return kinesis.put_record(StreamName=stream, PartitionKey=key, Data=data)["SequenceNumber"]


for language, runtime, path, handler in (
    ("js", JAVASCRIPT, "javascript/reports.js", "reports.handler"),
    ("py", PYTHON, "python/reports.py", "reports.handler"),
):
    stream, failures = f"quakes-{language}", f"failures-{language}"
    create(kinesis, stream, 2)
    create(kinesis, failures, 1)
    make(f"reports-{language}", example(path), runtime, Handler=handler, Timeout=10)
    for number, quake in enumerate(QUAKES):
        put(stream, quake, f"key-{number % 7}")
    bad = put(stream, b'{"mag": "none"}')
    last = put(stream, QUAKES[0])
    uuid = lambda_.create_event_source_mapping(
        EventSourceArn=stream_arn(stream), FunctionName=f"reports-{language}", StartingPosition="TRIM_HORIZON",
        BatchSize=10, MaximumRetryAttempts=1, BisectBatchOnFunctionError=True, FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": stream_arn(failures)}},
    )["UUID"]
    enabled(lambda_, uuid)
    told = eventually(lambda: all_records(kinesis, failures), lambda records: len(records) == 1)
    document = json.loads(told[0]["Data"])
    batch = document["KinesisBatchInfo"]
    equal((batch["startSequenceNumber"], batch["batchSize"]), (bad, 1))
    equal(document["requestContext"]["functionArn"], arn(f"reports-{language}"))
    # What is behind it is handled, too.
    eventually(
        lambda: lambda_.get_event_source_mapping(UUID=uuid)["LastProcessingResult"], lambda result: result == "OK"
    )
