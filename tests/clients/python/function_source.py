"""Functions in source code, made and called as on Lambda: the examples as they are, and what is told of each."""

import hashlib
import base64

from function_support import arn, lines, zipped
from source_support import JAVASCRIPT, PYTHON, bad, event, example, good, lambda_, make
from support import equal, refused

QUAKES = [line for line in lines() if b'"place":"' in line][:5]


def life(name, package, runtime):
    """A function as it is made, shown, called, published and changed."""
    made = make(name, package, runtime, Description="d", Timeout=10, MemorySize=256)
    equal((made["Runtime"], made["Handler"], made["State"]), (runtime["Runtime"], runtime["Handler"], "Active"))
    equal(made["CodeSha256"], base64.b64encode(hashlib.sha256(package).digest()).decode())
    equal(made["CodeSize"], len(package))
    seen = lambda_.get_function_configuration(FunctionName=name)
    equal((seen["Runtime"], seen["Handler"]), (runtime["Runtime"], runtime["Handler"]))
    assert lambda_.get_function(FunctionName=name)["Code"]["Location"].startswith("shardmill:source/")
    answer, tail = good(name, event(*QUAKES))
    equal(sum(answer["regions"].values()), len(QUAKES))
    assert tail.splitlines()[0].startswith("START RequestId: "), tail
    assert "5 records, " in tail and " ms left" in tail, tail
    return tail


tail = life("js", example("javascript/index.mjs"), JAVASCRIPT)
request = tail.split("START RequestId: ")[1].split(" ")[0]
said = [line for line in tail.splitlines() if "event shardId" in line]
equal(len(said), 5)
time, id_, level, message = said[0].split("\t")
equal((id_, level), (request, "INFO"))
assert time.endswith("Z") and len(time) == 24 and message.startswith("event shardId-000000000000:0 of arn:aws:"), said
assert f"digest: '{hashlib.sha256(QUAKES[0]).hexdigest()}'" in tail, tail

tail = life("py", example("python/app.py"), PYTHON)
request = tail.split("START RequestId: ")[1].split(" ")[0]
assert "\nevent shardId-000000000000:0 of arn:aws:kinesis:" in tail, tail
level, time, id_, message = next(line for line in tail.splitlines() if "decoded" in line).split("\t")
equal((level, id_), ("[INFO]", request))
assert time.endswith("Z") and hashlib.sha256(QUAKES[0]).hexdigest() in message, tail

make("callback", example("javascript/callback.js"), JAVASCRIPT, Handler="callback.handler")
answer, tail = good("callback", event(*QUAKES))
equal(answer["bytes"], sum(map(len, QUAKES)))
assert answer["request"] in tail

# Other code and another handler from the next call on; versions keep theirs.
first = lambda_.publish_version(FunctionName="js")
equal(first["Version"], "1")
lambda_.update_function_code(
    FunctionName="js", ZipFile=zipped({"index.mjs": "export const handler = async () => 1; export const other = async () => 2;"})
)
equal(good("js")[0], 1)
lambda_.update_function_configuration(FunctionName="js", Handler="index.other", Runtime="nodejs20.x")
equal(good("js")[0], 2)
equal(lambda_.get_function_configuration(FunctionName="js")["Runtime"], "nodejs20.x")
answer, _ = good(arn("js") + ":1", event(*QUAKES))
equal(sum(answer["regions"].values()), 5)

# What says nothing of a handler, is for other code, or cannot work.
with refused("InvalidParameterValueException", contains="Runtime and Handler are mandatory"):
    make("f", zipped({"index.js": ""}), {"Runtime": "nodejs22.x"})
with refused("InvalidParameterValueException", contains="The function's code is JavaScript"):
    lambda_.update_function_configuration(FunctionName="js", Runtime="python3.13")
with refused("InvalidParameterValueException", contains="The function's code is Python"):
    lambda_.update_function_configuration(FunctionName="py", Runtime="provided.al2023")
with refused("InvalidParameterValueException", contains="Could not unzip"):
    make("f", b"exports.handler = () => 1", JAVASCRIPT)
for files, runtime, told in (
    ({"index.mjs": 'import { KinesisClient } from "@aws-sdk/client-kinesis";'}, JAVASCRIPT, "index.mjs imports @aws-sdk/client-kinesis"),
    ({"index.js": 'const AWS = require("aws-sdk");'}, JAVASCRIPT, "index.js imports aws-sdk"),
    ({"app.py": "import json\nimport boto3\n"}, PYTHON, "app.py imports boto3"),
    ({"../app.py": ""}, PYTHON, "leads out"),
):
    with refused("InvalidParameterValueException", contains=told):
        make("f", zipped(files), runtime)
with refused("InvalidParameterValueException", contains="no network"):
    lambda_.update_function_code(FunctionName="py", ZipFile=zipped({"app.py": "from botocore import session"}))
answer, _ = good("py", event(*QUAKES))
equal(sum(answer["regions"].values()), 5)
