"""The audit trail: every call and every refusal can be looked up, by its attributes and in pages."""

import json
import time

from botocore.exceptions import ClientError

from support import REGION, client, equal, refused

kinesis, functions, cloudtrail = client(), client(service="lambda"), client(service="cloudtrail", attempts=9)


def lookup(key=None, value=None, **more):
    if key:
        more["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    pages = cloudtrail.get_paginator("lookup_events").paginate(**more)
    return [event for page in pages for event in page["Events"]]


kinesis.create_stream(StreamName="audited", ShardCount=1, Tags={"team": "SECRET-TAG"})
kinesis.describe_stream_summary(StreamName="audited")
kinesis.put_record(StreamName="audited", PartitionKey="SECRET-KEY", Data=b"SECRET-DATA")
with refused("ResourceInUseException"):
    kinesis.create_stream(StreamName="audited", ShardCount=1)
with refused("ValidationException"):
    kinesis.create_stream(StreamName="BAD NAME", ShardCount=1)
with refused("ResourceNotFoundException"):
    kinesis.put_record(StreamName="absent", PartitionKey="SECRET-KEY", Data=b"SECRET-DATA")
with refused("InvalidParameterValueException"):
    functions.list_layers()
with refused("UnsupportedOperationException"):
    cloudtrail.list_trails()
for stranger, code in [
    (client(secret="wrong"), "InvalidSignatureException"),
    (client(key="NOBODY"), "UnrecognizedClientException"),
]:
    for _ in range(3):
        with refused(code):
            stranger.list_streams()

# The event of a call is there when the call returns.
[created] = lookup("EventName", "CreateStream", MaxResults=1)[-1:]
told = json.loads(created["CloudTrailEvent"])
equal(created["Username"], "root", "user")
equal(created["ReadOnly"], "false", "read only")
equal(created["AccessKeyId"], "test", "key")
equal(created["EventSource"], "kinesis.amazonaws.com", "source")
equal(created["Resources"], [{"ResourceType": "AWS::Kinesis::Stream", "ResourceName": "audited"}], "resources")
assert abs(created["EventTime"].timestamp() - time.time()) < 60
equal(told["eventID"], created["EventId"], "id")
equal(told["awsRegion"], REGION, "region")
equal(told["requestParameters"], {"streamName": "audited", "shardCount": 1}, "parameters")
assert "Boto3" in told["userAgent"], told["userAgent"]

errors = [json.loads(event["CloudTrailEvent"]) for event in lookup()]
seen = {(event["eventName"], event.get("errorCode")) for event in errors}
for expected in [
    ("CreateStream", None),
    ("CreateStream", "ResourceInUseException"),
    ("CreateStream", "ValidationException"),
    ("DescribeStreamSummary", None),
    ("ListLayers20181031", "InvalidParameterValueException"),
    ("ListTrails", "UnsupportedOperationException"),
    ("LookupEvents", None),
]:
    assert expected in seen, f"{expected} is not in {sorted(map(str, seen))}"
# Data events are off, and nothing that was sent is in the events.
assert ("PutRecord", None) not in seen
assert "SECRET" not in json.dumps(errors), errors

# Refusals of strangers and of data events come within a second or two; identical ones are one event.
deadline = time.monotonic() + 30
while True:
    strangers = [json.loads(event["CloudTrailEvent"]) for event in lookup("EventName", "ListStreams")]
    codes = sorted(event["errorCode"] for event in strangers if event.get("errorCode"))
    puts = [json.loads(event["CloudTrailEvent"]) for event in lookup("EventName", "PutRecord")]
    if puts and "InvalidSignatureException" in codes and "UnrecognizedClientException" in codes:
        break
    assert time.monotonic() < deadline, codes
counts = sum(event.get("additionalEventData", {}).get("count", 1) for event in strangers)
equal(counts, 6, "refusals of strangers")
assert all(event["userIdentity"]["type"] == "Unknown" for event in strangers)
equal([put["errorCode"] for put in puts], ["ResourceNotFoundException"], "refused puts")
assert "SECRET" not in json.dumps(puts), puts

# By attribute.
[one] = lookup("EventId", created["EventId"])
equal(one, created, "the event by its id")
assert len(lookup("ResourceName", "audited")) >= 3
assert len(lookup("AccessKeyId", "NOBODY")) >= 1
changes = lookup("ReadOnly", "false")
assert changes and all(event["ReadOnly"] == "false" for event in changes), changes
elsewhere = client(service="cloudtrail", region="eu-west-1").lookup_events()["Events"]
assert created["EventId"] not in [event["EventId"] for event in elsewhere], "told in another region"
with refused("InvalidTimeRangeException"):
    client(service="cloudtrail", region="eu-north-1").lookup_events(StartTime=2, EndTime=1)
with refused("InvalidNextTokenException"):
    client(service="cloudtrail", region="eu-north-1").lookup_events(NextToken="AAAA")

# More than two calls a second are too many.
hasty = client(service="cloudtrail", region="ap-south-1")
try:
    for _ in range(10):
        hasty.lookup_events()
except ClientError as error:
    equal(error.response["Error"]["Code"], "ThrottlingException", "code")
else:
    raise AssertionError("ten calls at once were answered")
