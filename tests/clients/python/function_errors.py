"""What an upload, a call and a mapping are refused for, and in which words."""

import io
import json
import zipfile

from function_support import ROLE, arn, component, create_function, stream_arn, zipped
from support import client, create, equal, refused

lambda_ = client(service="lambda")
raw = client(service="lambda", checks=False)
kinesis = client()
create(kinesis, "s")


def upload(code, **more):
    lambda_.create_function(FunctionName="f", Role=ROLE, Code={"ZipFile": code}, **more)


BOMB = zipped({"f.wasm": b"\0" * 60_000_000})
for what, code, told in (
    ("no zip and no WebAssembly", b"hello", "WebAssembly"),
    ("an empty zip", zipped({}), ".wasm"),
    ("a zip without a module", zipped({"index.js": "exports.handler = 1"}), ".wasm"),
    ("two modules", zipped({"a.wasm": component(), "b.wasm": component()}), ".wasm"),
    ("a broken module", zipped({"f.wasm": component()[:3000]}), ""),
    ("a bomb", BOMB, ""),
    ("a slip", zipped({"../f.wasm": component()}), ""),
    ("half a zip", zipped({"f.wasm": component()})[:5000], ""),
    ("an unknown import", b'(module (import "env" "launch" (func)))', "launch"),
):
    with refused("InvalidParameterValueException", contains=told):
        upload(code)
        raise SystemExit(f"accepted: {what}")
equal(lambda_.list_functions()["Functions"], [], "nothing was made")

with refused("InvalidParameterValueException", contains="The runtime parameter of java21"):
    upload(component(), Runtime="java21", Handler="a.B::c")
with refused("InvalidParameterValueException", contains="no interpreter for JavaScript"):
    upload(zipped({"index.js": "exports.handler = () => 1"}), Runtime="nodejs22.x", Handler="index.handler")
with refused("ValidationException", contains="'role'"):
    lambda_.create_function(FunctionName="f", Role="nonsense", Code={"ZipFile": component()})
with refused("ValidationException", contains="'timeout'"):
    upload(component(), Timeout=901)
with refused("ValidationException", contains="'memorySize'"):
    raw.create_function(FunctionName="f", Role=ROLE, Code={"ZipFile": component()}, MemorySize=64)
with refused("InvalidParameterValueException", contains="4KB limit"):
    upload(component(), Environment={"Variables": {"AB": "x" * 5000}})

create_function(lambda_, "f")
with refused("InvalidRequestContentException", contains="Records"):
    lambda_.invoke(FunctionName="f", Payload=b'{"hello": "world"}')
with refused("InvalidRequestContentException"):
    lambda_.invoke(FunctionName="f", Payload=b"not json")
with refused("ResourceNotFoundException", status=404):
    lambda_.invoke(FunctionName="f", Qualifier="7", Payload=b"{}")


def map_it(**more):
    knobs = dict(EventSourceArn=stream_arn("s"), FunctionName="f", StartingPosition="TRIM_HORIZON")
    return raw.create_event_source_mapping(**{**knobs, **more})


with refused("ResourceNotFoundException", status=404, contains="Function not found"):
    map_it(FunctionName="absent")
with refused("InvalidParameterValueException"):
    map_it(EventSourceArn=stream_arn("absent"))
with refused("InvalidParameterValueException"):
    map_it(EventSourceArn="arn:aws:sqs:us-east-1:000000000000:queue")
for knob, value in (
    ("BatchSize", 0),
    ("BatchSize", 10_001),
    ("ParallelizationFactor", 11),
    ("MaximumBatchingWindowInSeconds", 301),
    ("MaximumRetryAttempts", 10_001),
):
    with refused("ValidationException", contains=knob[0].lower() + knob[1:]):
        map_it(**{knob: value})
with refused("InvalidParameterValueException"):
    map_it(MaximumRecordAgeInSeconds=59)
with refused("InvalidParameterValueException"):
    map_it(StartingPosition="AT_TIMESTAMP")
for knob, value in (
    ("TumblingWindowInSeconds", 30),
    ("DestinationConfig", {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:queue"}}),
    ("DestinationConfig", {"OnFailure": {"Destination": "arn:aws:sns:us-east-1:000000000000:topic"}}),
):
    with refused("InvalidParameterValueException", contains=knob):
        map_it(**{knob: value})
equal(lambda_.list_event_source_mappings()["EventSourceMappings"], [], "nothing was made")

with refused("InvalidParameterValueException", contains="Invalid filter pattern definition"):
    map_it(FilterCriteria={"Filters": [{"Pattern": '{"data": 1}'}]})

uuid = map_it(Enabled=False)["UUID"]
with refused("ResourceConflictException", status=409, contains=uuid):
    map_it()
with refused("ResourceNotFoundException", status=404):
    lambda_.get_event_source_mapping(UUID="8a2f0d2e-0000-4000-8000-000000000000")

# Known and not built: told so, never a wrong answer.
with refused("InvalidParameterValueException", contains="ListLayers is not supported by this server"):
    lambda_.list_layers()
