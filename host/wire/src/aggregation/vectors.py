"""Writes vectors.json beside it: aggregated records as AWS's library makes them.

    pip install aws-kinesis-agg==1.2.3 protobuf==7.36.2
    python vectors.py
"""

import json
import pathlib

import aws_kinesis_agg.aggregator as aggregator

LARGEST = str(2**128 - 1)
VECTORS = {
    "one record": [("a", None, b"one")],
    "one key": [("a", None, b"one"), ("a", None, b"two"), ("a", None, b"three")],
    "several keys": [("a", None, b"1"), ("b", None, b"2"), ("a", None, b"3"), ("c", None, b"")],
    "hash keys": [("a", "0", b"1"), ("b", LARGEST, b"2"), ("c", "0", b"3")],
    "some hash keys": [("a", "5", b"1"), ("b", None, b"2"), ("a", "5", b"3")],
    "not ascii": [("schlüssel", None, "größe".encode()), ("鍵", None, bytes(range(256)))],
    "many keys": [(f"k{i % 150}", str(i % 3) if i % 2 else None, b"x" * (i % 5)) for i in range(260)],
    "long data": [("a", None, b"x" * 127), ("b", None, b"y" * 128), ("c", None, b"z" * 5000)],
}


def vector(name, records):
    made = aggregator.RecordAggregator()
    for key, hash_key, data in records:
        assert made.add_user_record(key, data, hash_key) is None, name
    _, _, aggregated = made.clear_and_get().get_contents()
    return {
        "name": name,
        "records": [{"key": k, "hash_key": h, "data": d.hex()} for k, h, d in records],
        "aggregated": aggregated.hex(),
    }


if __name__ == "__main__":
    vectors = [vector(name, records) for name, records in VECTORS.items()]
    out = pathlib.Path(__file__).parent / "vectors.json"
    out.write_text(json.dumps(vectors, ensure_ascii=False, separators=(",", ":")) + "\n")
