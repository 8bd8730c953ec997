"""What stands around functions: tags, reserved concurrency, the account's settings."""

import json

from function_support import arn, create_function, stream_arn
from support import client, equal, refused

RECORD = {
    "eventID": "shardId-000000000000:1",
    "eventSourceARN": stream_arn("s"),
    "kinesis": {"partitionKey": "k", "sequenceNumber": "1", "data": "e30="},
}
lambda_ = client(service="lambda")
create_function(lambda_, "f", Tags={"team": "a"})

lambda_.tag_resource(Resource=arn("f"), Tags={"stage": "test", "team": "b"})
equal(lambda_.list_tags(Resource=arn("f"))["Tags"], {"stage": "test", "team": "b"})
lambda_.untag_resource(Resource=arn("f"), TagKeys=["team", "other"])
equal(lambda_.list_tags(Resource=arn("f"))["Tags"], {"stage": "test"})
equal(lambda_.get_function(FunctionName="f")["Tags"], {"stage": "test"})
with refused("ResourceNotFoundException", status=404):
    lambda_.list_tags(Resource=arn("g"))

assert "ReservedConcurrentExecutions" not in lambda_.get_function_concurrency(FunctionName="f")
reserved = lambda_.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
equal(reserved["ReservedConcurrentExecutions"], 0)
equal(lambda_.get_function_concurrency(FunctionName="f")["ReservedConcurrentExecutions"], 0)
equal(lambda_.get_function(FunctionName="f")["Concurrency"], {"ReservedConcurrentExecutions": 0})
with refused("TooManyRequestsException", contains="Rate Exceeded", status=429):
    lambda_.invoke(FunctionName="f", Payload=json.dumps({"Records": [RECORD]}))
lambda_.delete_function_concurrency(FunctionName="f")
assert "Concurrency" not in lambda_.get_function(FunctionName="f")

account = lambda_.get_account_settings()
equal(account["AccountUsage"]["FunctionCount"], 1)
assert account["AccountUsage"]["TotalCodeSize"] > 0, account
assert account["AccountLimit"]["UnreservedConcurrentExecutions"] >= 900, account
