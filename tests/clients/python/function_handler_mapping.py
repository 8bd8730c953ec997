"""A mapping whose function is a handler: real records as Lambda's event, a batch that fails and is tried again."""

import json
import os

from function_support import component, create_function, enabled, eventually, stream_arn
from support import client, create, equal

kinesis = client()
lambda_ = client(service="lambda")
create(kinesis, "orders", 1)
create_function(lambda_, "orders", component(os.environ["HANDLER"]))


def put(data):
    return kinesis.put_record(StreamName="orders", PartitionKey="k", Data=data)["SequenceNumber"]


def order(status, amount):
    return json.dumps({"order": "o", "status": status, "amount": amount}).encode()


for number in range(10):
    put(order("paid" if number % 2 else "open", number))
uuid = lambda_.create_event_source_mapping(
    EventSourceArn=stream_arn("orders"), FunctionName="orders", StartingPosition="TRIM_HORIZON"
)["UUID"]
enabled(lambda_, uuid)


def result():
    return lambda_.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]


def strict(word):
    lambda_.update_function_configuration(FunctionName="orders", Environment={"Variables": {"STRICT": word}})


eventually(result, lambda told: told == "OK")

# What it does not understand fails the batch, which says which record it was, and is tried again.
strict("true")
sequence = put(b"no order")
told = eventually(result, lambda told: told.startswith("PROBLEM: "))
assert told.startswith(f"PROBLEM: Orders.Malformed: record {sequence}: "), told
strict("false")
eventually(result, lambda told: told == "OK")
put(order("paid", 1000))
equal(lambda_.get_event_source_mapping(UUID=uuid)["State"], "Enabled")
