"""Who does not hold the secret, or whose clock is wrong, is refused as on AWS."""

import datetime
import http.client
import urllib.parse

import botocore.auth

from support import ENDPOINT, client, equal, refused

equal(client().list_streams()["StreamNames"], [])

with refused(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.",
):
    client(secret="guess").list_streams()
with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
    client(key="AKIAIOSFODNN7EXAMPLE").list_streams()

now = botocore.auth.get_current_datetime
for minutes, text in ((-6, "Signature expired: "), (6, "Signature not yet current: ")):
    skew = datetime.timedelta(minutes=minutes)
    botocore.auth.get_current_datetime = lambda *args, **more: now(*args, **more) + skew
    with refused("InvalidSignatureException", contains=text):
        client().list_streams()
for minutes in (-4, 4):
    skew = datetime.timedelta(minutes=minutes)
    botocore.auth.get_current_datetime = lambda *args, **more: now(*args, **more) + skew
    equal(client().list_streams()["StreamNames"], [], "a skew of four minutes")
botocore.auth.get_current_datetime = now

# A request that was changed on its way.
kinesis = client()
kinesis.meta.events.register(
    "before-send.kinesis.*", lambda request, **_: setattr(request, "body", b'{"Limit": 7}')
)
with refused("InvalidSignatureException"):
    kinesis.list_streams()

# No signature at all.
address = urllib.parse.urlparse(ENDPOINT)
connection = http.client.HTTPConnection(address.hostname, address.port)
headers = {"X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "application/x-amz-json-1.1"}
connection.request("POST", "/", b"{}", headers)
reply = connection.getresponse()
equal(reply.status, 400)
equal(reply.read(), b'{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}')
