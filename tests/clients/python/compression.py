"""A stream that is compressed and encrypted, over a kill. PHASE says which part: `put` or `read`."""

import json
import os

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from support import ENDPOINT, REGION, client, create, equal

COUNT = 300


def own(operation, **members):
    """An operation of the server's own, signed by botocore: no SDK has a method for it."""
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"Shardmill_20261101.{operation}",
    }
    request = AWSRequest(method="POST", url=ENDPOINT + "/", data=json.dumps(members), headers=headers)
    SigV4Auth(Credentials("test", "test"), "shardmill", REGION).add_auth(request)
    reply = URLLib3Session().send(request.prepare())
    return reply.status_code, json.loads(reply.content or b"{}")


def data(number):
    return json.dumps({"number": number, "text": "what repeats itself " * 20}).encode()


kinesis = client()
if os.environ["PHASE"] == "put":
    arn = create(kinesis, "squeezed")
    equal(own("UpdateStreamCompression", StreamName="squeezed", Compression="LZ4"), (200, {}))
    kinesis.start_stream_encryption(StreamName="squeezed", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    status, told = own("UpdateStreamCompression", StreamName="squeezed", Compression="ZIP")
    equal((status, told["__type"]), (400, "ValidationException"))
    records = [{"PartitionKey": "k", "Data": data(number)} for number in range(COUNT)]
    equal(kinesis.put_records(StreamName="squeezed", Records=records)["FailedRecordCount"], 0)

told = own("DescribeStreamCompression", StreamName="squeezed")
equal((told[0], told[1]["Compression"]), (200, "LZ4"))
summary = kinesis.describe_stream_summary(StreamName="squeezed")["StreamDescriptionSummary"]
equal(summary["EncryptionType"], "KMS")
start = kinesis.get_shard_iterator(
    StreamName="squeezed", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
)
read = kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]
equal([record["Data"] for record in read], [data(number) for number in range(COUNT)])
equal({record["EncryptionType"] for record in read}, {"KMS"})
