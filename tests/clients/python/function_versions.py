"""Versions and aliases of a function: what they keep, where they lead, and what protects them."""

import json

from function_support import arn, component, create_function, enabled, eventually, all_records, lines, stream_arn
from support import ACCOUNT, client, create, equal, refused

INVALID, MISSING = "InvalidParameterValueException", "ResourceNotFoundException"
lambda_ = client(service="lambda")
raw = client(service="lambda", checks=False)
kinesis = client()
EVENT = json.dumps({
    "Records": [{
        "eventID": "shardId-000000000000:1",
        "eventSourceARN": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s",
        "kinesis": {"partitionKey": "k", "sequenceNumber": "1", "data": "e30="},
    }]
})


def weak(magnitude):
    return {"Variables": {"MIN_MAGNITUDE": magnitude}}


def executed(name, **more):
    answer = lambda_.invoke(FunctionName=name, Payload=EVENT, **more)
    equal(answer["StatusCode"], 200, "status")
    return answer["ExecutedVersion"]


# Published with the function, with new code, and by itself.
made = create_function(lambda_, "f", Environment=weak("9"), Publish=True)
equal((made["Version"], made["FunctionArn"]), ("1", arn("f")), "first version")
same = lambda_.publish_version(FunctionName="f", CodeSha256=made["CodeSha256"])
equal((same["Version"], same["FunctionArn"]), ("1", arn("f:1")), "nothing changed")
lambda_.update_function_configuration(FunctionName="f", Environment=weak("2.5"))
latest = lambda_.get_function_configuration(FunctionName="f")
second = lambda_.publish_version(FunctionName="f", Description="weak", RevisionId=latest["RevisionId"])
equal((second["Version"], second["Description"], second["State"]), ("2", "weak", "Active"), "second version")
lambda_.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="2")
code = lambda_.update_function_code(FunctionName="f", ZipFile=component(), Publish=True)
equal((code["Version"], code["FunctionArn"]), ("3", arn("f:3")), "third version")
with refused(INVALID, contains="CodeSHA256 (x) is different from current CodeSHA256 in $LATEST"):
    lambda_.publish_version(FunctionName="f", CodeSha256="x")
with refused("PreconditionFailedException", status=412):
    lambda_.publish_version(FunctionName="f", RevisionId=made["RevisionId"])

# A version is what the function was.
shown = lambda_.get_function(FunctionName="f", Qualifier="1")["Configuration"]
equal(shown["Environment"], weak("9"), "what the function was")
pages = lambda_.get_paginator("list_versions_by_function").paginate(
    FunctionName="f", PaginationConfig={"PageSize": 2}
)
listed = [it for page in pages for it in page["Versions"]]
equal([it["Version"] for it in listed], ["$LATEST", "1", "2", "3"], "versions")
equal(listed[0]["FunctionArn"], arn("f:$LATEST"), "ARN of the function as it is now")
everything = lambda_.list_functions(FunctionVersion="ALL")["Functions"]
equal([it["FunctionArn"] for it in everything], [it["FunctionArn"] for it in listed], "all versions")
equal([executed("f"), executed("f", Qualifier="2"), executed(arn("f:1"))], ["$LATEST", "2", "1"], "executed")
with refused(MISSING, status=404, contains="Function not found: " + arn("f:9")):
    executed("f:9")

# An alias leads to a version, or to two.
live = lambda_.create_alias(FunctionName="f", Name="live", FunctionVersion="1", Description="d")
equal(live["AliasArn"], arn("f:live"), "ARN of the alias")
equal(executed("f:live"), "1", "executed")
with refused("ResourceConflictException", status=409, contains="Alias already exists: " + arn("f:live")):
    lambda_.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
for routing, told in (
    ({"1": 0.5}, "already included in routing configuration"),
    ({"2": 0.1, "3": 0.1}, "cannot be greater than 1"),
):
    with refused(INVALID, contains=told):
        lambda_.update_alias(FunctionName="f", Name="live", RoutingConfig={"AdditionalVersionWeights": routing})
with refused("ValidationException", contains="less than or equal to 1.0"):
    raw.update_alias(FunctionName="f", Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 1.5}})
with refused("ValidationException", contains="'name'"):
    raw.create_alias(FunctionName="f", Name="7", FunctionVersion="1")
with refused(MISSING, status=404, contains=arn("f:9")):
    lambda_.create_alias(FunctionName="f", Name="lost", FunctionVersion="9")
half = lambda_.update_alias(
    FunctionName="f",
    Name="live",
    RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    RevisionId=live["RevisionId"],
)
equal(half["RoutingConfig"], {"AdditionalVersionWeights": {"2": 0.5}}, "routing")
with refused("PreconditionFailedException", status=412):
    lambda_.update_alias(FunctionName="f", Name="live", FunctionVersion="2", RevisionId=live["RevisionId"])
seen = {executed("f:live") for _ in range(64)}
equal(seen, {"1", "2"}, "both versions are called")
for qualifier, code, status, told in (
    ("$LATEST", INVALID, 400, "$LATEST version cannot be deleted"),
    ("live", INVALID, 400, "Deletion of aliases"),
    ("1", "ResourceConflictException", 409, "aliases reference it: [live]"),
    ("2", "ResourceConflictException", 409, "aliases reference it: [live]"),
):
    with refused(code, status=status, contains=told):
        lambda_.delete_function(FunctionName="f", Qualifier=qualifier)
lambda_.delete_function(FunctionName="f", Qualifier="3")

# A mapping follows its alias.
alone = {"AdditionalVersionWeights": {}}
lambda_.update_alias(FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=alone)
equal("RoutingConfig" in lambda_.get_alias(FunctionName="f", Name="live"), False, "routing is gone")
create(kinesis, "s")
create(kinesis, "out")
mapping = lambda_.create_event_source_mapping(
    FunctionName=arn("f:live"),
    EventSourceArn=stream_arn("s"),
    StartingPosition="TRIM_HORIZON",
    DestinationConfig={"OnSuccess": {"Destination": stream_arn("out")}},
)
equal(mapping["FunctionArn"], arn("f:live"), "what is mapped")
enabled(lambda_, mapping["UUID"])
for qualifier, count in (("f:live", 1), ("f:2", 0), ("f", 1)):
    found = lambda_.list_event_source_mappings(FunctionName=qualifier)["EventSourceMappings"]
    equal(len(found), count, f"mappings of {qualifier}")
strong = [line for line in lines() if (json.loads(line)["mag"] or 0) >= 2.5][:20]


def put():
    kinesis.put_records(StreamName="s", Records=[{"PartitionKey": "k", "Data": line} for line in strong])


put()
eventually(
    lambda: lambda_.get_event_source_mapping(UUID=mapping["UUID"])["LastProcessingResult"],
    lambda result: result == "OK",
)
equal(all_records(kinesis, "out"), [], "the first version lets nothing through")
lambda_.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
put()
eventually(lambda: len(all_records(kinesis, "out")), lambda count: count == len(strong))

# Each has a policy of its own.
for qualifier in ("2", "live"):
    lambda_.add_permission(
        FunctionName="f", Qualifier=qualifier, StatementId="a", Action="lambda:InvokeFunction", Principal="222233334444"
    )
    statement = json.loads(lambda_.get_policy(FunctionName="f", Qualifier=qualifier)["Policy"])["Statement"][0]
    equal(statement["Resource"], arn(f"f:{qualifier}"), "what the policy is about")
with refused(MISSING, status=404):
    lambda_.get_policy(FunctionName="f")
with refused(INVALID, contains="policies for $LATEST"):
    lambda_.add_permission(
        FunctionName="f", Qualifier="$LATEST", StatementId="a", Action="lambda:InvokeFunction", Principal="*"
    )
