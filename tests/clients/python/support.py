"""What the scenarios share: a client for the server under test, and assertions that say what was seen."""

import contextlib
import itertools
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["ENDPOINT"]
REGION = "us-east-1"
ACCOUNT = "000000000000"


def client(key="test", secret="test", attempts=1, region=REGION, checks=True, service="kinesis"):
    """A client that tries `attempts` times, with the SDK's own checks of parameters or without."""
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            parameter_validation=checks,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        ),
    )


def equal(seen, expected, what="value"):
    assert seen == expected, f"{what}: {seen!r} instead of {expected!r}"


@contextlib.contextmanager
def refused(code, message=None, contains=None, status=400):
    """What runs inside is refused with this code, and this text if one is given."""
    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        equal(told["Code"], code, f"code (message {told.get('Message')!r})")
        equal(error.response["ResponseMetadata"]["HTTPStatusCode"], status, "status")
        if message is not None:
            equal(told["Message"], message, "message")
        if contains is not None:
            assert contains in told["Message"], f"{contains!r} is not in {told['Message']!r}"
    else:
        raise AssertionError(f"was not refused with {code}")


def create(kinesis, name, shards=1, **more):
    """Makes a stream and waits until it is active; its ARN."""
    kinesis.create_stream(StreamName=name, ShardCount=shards, **more)
    return active(kinesis, name)


def active(kinesis, name):
    """Waits until a stream is active; its ARN."""
    waiter = kinesis.get_waiter("stream_exists")
    waiter.wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    summary = kinesis.describe_stream_summary(StreamName=name)
    return summary["StreamDescriptionSummary"]["StreamARN"]


def shard_ids(kinesis, name):
    return [shard["ShardId"] for shard in kinesis.list_shards(StreamName=name)["Shards"]]


def read_from(kinesis, iterator, **more):
    """All records from an iterator on, until a reply brings none."""
    found = []
    while iterator:
        reply = kinesis.get_records(ShardIterator=iterator, **more)
        found += reply["Records"]
        iterator = reply.get("NextShardIterator")
        if not reply["Records"] and reply["MillisBehindLatest"] == 0:
            break
    return found


def read_all(kinesis, name):
    """All records of a stream, shard by shard."""
    found = {}
    for shard in shard_ids(kinesis, name):
        start = kinesis.get_shard_iterator(
            StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )
        found[shard] = read_from(kinesis, start["ShardIterator"])
    return found


def chunks(values, size):
    values = iter(values)
    return iter(lambda: list(itertools.islice(values, size)), [])
