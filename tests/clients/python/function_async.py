"""Asynchronous calls: event-invoke configuration, events, retries that wait, what is told of them."""

import json
import os

from function_support import all_records, arn, component, create_function, eventually, stream_arn
from support import client, create, equal, refused

INVALID = "InvalidParameterValueException"
MISSING = "ResourceNotFoundException"
lambda_ = client(service="lambda", checks=False)
kinesis = client()


def program(name):
    return component(os.path.join(os.environ["PROGRAMS"], f"{name}.wat"))


def send(name, payload, **more):
    reply = lambda_.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(payload), **more)
    equal((reply["StatusCode"], reply["Payload"].read()), (202, b""))
    assert "ExecutedVersion" not in reply and "FunctionError" not in reply, reply
    return reply["ResponseMetadata"]["RequestId"]


create(kinesis, "succeeded")
create(kinesis, "failed")
create_function(lambda_, "echo", program("echo"))
create_function(lambda_, "broken", program("raise"))
create_function(lambda_, "next", program("echo"))
told = {"OnSuccess": {"Destination": stream_arn("succeeded")}, "OnFailure": {"Destination": stream_arn("failed")}}

with refused(MISSING, f"The function {arn('echo')}:$LATEST doesn't have an EventInvokeConfig", status=404):
    lambda_.get_function_event_invoke_config(FunctionName="echo")
put = lambda_.put_function_event_invoke_config(FunctionName="echo", DestinationConfig=told)
equal(put["FunctionArn"], arn("echo:$LATEST"))
equal(put["DestinationConfig"], told)
assert put["LastModified"].year >= 2024, put
put = lambda_.put_function_event_invoke_config(
    FunctionName="broken", MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60, DestinationConfig=told
)
equal((put["MaximumRetryAttempts"], put["MaximumEventAgeInSeconds"]), (0, 60))
with refused("ValidationException", contains="maximumEventAgeInSeconds"):
    lambda_.put_function_event_invoke_config(FunctionName="broken", MaximumEventAgeInSeconds=59)
with refused(INVALID, contains="at least one of error handling or destination setting"):
    lambda_.update_function_event_invoke_config(FunctionName="broken")
with refused(INVALID, contains="must be the ARN of a Kinesis stream or of another function"):
    lambda_.put_function_event_invoke_config(
        FunctionName="broken", DestinationConfig={"OnFailure": {"Destination": arn("q").replace("lambda", "sqs")}}
    )

# An event that is taken, with the id that its caller got.
request = send("echo", {"order": 1})
(record,) = eventually(lambda: all_records(kinesis, "succeeded"), len)
record = json.loads(record["Data"])
equal(record["requestContext"]["requestId"], request)
equal((record["requestPayload"], record["responsePayload"]), ({"order": 1}, {"order": 1}))
equal(record["responseContext"], {"statusCode": 200, "executedVersion": "$LATEST"})

# One that fails.
send("broken", {"order": 2})
(record,) = eventually(lambda: all_records(kinesis, "failed"), len)
record = json.loads(record["Data"])
equal(record["requestContext"]["condition"], "RetriesExhausted")
equal(record["requestContext"]["approximateInvokeCount"], 1)
equal(record["responseContext"]["functionError"], "Unhandled")
assert record["responsePayload"]["errorType"], record

# A function that is told of what another one did, by an alias.
version = lambda_.publish_version(FunctionName="next")["Version"]
lambda_.create_alias(FunctionName="next", Name="live", FunctionVersion=version)
lambda_.put_function_event_invoke_config(FunctionName="next", Qualifier="live", DestinationConfig=told)
lambda_.update_function_event_invoke_config(
    FunctionName="echo", DestinationConfig={"OnSuccess": {"Destination": arn("next:live")}}
)
send("echo", {"order": 3})
records = eventually(lambda: all_records(kinesis, "succeeded"), lambda it: len(it) == 2)
record = json.loads(records[1]["Data"])
equal(record["requestContext"]["functionArn"], arn("next:live"))
equal(record["responseContext"]["executedVersion"], "1")
equal(record["requestPayload"]["requestPayload"], {"order": 3})

listed = lambda_.get_paginator("list_function_event_invoke_configs").paginate(FunctionName="next")
configs = [it for page in listed for it in page["FunctionEventInvokeConfigs"]]
equal([it["FunctionArn"] for it in configs], [arn("next:live")])

with refused("RequestTooLargeException", contains="limit 1048576 bytes", status=413):
    lambda_.invoke(FunctionName="echo", InvocationType="Event", Payload=json.dumps("x" * (1 << 20)))
with refused("InvalidRequestContentException"):
    lambda_.invoke(FunctionName="echo", InvocationType="Event", Payload=b"{")
with refused(INVALID, contains="DeadLetterConfig is not supported by this server"):
    lambda_.update_function_configuration(FunctionName="echo", DeadLetterConfig={"TargetArn": arn("q")})

# One that waits for its retry when the server is killed.
lambda_.put_function_event_invoke_config(FunctionName="broken", MaximumRetryAttempts=1, DestinationConfig=told)
send("broken", {"order": 4})
