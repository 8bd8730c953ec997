"""Handlers: Invoke with any JSON, as on Lambda, and functions that fail, hang and print too much."""

import base64
import json
import os

from botocore.exceptions import ClientError
from function_support import arn, component, create_function
from support import client, equal

lambda_ = client(service="lambda")
create_function(lambda_, "orders", component(os.environ["HANDLER"]))


def program(name, start=""):
    """`echo`, with instructions at the start of its function."""
    with open(os.path.join(os.environ["PROGRAMS"], f"{name}.wat"), encoding="utf-8") as file:
        text = file.read()
    return text.replace("(result i32)\n    (i32.store", f"(result i32) {start}\n    (i32.store", 1).encode()


def invoke(name, payload, **more):
    body = payload if isinstance(payload, bytes) else json.dumps(payload)
    reply = lambda_.invoke(FunctionName=name, Payload=body, **more)
    equal(reply["StatusCode"], 200)
    equal(reply["ExecutedVersion"], "$LATEST")
    return reply, json.loads(reply["Payload"].read())


def event(*payloads):
    def record(number, data):
        return {
            "eventSource": "aws:kinesis",
            "kinesis": {"sequenceNumber": str(number), "data": base64.b64encode(data).decode()},
        }

    return {"Records": [record(number, data) for number, data in enumerate(payloads)]}


paid = json.dumps({"order": "a", "status": "paid", "amount": 12.5}).encode()
open_ = json.dumps({"order": "b", "status": "open", "amount": 1}).encode()
reply, answer = invoke("orders", event(paid, open_, b"none"), LogType="Tail")
assert "FunctionError" not in reply, reply
equal(answer, {"paid": 1, "total": 12.5, "others": 1, "batchItemFailures": [{"itemIdentifier": "2"}]})
tail = base64.b64decode(reply["LogResult"]).decode()
assert "WARN record 2: " in tail and "INFO 1 orders were paid, 12.5 in all; " in tail, tail
left = int(tail.split("in all; ")[1].split(" ms")[0])
assert 0 < left <= 3000, tail
request = reply["ResponseMetadata"]["HTTPHeaders"].get("x-amzn-requestid")
assert f"START RequestId: {request}" in tail and "REPORT RequestId: " in tail, tail

# A failure of the function's own is a 200 that says so.
reply, answer = invoke("orders", {"key1": "value1"})
equal(reply["FunctionError"], "Unhandled")
equal(answer["errorType"], "serde_json::Error")
assert "Records" in answer["errorMessage"], answer
lambda_.update_function_configuration(FunctionName="orders", Environment={"Variables": {"STRICT": "true"}})
reply, answer = invoke("orders", event(paid, b"none"))
equal((reply["FunctionError"], answer["errorType"]), ("Unhandled", "Orders.Malformed"))

# Any JSON goes in and comes out; what is none does not.
create_function(lambda_, "echo", program("echo"))
for payload in ({"a": [1, None, "é"]}, [], "text", 1.5, None, {"large": "x" * 6_000_000}):
    equal(invoke("echo", payload)[1], payload)
equal(json.loads(lambda_.invoke(FunctionName="echo")["Payload"].read()), {})
for wrong in (b"{", b"not json", b"\xff"):
    try:
        lambda_.invoke(FunctionName="echo", Payload=wrong)
        raise AssertionError("that is no JSON")
    except ClientError as error:
        equal(error.response["Error"]["Code"], "InvalidRequestContentException")
        assert "Could not parse request body into json" in error.response["Error"]["Message"], error

# A time-out, an exit, an answer that is no JSON, one that is too large.
create_function(lambda_, "endless", program("echo", "(loop $again (br $again))"), Timeout=1)
reply, answer = invoke("endless", {}, LogType="Tail")
equal((reply["FunctionError"], answer["errorType"]), ("Unhandled", "Sandbox.Timedout"))
assert answer["errorMessage"].endswith(" Error: Task timed out after 1.00 seconds"), answer
assert "Task timed out after 1.00 seconds" in base64.b64decode(reply["LogResult"]).decode()
create_function(lambda_, "trap", program("echo", "unreachable"))
reply, answer = invoke("trap", {})
equal((reply["FunctionError"], answer["errorType"]), ("Unhandled", "Runtime.ExitError"))
assert "Runtime exited with error: " in answer["errorMessage"] and answer["stackTrace"], answer
create_function(lambda_, "silent", program("echo", "(local.set $event_len (i32.const 0))"))
reply, answer = invoke("silent", {})
equal((reply["FunctionError"], answer["errorType"]), ("Unhandled", "Runtime.MarshalError"))
grow = "(drop (memory.grow (i32.const 200))) (local.set $event_len (i32.const 8000000))"
create_function(lambda_, "large", program("echo", grow))
reply, answer = invoke("large", {})
equal((reply["FunctionError"], answer["errorType"]), ("Unhandled", "Function.ResponseSizeTooLarge"))
equal(invoke("echo", {"still": "there"})[1], {"still": "there"})

# Neither a transform nor a handler.
try:
    create_function(lambda_, "neither", b"(module)")
    raise AssertionError("that is no function")
except ClientError as error:
    message = error.response["Error"]["Message"]
    assert "shardmill:guest/transformer@0.1.0#handle" in message, message
    assert "shardmill:guest/lambda@0.1.0#handle" in message, message
equal(lambda_.get_function(FunctionName="echo")["Configuration"]["FunctionArn"], arn("echo"))
