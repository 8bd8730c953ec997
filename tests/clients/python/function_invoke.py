"""Invoke: the event that Lambda's poller would send, and what comes back."""

import base64
import json
import os

from function_support import create_function, lines, stream_arn
from support import client, equal

lambda_ = client(service="lambda")
create_function(lambda_, "quakes", Environment={"Variables": {"MIN_MAGNITUDE": "5"}})


def record(index, data):
    number = f"4966{index:052}"
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "us",
            "sequenceNumber": number,
            "data": base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": 1700000000.123,
            # Lambda tells it of records that are encrypted in their stream, and of no others.
            **({"encryptionType": "KMS"} if index % 2 else {}),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::000000000000:role/any",
        "awsRegion": "us-east-1",
        "eventSourceARN": stream_arn("s"),
    }


quakes = [json.loads(line) for line in lines()[:300]]
strong = [quake for quake in quakes if quake["mag"] is not None and quake["mag"] >= 5]
assert strong, "some of them are strong"
event = {"Records": [record(n, json.dumps(quake).encode()) for n, quake in enumerate(quakes)]}
reply = lambda_.invoke(FunctionName="quakes", Payload=json.dumps(event), LogType="Tail")
equal(reply["StatusCode"], 200)
equal(reply["ExecutedVersion"], "$LATEST")
assert "FunctionError" not in reply, reply
assert base64.b64decode(reply["LogResult"]), "the log's tail came along"
answer = json.loads(reply["Payload"].read())
equal(len(answer["records"]), len(strong), "records out")
equal(answer["batchItemFailures"], [])
for quake, out in zip(strong, answer["records"]):
    made = json.loads(base64.b64decode(out["data"]))
    equal(made["id"], quake["id"])
    assert out["partitionKey"], out

dry = lambda_.invoke(FunctionName="quakes", InvocationType="DryRun", Payload=json.dumps(event))
equal(dry["StatusCode"], 204)

# A function that fails is a 200 that says so.
with open(os.environ["UNREACHABLE"], "rb") as file:
    trap = file.read()
create_function(lambda_, "trap", trap)
small = {"Records": [record(0, b"{}")]}
reply = lambda_.invoke(FunctionName="trap", Payload=json.dumps(small))
equal(reply["StatusCode"], 200)
assert reply["FunctionError"], reply
told = json.loads(reply["Payload"].read())
assert "unreachable" in told["errorMessage"] and told["errorType"], told
