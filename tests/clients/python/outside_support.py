"""What the scenarios about destinations outside of the server share: a client of the server of buckets."""

import json
import os

import boto3

BUCKET = "failed-orders"


def buckets():
    """A client of the server of buckets itself, whatever the server under test is told."""
    return boto3.client(
        "s3",
        endpoint_url=os.environ["BUCKETS"],
        region_name="us-east-1",
        aws_access_key_id=os.environ["BUCKETS_KEY"],
        aws_secret_access_key=os.environ["BUCKETS_SECRET"],
    )


def objects(s3, prefix=""):
    """Name and document of each object, in the order of what they tell of."""
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    found = []
    for entry in listed:
        got = s3.get_object(Bucket=BUCKET, Key=entry["Key"])
        assert got["ContentType"] == "application/json", got
        found.append((entry["Key"], json.loads(got["Body"].read())))
    return sorted(found, key=lambda it: it[1].get("KinesisBatchInfo", {}).get("startSequenceNumber", it[0]))
