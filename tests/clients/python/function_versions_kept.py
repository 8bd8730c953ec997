"""What function_versions.py left, after a crash."""

import json

from function_support import all_records, arn, eventually
from support import client, equal, refused

MISSING = "ResourceNotFoundException"
lambda_ = client(service="lambda")
kinesis = client()

versions = lambda_.list_versions_by_function(FunctionName="f")["Versions"]
equal([it["Version"] for it in versions], ["$LATEST", "1", "2"], "versions")
equal(versions[1]["Environment"], {"Variables": {"MIN_MAGNITUDE": "9"}}, "what the function was")
live = lambda_.get_alias(FunctionName="f", Name="live")
equal((live["FunctionVersion"], live["Description"]), ("2", "d"), "alias")
policy = lambda_.get_policy(FunctionName="f", Qualifier="live")
equal(json.loads(policy["Policy"])["Statement"][0]["Resource"], arn("f:live"), "policy of the alias")
equal(policy["RevisionId"], live["RevisionId"], "revision")

# The mapping still goes where the alias leads.
(mapping,) = lambda_.list_event_source_mappings(FunctionName="f:live")["EventSourceMappings"]
before = len(all_records(kinesis, "out"))
kept = all_records(kinesis, "s")[0]["Data"]
kinesis.put_record(StreamName="s", PartitionKey="k", Data=kept)
eventually(lambda: len(all_records(kinesis, "out")), lambda count: count == before + 1)

# A number does not come again, and what goes takes its own with it.
lambda_.update_function_configuration(FunctionName="f", Timeout=7)
equal(lambda_.publish_version(FunctionName="f")["Version"], "4", "number")
lambda_.delete_alias(FunctionName="f", Name="live")
with refused(MISSING, status=404, contains="Cannot find alias arn: " + arn("f:live")):
    lambda_.get_alias(FunctionName="f", Name="live")
equal(lambda_.list_aliases(FunctionName="f")["Aliases"], [], "aliases")
lambda_.delete_function(FunctionName="f", Qualifier="2")
with refused(MISSING, status=404):
    lambda_.invoke(FunctionName="f:2", Payload=b"{}")
lambda_.delete_function(FunctionName="f")
with refused(MISSING, status=404):
    lambda_.list_versions_by_function(FunctionName="f")
