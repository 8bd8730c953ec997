"""Destinations outside of the server: a bucket at another maker's server, and an HTTP endpoint."""

import json
import os
import re

from failures_support import BAD, set_up, settled
from function_support import arn, component, create_function, eventually, stream_arn
from outside_support import BUCKET, buckets, objects
from support import client, equal, refused

INVALID = "InvalidParameterValueException"
MOMENT = r"(\d{4}/\d\d/\d\d)/(\d{4}-\d\d-\d\d)T\d\d\.\d\d\.\d\d"
ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ARN = f"arn:aws:s3:::{BUCKET}"

kinesis = client(attempts=5)
lambda_ = client(service="lambda", checks=False)
s3 = buckets()
s3.create_bucket(Bucket=BUCKET)

# Records that a mapping gives up.
uuid = set_up(
    kinesis, lambda_, on_failure=ARN, MaximumRetryAttempts=1, FunctionResponseTypes=["ReportBatchItemFailures"]
)
shown = lambda_.get_event_source_mapping(UUID=uuid)
equal(shown["DestinationConfig"]["OnFailure"]["Destination"], ARN)
documents = settled(kinesis, lambda _: [document for _, document in objects(s3)])
equal(len(documents), len(BAD))
for document in documents:
    context, info = document["requestContext"], document["KinesisBatchInfo"]
    equal((context["condition"], context["approximateInvokeCount"]), ("RetryAttemptsExhausted", 2))
    equal(context["functionArn"], arn("report"))
    equal((document["version"], document["responseContext"]["statusCode"]), ("1.0", 200))
    equal((info["batchSize"], info["shardId"], info["streamArn"]), (1, "shardId-000000000000", stream_arn("in")))
names = [name for name, _ in objects(s3)]
for name in names:
    found = re.fullmatch(f"aws/lambda/{uuid}/shardId-000000000000/{MOMENT}-{ID}", name)
    assert found and found[1].replace("/", "-") == found[2], name

# What became of asynchronous calls: one that fails and one that works.
path = os.environ["PROGRAMS"]
for function, program in (("fails", "raise"), ("works", "echo")):
    create_function(lambda_, function, component(os.path.join(path, f"{program}.wat")))
    told = {"OnSuccess": {"Destination": ARN}, "OnFailure": {"Destination": ARN}}
    put = lambda_.put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0, DestinationConfig=told
    )
    equal(put["DestinationConfig"], told)
    reply = lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps({"order": function}))
    request_id = reply["ResponseMetadata"]["RequestId"]
    prefix = f"aws/lambda/async/{function}/"
    ((name, record),) = eventually(lambda prefix=prefix: objects(s3, prefix), len)
    found = re.fullmatch(f"{prefix}{MOMENT}-{request_id}", name)
    assert found and found[1].replace("/", "-") == found[2], name
    equal(record["requestPayload"], {"order": function})
    equal(record["requestContext"]["requestId"], request_id)
    condition = {"fails": "RetriesExhausted", "works": "Success"}[function]
    equal(record["requestContext"]["condition"], condition)

# An HTTP endpoint takes the place of the bucket.
sink = os.environ["SINK"]
changed = lambda_.update_event_source_mapping(
    UUID=uuid, DestinationConfig={"OnSuccess": {"Destination": stream_arn("out")}, "OnFailure": {"Destination": sink}}
)
equal(changed["DestinationConfig"]["OnFailure"]["Destination"], sink)
kinesis.put_record(StreamName="in", PartitionKey="k", Data=b"bad-endpoint")

# What is no place.
for wrong, why in (
    ("arn:aws:s3:::No", "a bucket's name has 3 to 63"),
    ("https://user@example.com/", "user or a password"),
    ("arn:aws:sqs:us-east-1:000000000000:q", "this server has no queues"),
):
    with refused(INVALID, contains=why):
        lambda_.update_event_source_mapping(
            UUID=uuid, DestinationConfig={"OnFailure": {"Destination": wrong}}
        )
