"""Counts the records of each region in a tumbling window, and tells the counts when it ends."""

import base64
import json


def handler(event, context):
    state = event["state"]
    for record in event["Records"]:
        quake = json.loads(base64.b64decode(record["kinesis"]["data"]))
        region = quake["place"].split(", ")[-1]
        state[region] = state.get(region, 0) + 1
    if event["isWindowTerminatedEarly"]:
        print(f"window of {event['shardId']} ended early: it goes on in another one")
    if event["isFinalInvokeForWindow"]:
        print(f"from {event['window']['start']} to {event['window']['end']}: {json.dumps(state)}")
    return {"state": state}
