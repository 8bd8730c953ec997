"""What no SDK does over TLS, and what is told to those who speak in clear text."""

import http.client
import json
import os
import socket
import ssl
import struct
import urllib.parse

ENDPOINT = urllib.parse.urlparse(os.environ["ENDPOINT"])
PLAIN = urllib.parse.urlparse(os.environ["PLAIN"])
ADDRESS = ("127.0.0.1", ENDPOINT.port)


def equal(seen, expected, what="value"):
    assert seen == expected, f"{what}: {seen!r} instead of {expected!r}"


def context(**more):
    made = ssl.create_default_context(cafile=os.environ["CA"])
    # As strict as the newest versions of Python are by default.
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    for name, value in more.items():
        setattr(made, name, value)
    return made


def shake(using, name="localhost"):
    return using.wrap_socket(socket.create_connection(ADDRESS, timeout=30), server_hostname=name)


def exactly(stream, length):
    read = b""
    while len(read) < length:
        more = stream.recv(length - len(read))
        assert more, f"the connection ended after {read!r}"
        read += more
    return read


# HTTP/2 without ALPN, as older releases of the SDK for Java do: GET /health in frames by hand.
stream = shake(context())
equal(stream.selected_alpn_protocol(), None)
settings = struct.pack(">I", 0)[1:] + b"\x04\x00" + struct.pack(">I", 0)
# Indexed fields of HPACK: GET, https; /health and the authority as literals.
block = b"\x82\x87" + b"\x04\x07/health" + b"\x01\x09localhost"
headers = struct.pack(">I", len(block))[1:] + b"\x01\x05" + struct.pack(">I", 1) + block
stream.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + headers)
body = b""
kinds = []
while True:
    head = exactly(stream, 9)
    length, kind, flags = struct.unpack(">I", b"\0" + head[:3])[0], head[3], head[4]
    payload = exactly(stream, length)
    kinds.append(kind)
    if kind == 0:
        body += payload
        if flags & 1:
            break
equal(kinds[0], 4, "first frame")
equal(json.loads(body)["status"], "ok")
stream.close()

# Versions.
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    stream = shake(context(minimum_version=version, maximum_version=version))
    equal(stream.version(), {772: "TLSv1.3", 771: "TLSv1.2"}[version])
    stream.close()
old = context()
old.set_ciphers("ALL:@SECLEVEL=0")
old.minimum_version = ssl.TLSVersion.TLSv1
old.maximum_version = ssl.TLSVersion.TLSv1_1
try:
    shake(old)
except (ssl.SSLError, ConnectionError):
    pass
else:
    raise AssertionError("TLS 1.1 was spoken")

# Names: those of this machine and no others.
for name in ("localhost", "127.0.0.1", "::1"):
    shake(context(), name).close()
try:
    shake(context(), "kinesis.us-east-1.amazonaws.com")
except ssl.SSLCertVerificationError:
    pass
else:
    raise AssertionError("any name was accepted")

# ALPN.
for offered, agreed in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")):
    using = context()
    using.set_alpn_protocols(offered)
    stream = shake(using)
    equal(stream.selected_alpn_protocol(), agreed)
    stream.close()

# Clear text is told what to do, without a redirection; health is there for this machine.
plain = http.client.HTTPConnection(PLAIN.hostname, PLAIN.port)
headers = {"X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "application/x-amz-json-1.1"}
plain.request("POST", "/", b"{}", headers)
reply = plain.getresponse()
equal((reply.status, reply.getheader("location")), (403, None))
told = json.loads(reply.read())
equal(told["__type"], "AccessDeniedException")
assert "https://" in told["message"], told
plain.request("GET", "/health")
reply = plain.getresponse()
equal((reply.status, json.loads(reply.read())["status"]), (200, "ok"))

# Garbage harms nobody else.
for bytes_ in (b"\x16", b"\x16\x03\x01\xff\xff" + b"\0" * 1000, b"\x16\x03\x01\x00\x01\x01"):
    with socket.create_connection(ADDRESS, timeout=30) as garbage:
        garbage.sendall(bytes_)
secure = http.client.HTTPSConnection("localhost", ENDPOINT.port, context=context())
secure.request("GET", "/health")
equal(secure.getresponse().status, 200)
