"""Certificates change while connections are open."""

import os
import pathlib
import signal
import socket
import ssl
import time
import urllib.parse
import urllib.request

PORT = urllib.parse.urlparse(os.environ["ENDPOINT"]).port
FOLDER = pathlib.Path(os.environ["FOLDER"])
PID = int(os.environ["PID"])


def der(name):
    return ssl.PEM_cert_to_DER_cert((FOLDER / f"{name}.crt").read_text())


def connect():
    """A connection that trusts nobody, to look at what is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", PORT), timeout=30))


def shown():
    with connect() as stream:
        return stream.getpeercert(binary_form=True)


def health(stream):
    stream.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
    reply = b""
    while b'"status":"ok"' not in reply:
        more = stream.recv(4096)
        assert more, f"the connection ended: {reply!r}"
        reply += more
    assert reply.startswith(b"HTTP/1.1 200 "), reply


def replace(chain, key):
    """Puts other files in the place of those that are shown, as tools that renew certificates do."""
    for kind, name in (("crt", chain), ("key", key)):
        beside = FOLDER / f"beside.{kind}"
        beside.write_bytes((FOLDER / f"{name}.{kind}").read_bytes())
        beside.chmod(0o600)
        beside.replace(FOLDER / f"shown.{kind}")


def until(name):
    """Connects until this certificate is shown."""
    end = time.monotonic() + 30
    while shown() != der(name):
        assert time.monotonic() < end, f"{name} is not shown"


def refused():
    """Asks until the server says that it refused one."""
    end = time.monotonic() + 30
    while True:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics") as metrics:
            if b"shardmill_tls_certificates_refused_total 1\n" in metrics.read():
                return
        assert time.monotonic() < end, "nothing was refused"


first = connect()
assert first.getpeercert(binary_form=True) == der("first")
health(first)

replace("second", "second")
os.kill(PID, signal.SIGHUP)
until("second")
health(first)
second = connect()

# One that does not fit: the old one stays.
replace("third", "second")
os.kill(PID, signal.SIGHUP)
refused()
assert shown() == der("second")
health(second)

# The other half comes, and nobody says so.
replace("third", "third")
until("third")
for stream in (first, second):
    health(stream)
