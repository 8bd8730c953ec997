"""What no SDK for Python speaks: CBOR as the SDKs for Java send it, and AWS JSON 1.0. Signed by botocore, written and
read by cbor2."""

import base64
import datetime
import io
import json
import struct
import time

import cbor2
import cbor2._decoder
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support import ACCOUNT, ENDPOINT, REGION, client, equal

# cbor2 would make a date of what tag 1 holds, taken for seconds.
cbor2._decoder.semantic_decoders[1] = lambda decoder: cbor2.CBORTag(1, decoder._decode())

POOL = urllib3.PoolManager()
CBOR, JSON_0, JSON_1 = (f"application/x-amz-{kind}" for kind in ("cbor-1.1", "json-1.0", "json-1.1"))


def send(content_type, operation, body, secret="test"):
    """One signed request; its reply."""
    headers = {"Content-Type": content_type, "X-Amz-Target": f"Kinesis_20131202.{operation}"}
    request = AWSRequest("POST", ENDPOINT + "/", headers=headers, data=body)
    SigV4Auth(Credentials("test", secret), "kinesis", REGION).add_auth(request)
    return POOL.request("POST", ENDPOINT + "/", headers=dict(request.headers), body=body, retries=False)


class Millis(int):
    """A time as the SDKs for Java write it: tag 1 around a whole number of milliseconds."""


def encode(value):
    """A document as Jackson writes it: lists and maps without a length, long strings in pieces."""
    out = io.BytesIO()
    write(out, value)
    return out.getvalue()


def write(out, value):
    if isinstance(value, dict):
        out.write(b"\xbf")
        for name, member in value.items():
            write(out, name)
            write(out, member)
        out.write(b"\xff")
    elif isinstance(value, list):
        out.write(b"\x9f")
        for element in value:
            write(out, element)
        out.write(b"\xff")
    elif isinstance(value, Millis):
        out.write(b"\xc1\x1b" + struct.pack(">q", value))
    elif isinstance(value, str) and len(value) > 64:
        out.write(b"\x7f")
        for at in range(0, len(value), 50):
            cbor2.dump(value[at : at + 50], out)
        out.write(b"\xff")
    else:
        cbor2.dump(value, out)


def call(operation, document):
    reply = send(CBOR, operation, encode(document))
    equal(reply.status, 200, f"status of {operation} ({reply.data!r})")
    equal(reply.headers["Content-Type"], CBOR, "content type")
    return cbor2.loads(reply.data) if reply.data else None


def refused(content_type, operation, body, code, message=None, **more):
    reply = send(content_type, operation, body, **more)
    equal(reply.status, 400, f"status ({reply.data!r})")
    equal(reply.headers["Content-Type"], content_type, "content type of a refusal")
    equal(reply.headers["x-amzn-ErrorType"], code, "type in a header")
    told = cbor2.loads(reply.data) if content_type == CBOR else json.loads(reply.data)
    equal(told.pop("__type"), code, "type")
    equal(list(told.values()), [] if message is None else [message], "message")


def moment(value):
    equal(value.tag, 1, "tag")
    equal(type(value.value), int, "type of a time")
    return value.value


# A stream, its tags, and what is told of it.
before = time.time_ns() // 1_000_000
equal(call("CreateStream", {"StreamName": "quakes", "ShardCount": 2, "Tags": {"team": "é" * 100}}), None, "reply")
summary = call("DescribeStreamSummary", {"StreamName": "quakes"})["StreamDescriptionSummary"]
equal(summary["StreamStatus"], "ACTIVE")
equal((summary["OpenShardCount"], summary["RetentionPeriodHours"]), (2, 24), "numbers")
created = moment(summary["StreamCreationTimestamp"])
assert before // 1000 * 1000 <= created <= time.time_ns() // 1_000_000, created
shards = call("ListShards", {"StreamARN": summary["StreamARN"]})["Shards"]
equal([shard["ShardId"] for shard in shards], [f"shardId-{n:012}" for n in range(2)])
equal(call("ListStreams", {})["HasMoreStreams"], False)
equal(call("ListStreams", {"Limit": None})["StreamNames"], ["quakes"], "null is nothing")

# Records: bytes, strings in pieces, numbers as text.
BODIES = [b"", b"\x00", bytes(range(256)), b"\xff" * 100_000]
records = [{"PartitionKey": "k" * 200, "Data": body, "ExplicitHashKey": "0"} for body in BODIES]
reply = call("PutRecords", {"StreamName": "quakes", "Records": records})
equal(reply["FailedRecordCount"], 0)
first = reply["Records"][0]["SequenceNumber"]
one = call("PutRecord", {"StreamName": "quakes", "PartitionKey": "ключ", "Data": b"one", "ExplicitHashKey": "1"})
equal(one["ShardId"], "shardId-000000000000")


def read(**start):
    place = {"StreamName": "quakes", "ShardId": "shardId-000000000000", **start}
    iterator = call("GetShardIterator", place)["ShardIterator"]
    return call("GetRecords", {"ShardIterator": iterator, "Limit": 100})


found = read(ShardIteratorType="TRIM_HORIZON")
equal([record["Data"] for record in found["Records"]], BODIES + [b"one"], "data")
equal([record["PartitionKey"] for record in found["Records"]], ["k" * 200] * 4 + ["ключ"], "keys")
equal(found["Records"][0]["SequenceNumber"], first, "number")
equal(found["MillisBehindLatest"], 0)
arrivals = [moment(record["ApproximateArrivalTimestamp"]) for record in found["Records"]]
assert before <= arrivals[0] <= arrivals[-1] <= time.time_ns() // 1_000_000, arrivals

# What is told of a time is taken as a time, to the millisecond; a fraction is one of seconds.
last = arrivals[-1]
for at in (Millis(last), last, cbor2.CBORTag(1, last / 1000)):
    seen = read(ShardIteratorType="AT_TIMESTAMP", Timestamp=at)["Records"]
    assert all(moment(record["ApproximateArrivalTimestamp"]) >= last for record in seen), seen
    assert b"one" in [record["Data"] for record in seen], seen

# boto3 reads in JSON what was put in CBOR.
kinesis = client()
start = kinesis.get_shard_iterator(
    StreamName="quakes",
    ShardId="shardId-000000000000",
    ShardIteratorType="AT_TIMESTAMP",
    Timestamp=datetime.datetime.fromtimestamp(arrivals[0] / 1000, datetime.timezone.utc),
)
seen = kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
equal([record["Data"] for record in seen], BODIES + [b"one"], "data by JSON")
equal([round(r["ApproximateArrivalTimestamp"].timestamp() * 1000) for r in seen], arrivals, "arrivals by JSON")

# Refusals are in CBOR as well, also of those whose signature or body is wrong.
absent = encode({"StreamName": "absent"})
refused(CBOR, "DescribeStream", absent, "ResourceNotFoundException", f"Stream absent under account {ACCOUNT} not found.")
refused(
    CBOR, "ListStreams", encode({"Limit": 0}), "ValidationException",
    "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
    "Member must have value greater than or equal to 1",
)
refused(
    CBOR, "ListStreams", encode({"Limit": "5"}), "SerializationException",
    "class java.lang.String can not be converted to an Integer",
)
refused(
    CBOR, "PutRecord", encode({"StreamName": "quakes", "PartitionKey": "p", "Data": "AAAA"}), "SerializationException",
    "class java.lang.String can not be converted to a Blob",
)
for body in (b"", b"\xbf", b"{}", b"\xa0\x00", encode({"StreamName": "quakes"})[:-1], b"\xbb" + b"\xff" * 8):
    refused(CBOR, "ListShards", body, "SerializationException", None if body != b"{}" else "Expected null")
deep = b"\xbf\x61x" + b"\x81" * 100_000 + b"\xf6\xff"
refused(
    CBOR, "ListStreams", deep, "SerializationException",
    "Lists and maps may lie 64 deep in each other, not deeper",
)
refused(CBOR, "Nothing", b"\xa0", "UnknownOperationException")
refused(
    CBOR, "ListStreams", b"\xa0", "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.",
    secret="guess",
)

# JSON, both versions.
for content_type in (JSON_0, JSON_1):
    reply = send(content_type, "PutRecord", json.dumps({
        "StreamName": "quakes", "PartitionKey": "p", "Data": base64.b64encode(b"json").decode(),
    }).encode())
    equal((reply.status, reply.headers["Content-Type"]), (200, content_type))
    refused(content_type, "ListStreams", b"{", "SerializationException")
    refused(
        content_type, "DescribeStream", b'{"StreamName":"absent"}', "ResourceNotFoundException",
        f"Stream absent under account {ACCOUNT} not found.",
    )

equal(call("DeleteStream", {"StreamName": "quakes"}), None, "reply")
equal(call("ListStreams", {})["StreamNames"], [], "streams in the end")
