"""Decodes each record of a stream and logs it."""

import base64
import hashlib
import json
import logging
from collections import Counter

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handler(event, context):
    regions = Counter()
    for record in event["Records"]:
        print(f"event {record['eventID']} of {record['eventSourceARN']}")
        payload = base64.b64decode(record["kinesis"]["data"])
        quake = json.loads(payload)
        region = quake["place"].split(", ")[-1]
        regions[region] += 1
        logger.info("decoded magnitude %s in %s, %s", quake["mag"], region, hashlib.sha256(payload).hexdigest())
    logger.info("%d records, %d ms left", len(event["Records"]), context.get_remaining_time_in_millis())
    return {"regions": regions}
