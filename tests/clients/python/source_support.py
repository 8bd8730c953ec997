"""What the scenarios about functions in source code share."""

import base64
import json
import os

import boto3
from botocore.config import Config
from function_support import ROLE, zipped
from support import ENDPOINT, REGION, equal

EXAMPLES = os.environ["HANDLERS"]
JAVASCRIPT = {"Runtime": "nodejs22.x", "Handler": "index.handler"}
PYTHON = {"Runtime": "python3.13", "Handler": "app.handler"}
# The first function in a language waits until its interpreter is compiled.
lambda_ = boto3.client(
    "lambda",
    endpoint_url=ENDPOINT,
    region_name=REGION,
    aws_access_key_id="test",
    aws_secret_access_key="test",
    config=Config(read_timeout=600, retries={"total_max_attempts": 1, "mode": "standard"}),
)


def example(path, name=None):
    """A package with one of the examples, as it is."""
    with open(os.path.join(EXAMPLES, path), encoding="utf-8") as file:
        return zipped({name or os.path.basename(path): file.read()})


def make(name, files, runtime, **more):
    """Makes a function of files, by their names, or of a package."""
    package = files if isinstance(files, bytes) else zipped(files)
    return lambda_.create_function(
        FunctionName=name, Role=ROLE, Code={"ZipFile": package}, **{**runtime, **more}
    )


def invoke(name, payload=None):
    """What it answers, the kind of its failure, and the end of its log."""
    reply = lambda_.invoke(FunctionName=name, Payload=json.dumps(payload), LogType="Tail")
    equal(reply["StatusCode"], 200)
    tail = base64.b64decode(reply["LogResult"]).decode()
    return json.loads(reply["Payload"].read()), reply.get("FunctionError"), tail


def good(name, payload=None):
    """The answer of a call that goes well, and its log."""
    answer, error, tail = invoke(name, payload)
    assert error is None, (answer, tail)
    return answer, tail


def bad(name, payload=None):
    """The failure of a call, and its log."""
    answer, error, tail = invoke(name, payload)
    equal(error, "Unhandled")
    return answer, tail


def event(*payloads):
    """Lambda's event with these records, as bytes."""

    def record(number, data):
        return {
            "eventSource": "aws:kinesis",
            "eventID": f"shardId-000000000000:{number}",
            "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
            "kinesis": {"sequenceNumber": str(number), "partitionKey": "k", "data": base64.b64encode(data).decode()},
        }

    return {"Records": [record(number, data) for number, data in enumerate(payloads)]}
