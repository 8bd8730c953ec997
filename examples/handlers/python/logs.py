"""Unpacks what a subscription of CloudWatch Logs puts into a stream, and logs each of its lines."""

import base64
import gzip
import json
from collections import defaultdict
from datetime import datetime, timezone


def handler(event, context):
    groups = defaultdict(int)
    for record in event["Records"]:
        batch = json.loads(gzip.decompress(base64.b64decode(record["kinesis"]["data"])))
        # CloudWatch Logs looks now and then whether the stream is there.
        if batch["messageType"] == "CONTROL_MESSAGE":
            continue
        for line in batch["logEvents"]:
            at = datetime.fromtimestamp(line["timestamp"] / 1000, timezone.utc)
            print(f"{batch['logGroup']}/{batch['logStream']} {at.isoformat()} {line['message']}")
        groups[batch["logGroup"]] += len(batch["logEvents"])
    return {"groups": groups}
