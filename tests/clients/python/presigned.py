"""Presigned requests: what botocore makes itself, and requests with a body that it signs in the query."""

import datetime
import hashlib
import http.client
import json
import urllib.parse

import botocore.auth
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support import ENDPOINT, client, create, equal

ADDRESS = urllib.parse.urlparse(ENDPOINT)
JSON = {"Content-Type": "application/x-amz-json-1.1"}


class WithBody(SigV4QueryAuth):
    """Signs the body's digest; botocore itself moves a body's members into the query."""

    body = b""

    def payload(self, request):
        return hashlib.sha256(self.body).hexdigest()


def presign(operation, body, key="test", secret="test", expires=60):
    auth = WithBody(Credentials(key, secret), "kinesis", "us-east-1", expires=expires)
    auth.body = body
    headers = {**JSON, "X-Amz-Target": f"Kinesis_20131202.{operation}"}
    request = AWSRequest(method="POST", url=ENDPOINT + "/", headers=headers)
    auth.add_auth(request)
    return request.url, headers


def send(method, url, headers=(), body=None):
    address = urllib.parse.urlparse(url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request(method, f"{address.path}?{address.query}", body, dict(headers))
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read() or b"null")


create(client(), "presigned")

# A URL that lists functions, as botocore makes it.
url = client(service="lambda").generate_presigned_url("list_functions", Params={"MaxItems": 5}, ExpiresIn=60)
equal(send("GET", url), (200, {"Functions": []}))
status, told = send("GET", url.replace("MaxItems=5", "MaxItems=6"))
equal(status, 403)
status, told = send("DELETE", url)
assert status in (403, 404), status

# A record, put by whoever has the URL, and only that record.
body = b'{"StreamName":"presigned","PartitionKey":"p","Data":"AAEC"}'
url, headers = presign("PutRecord", body)
status, told = send("POST", url, headers, body)
equal(status, 200, told)
assert told["SequenceNumber"].startswith("49"), told
for changed in (body.replace(b"AAEC", b"AAED"), body + b" "):
    status, told = send("POST", url, headers, changed)
    equal((status, told["__type"]), (400, "InvalidSignatureException"))
status, told = send("POST", url, {**headers, "X-Amz-Target": "Kinesis_20131202.PutRecords"}, body)
equal((status, told["__type"]), (400, "InvalidSignatureException"))

# Who holds no secret, and credentials in both places.
url, headers = presign("ListStreams", b"{}", secret="guess")
equal(send("POST", url, headers, b"{}")[1]["__type"], "InvalidSignatureException")
url, headers = presign("ListStreams", b"{}", key="AKIAIOSFODNN7EXAMPLE")
equal(send("POST", url, headers, b"{}")[1]["__type"], "UnrecognizedClientException")
url, headers = presign("ListStreams", b"{}")
equal(send("POST", url, headers, b"{}"), (200, {"StreamNames": ["presigned"], "HasMoreStreams": False, "StreamSummaries": send("POST", url, headers, b"{}")[1]["StreamSummaries"]}))
both = {**headers, "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/kinesis/aws4_request"}
equal(send("POST", url, both, b"{}")[1]["__type"], "InvalidSignatureException")

# Times.
now = botocore.auth.get_current_datetime
for minutes, text in ((-2, "Signature expired: "), (6, "Signature not yet current: ")):
    skew = datetime.timedelta(minutes=minutes)
    botocore.auth.get_current_datetime = lambda *args, **more: now(*args, **more) + skew
    url, headers = presign("ListStreams", b"{}")
    status, told = send("POST", url, headers, b"{}")
    equal(status, 400)
    assert told["message"].startswith(text), told
botocore.auth.get_current_datetime = lambda *args, **more: now(*args, **more) - datetime.timedelta(days=6)
url, headers = presign("ListStreams", b"{}", expires=604800)
equal(send("POST", url, headers, b"{}")[0], 200)
botocore.auth.get_current_datetime = now
url, headers = presign("ListStreams", b"{}", expires=604801)
status, told = send("POST", url, headers, b"{}")
equal((status, told["__type"]), (400, "IncompleteSignatureException"))
assert "604800" in told["message"], told
