"""What function_async.py left, after a crash: an event that waits for its retry, and configurations."""

import json

from function_support import all_records, arn, eventually, stream_arn
from support import client, equal, refused

lambda_ = client(service="lambda")
kinesis = client()

config = lambda_.get_function_event_invoke_config(FunctionName="broken")
equal(config["MaximumRetryAttempts"], 1)
equal(config["DestinationConfig"]["OnFailure"], {"Destination": stream_arn("failed")})
records = eventually(lambda: all_records(kinesis, "failed"), lambda it: len(it) == 2, seconds=120)
record = json.loads(records[1]["Data"])
equal(record["requestPayload"], {"order": 4})
equal(record["requestContext"]["condition"], "RetriesExhausted")
equal(record["requestContext"]["approximateInvokeCount"], 2)

equal(lambda_.delete_function_event_invoke_config(FunctionName="broken")["ResponseMetadata"]["HTTPStatusCode"], 204)
with refused("ResourceNotFoundException", contains=arn("broken"), status=404):
    lambda_.get_function_event_invoke_config(FunctionName="broken")
