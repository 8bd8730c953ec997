"""The root key that the server made on its first start works, and nothing else does."""

import boto3

from support import ENDPOINT, client, create, equal, refused

kinesis = boto3.client("kinesis", endpoint_url=ENDPOINT, region_name="us-east-1")
arn = create(kinesis, "mine")
account = arn.split(":")[4]
assert account != "000000000000" and len(account) == 12, f"a random account: {account}"
kinesis.put_record(StreamName="mine", PartitionKey="p", Data=b"x")
with refused("UnrecognizedClientException"):
    client().list_streams()
equal(kinesis.list_streams()["StreamNames"], ["mine"])
