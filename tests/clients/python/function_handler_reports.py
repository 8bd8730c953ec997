"""A mapping whose handler reports single records: what is before them is done, and what is given up is told."""

import json
import os

from function_support import all_records, component, create_function, enabled, eventually, stream_arn
from support import client, create, equal

kinesis = client()
lambda_ = client(service="lambda")
create(kinesis, "orders", 1)
create(kinesis, "failures", 1)
create_function(lambda_, "orders", component(os.environ["HANDLER"]))


def put(data):
    return kinesis.put_record(StreamName="orders", PartitionKey="k", Data=data)["SequenceNumber"]


def paid(amount):
    return json.dumps({"order": "o", "status": "paid", "amount": amount}).encode()


put(paid(1))
put(paid(2))
sequence = put(b"no order")
put(paid(4))
mapping = lambda_.create_event_source_mapping(
    EventSourceArn=stream_arn("orders"),
    FunctionName="orders",
    StartingPosition="TRIM_HORIZON",
    FunctionResponseTypes=["ReportBatchItemFailures"],
    MaximumRetryAttempts=1,
    BisectBatchOnFunctionError=True,
    DestinationConfig={"OnFailure": {"Destination": stream_arn("failures")}},
)
equal(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
enabled(lambda_, mapping["UUID"])
told = eventually(lambda: all_records(kinesis, "failures"), lambda records: records)
equal(len(told), 1, "one record was given up, alone")
told = json.loads(told[0]["Data"])
info = told["KinesisBatchInfo"]
equal((info["startSequenceNumber"], info["endSequenceNumber"], info["batchSize"]), (sequence, sequence, 1))
state = lambda_.get_event_source_mapping(UUID=mapping["UUID"])
equal(state["State"], "Enabled")
put(paid(8))
eventually(
    lambda: lambda_.get_event_source_mapping(UUID=mapping["UUID"])["LastProcessingResult"],
    lambda result: result == "OK",
)
equal(len(all_records(kinesis, "failures")), 1)
