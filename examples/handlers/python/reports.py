"""Names the first record that cannot be handled: all before it are done, and it and those behind it come again."""

import base64
import json


def handle(data):
    quake = json.loads(base64.b64decode(data))
    if not isinstance(quake["mag"], (int, float)):
        raise TypeError("an earthquake has a magnitude")
    print(f"magnitude {quake['mag']}: {quake['place']}")


def handler(event, context):
    for record in event["Records"]:
        try:
            handle(record["kinesis"]["data"])
        except (KeyError, TypeError, ValueError) as error:
            sequence = record["kinesis"]["sequenceNumber"]
            print(f"record {sequence} cannot be handled: {error}")
            return {"batchItemFailures": [{"itemIdentifier": sequence}]}
    return {"batchItemFailures": []}
