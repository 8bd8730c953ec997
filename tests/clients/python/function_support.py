"""What the scenarios about functions share."""

import io
import os
import time
import zipfile

from support import ACCOUNT, REGION, client, read_all

ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
QUAKES = os.environ.get("QUAKES")
DATA = os.environ.get("EARTHQUAKES")


def arn(name, kind="function"):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:{kind}:{name}"


def stream_arn(name):
    return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"


def zipped(files):
    """A zip with these files, by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def component(path=QUAKES):
    with open(path, "rb") as file:
        return file.read()


def create_function(lambda_, name, code=None, **more):
    """Makes a function and waits until it is active."""
    made = lambda_.create_function(
        FunctionName=name, Role=ROLE, Code={"ZipFile": code or zipped({"f.wasm": component()})}, **more
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
    return made


def eventually(look, is_it, seconds=60):
    """What `look` returns once `is_it` holds of it; the last thing seen is told if it never does."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if is_it(seen):
            return seen
        assert time.monotonic() < deadline, f"still {seen!r} after {seconds} s"
        time.sleep(0.05)


def enabled(lambda_, uuid):
    """Waits until a mapping is enabled."""
    return eventually(
        lambda: lambda_.get_event_source_mapping(UUID=uuid)["State"], lambda state: state == "Enabled"
    )


def all_records(kinesis, name):
    """All records of a stream, whatever the shard."""
    return [record for records in read_all(kinesis, name).values() for record in records]


def lines():
    with open(DATA, "rb") as file:
        return [line for line in file.read().splitlines() if line]
