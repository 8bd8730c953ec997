"""Host names of every kind, and paths with encoded ARNs: the signature covers what was sent."""

import http.client
import json
import socket
import urllib.parse

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support import ENDPOINT, client, create, equal, refused

PORT = urllib.parse.urlparse(ENDPOINT).port

# Every name leads to the server, as a name server of the user's own would have it.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **and_more: resolve("127.0.0.1", *more, **and_more)


def at(host, service="kinesis"):
    return boto3.client(
        service,
        endpoint_url=f"http://{host}:{PORT}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


arn = create(client(), "hosts")
for host in (
    "kinesis.us-east-1.amazonaws.com",
    # What new SDKs make of the account in a stream's ARN.
    "000000000000.data-kinesis.us-east-1.amazonaws.com",
    "000000000000.control-kinesis.us-east-1.amazonaws.com",
    "UPPER.Case.test",
    "localhost",
    "a" * 60 + ".test",
):
    reply = at(host).put_record(StreamARN=arn, PartitionKey="p", Data=b"x")
    assert reply["SequenceNumber"].startswith("49"), host
# An SDK leaves an endpoint that it is given alone, account or not.
kinesis = client()
hosts = []
kinesis.meta.events.register("before-send.kinesis.*", lambda request, **_: hosts.append(request.url))
kinesis.describe_stream_summary(StreamARN=arn)
equal(hosts, [f"{ENDPOINT}/"])

# ARNs in paths, as boto3 encodes them.
functions = at("lambda.us-east-1.amazonaws.com", "lambda")
name = "arn:aws:lambda:us-east-1:000000000000:function:absent"
with refused("ResourceNotFoundException", contains=name, status=404):
    functions.get_function(FunctionName=name)
with refused("ResourceNotFoundException", status=404):
    functions.delete_function(FunctionName=name)


def get(path, signed=None):
    """GETs `path` as it stands, signed for `signed` or itself."""
    request = AWSRequest(method="GET", url=f"{ENDPOINT}{signed or path}")
    SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    connection.request("GET", path, headers=dict(request.headers.items()))
    reply = connection.getresponse()
    return reply.status, reply.getheader("x-amzn-errortype")


# Odd encodings of one ARN: signed as they were sent, and one operation all the same.
for encoded in (
    "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aabsent",
    "arn%3aaws%3alambda%3aus-east-1%3a000000000000%3afunction%3aabsent",
    "arn:aws:lambda:us-east-1:000000000000:function:absent",
    "%61rn%3Aaws:lambda:us-east-1:000000000000:function%3Aabs%65nt",
):
    path = f"/2015-03-31/functions/{encoded}"
    equal(get(path), (404, "ResourceNotFoundException"), encoded)
# A signature for one spelling is none for another.
spelt = "/2015-03-31/functions/absen%74"
equal(get(spelt, "/2015-03-31/functions/absent"), (403, "InvalidSignatureException"))
