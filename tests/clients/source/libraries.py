"""What Python's own library says, whichever interpreter it runs on."""

import ast
import base64
import binascii
import collections
import csv
import dataclasses
import datetime
import decimal
import enum
import functools
import gzip
import hashlib
import hmac
import io
import itertools
import json
import re
import statistics
import struct
import textwrap
import typing
import urllib.parse
import uuid
import xml.etree.ElementTree
import zlib


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list = dataclasses.field(default_factory=list)


class Colour(enum.Enum):
    RED = 1


def handler(event, context):
    packed = gzip.compress(b"text" * 100, mtime=0)
    table = io.StringIO()
    csv.writer(table).writerows([["a", 'b"c'], [1, 2.5]])
    tree = xml.etree.ElementTree.fromstring("<a><b c='d'>e</b></a>")
    return {
        "hashes": [hashlib.new(name, b"abc").hexdigest() for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b")],
        "hmac": hmac.new(b"key", b"message", hashlib.sha256).hexdigest(),
        "base64": [base64.b64encode(b"\xff\xfe").decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode()],
        "binary": [struct.pack(">IhQ", 1, -2, 3).hex(), binascii.crc32(b"abc"), zlib.adler32(b"abc")],
        "gzip": gzip.decompress(packed).decode()[:8],
        "zlib": zlib.decompress(zlib.compress(b"x" * 1000)).decode()[:3],
        "decimal": str(decimal.Decimal("1.10") + decimal.Decimal("2.205")),
        "time": datetime.datetime(2026, 11, 27, tzinfo=datetime.timezone.utc).isoformat(),
        "parsed": datetime.datetime.fromisoformat("2026-11-27T10:00:00+02:00").timestamp(),
        "counter": collections.Counter("abracadabra").most_common(2),
        "csv": table.getvalue(),
        "json": json.dumps({"é": [1.5, None, True]}, sort_keys=True),
        "re": re.findall(r"(?P<a>\w+)@(\w+)", "a@b, c@d"),
        "statistics": statistics.median([1, 5, 2]),
        "text": textwrap.fill("one two three four", 9),
        "url": urllib.parse.urlsplit("https://a.example/b?c=d#e")._asdict(),
        "query": urllib.parse.parse_qs("a=1&a=2&b=%20"),
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, "https://a.example")),
        "xml": [tree.find("b").attrib, tree.find("b").text],
        "dataclass": str(sorted([Point(2), Point(1, 5)])),
        "enum": str(Colour.RED),
        "itertools": list(itertools.chain.from_iterable(itertools.pairwise("abc"))),
        "functools": functools.reduce(lambda a, b: a * b, range(1, 10)),
        "literal": ast.literal_eval("{'a': (1, 2)}")["a"],
        "typing": str(typing.Optional[int]) != "",
        "big": str(2**200),
    }
