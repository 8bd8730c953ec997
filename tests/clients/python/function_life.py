"""A function is made, seen from every side, changed and deleted."""

import base64
import hashlib

from function_support import ROLE, arn, component, create_function, zipped
from support import client, equal, refused

lambda_ = client(service="lambda")
NAME = "quakes"
CODE = zipped({"quakes.wasm": component()})
DIGEST = base64.b64encode(hashlib.sha256(CODE).digest()).decode()

made = create_function(
    lambda_,
    NAME,
    CODE,
    Runtime="provided.al2023",
    Handler="not.used",
    Description="filters earthquakes",
    Timeout=5,
    MemorySize=256,
    Architectures=["arm64"],
    Environment={"Variables": {"MIN_MAGNITUDE": "4.5"}},
)
equal(made["ResponseMetadata"]["HTTPStatusCode"], 201, "status")

for name in (NAME, arn(NAME), f"{arn(NAME)}:$LATEST", f"000000000000:function:{NAME}"):
    seen = lambda_.get_function_configuration(FunctionName=name)
    equal(seen["FunctionName"], NAME)
    assert seen["FunctionArn"].startswith(arn(NAME)), seen["FunctionArn"]
    equal(seen["Runtime"], "provided.al2023")
    equal(seen["Handler"], "not.used")
    equal(seen["Role"], ROLE)
    equal(seen["Description"], "filters earthquakes")
    equal(seen["Timeout"], 5)
    equal(seen["MemorySize"], 256)
    equal(seen["Architectures"], ["arm64"])
    equal(seen["Environment"], {"Variables": {"MIN_MAGNITUDE": "4.5"}})
    equal(seen["PackageType"], "Zip")
    equal(seen["Version"], "$LATEST")
    equal(seen["State"], "Active")
    equal(seen["LastUpdateStatus"], "Successful")
    equal(seen["CodeSha256"], DIGEST)
    equal(seen["CodeSize"], len(CODE))
    assert seen["RevisionId"] and seen["LastModified"], seen

whole = lambda_.get_function(FunctionName=NAME)
equal(whole["Configuration"]["FunctionName"], NAME)
lambda_.get_waiter("function_exists").wait(FunctionName=NAME)
equal([f["FunctionName"] for f in lambda_.list_functions()["Functions"]], [NAME])

with refused("ResourceConflictException", contains="already exist", status=409):
    lambda_.create_function(FunctionName=NAME, Role=ROLE, Code={"ZipFile": CODE})

before = lambda_.get_function_configuration(FunctionName=NAME)
changed = lambda_.update_function_configuration(
    FunctionName=NAME, Timeout=7, Environment={"Variables": {"MIN_MAGNITUDE": "6"}}
)
equal(changed["Timeout"], 7)
equal(changed["MemorySize"], 256, "what was not named stays")
equal(changed["Environment"], {"Variables": {"MIN_MAGNITUDE": "6"}})
lambda_.get_waiter("function_updated_v2").wait(FunctionName=NAME)
assert changed["RevisionId"] != before["RevisionId"], "a change has a revision of its own"
with refused("PreconditionFailedException", status=412):
    lambda_.update_function_configuration(FunctionName=NAME, Timeout=9, RevisionId=before["RevisionId"])
equal(lambda_.get_function_configuration(FunctionName=NAME)["Timeout"], 7)

bare = component()
updated = lambda_.update_function_code(FunctionName=NAME, ZipFile=bare)
equal(updated["CodeSize"], len(bare))
equal(updated["CodeSha256"], base64.b64encode(hashlib.sha256(bare).digest()).decode())
lambda_.get_waiter("function_updated_v2").wait(FunctionName=NAME)

for n in range(5):
    create_function(lambda_, f"f{n}", CODE)
pages = list(lambda_.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2}))
names = [f["FunctionName"] for page in pages for f in page["Functions"]]
equal(sorted(names), ["f0", "f1", "f2", "f3", "f4", NAME], "names over pages")
equal(len(pages), 3, "pages")

lambda_.delete_function(FunctionName=NAME)
for call in (lambda_.get_function, lambda_.get_function_configuration, lambda_.delete_function, lambda_.invoke):
    with refused("ResourceNotFoundException", contains=f"Function not found: {arn(NAME)}", status=404):
        call(FunctionName=NAME)
equal(len(lambda_.list_functions()["Functions"]), 5)
