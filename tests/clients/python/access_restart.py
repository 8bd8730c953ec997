"""Keys and policies are there after kill -9: phase `before` makes them, phase `after` uses them."""

import json
import os

from access_support import kinesis, own, statement, stream_arn, user
from support import client, create, refused

KEYS = os.environ["KEYS"]

if os.environ["PHASE"] == "before":
    create(client(), "kept")
    keys = {
        "put": user("put", statement("kinesis:PutRecord", stream_arn("kept"))),
        "off": user("off", statement("kinesis:*")),
    }
    own("UpdateAccessKey", AccessKeyId=keys["off"][0], Status="Inactive")
    with open(KEYS, "w") as file:
        json.dump(keys, file)
else:
    with open(KEYS) as file:
        keys = json.load(file)
    put = kinesis(keys["put"])
    put.put_record(StreamName="kept", PartitionKey="k", Data=b"x")
    with refused("AccessDeniedException"):
        put.list_streams()
    with refused("UnrecognizedClientException"):
        kinesis(keys["off"]).list_streams()
