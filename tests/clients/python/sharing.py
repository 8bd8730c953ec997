"""A stream of one account, used from another: phase `before` shares it, phase `after` finds it shared."""

import json
import os

from access_support import own, statement, stream_arn, user
from support import client, create, equal, refused

DENIED, INVALID, MISSING = "AccessDeniedException", "InvalidArgumentException", "ResourceNotFoundException"
GUEST = "222233334444"
ARN = stream_arn("shared")

owner = client()
root, ann = (client(*os.environ[name].split(":")) for name in ("ROOT", "USER"))


def share(*statements):
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    owner.put_resource_policy(ResourceARN=ARN, Policy=policy)
    return policy


def allow(principal, *actions, effect="Allow", **more):
    return {"Effect": effect, "Principal": {"AWS": principal}, "Action": list(actions), "Resource": ARN, **more}


def put(to, **more):
    return to.put_record(StreamARN=ARN, PartitionKey="k", Data=b"x", **more)


def read(to):
    start = to.get_shard_iterator(StreamARN=ARN, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")
    with_arn = to.get_records(ShardIterator=start["ShardIterator"], StreamARN=ARN)
    without = to.get_records(ShardIterator=start["ShardIterator"])
    equal(len(without["Records"]), len(with_arn["Records"]), "records")
    to.get_records(ShardIterator=with_arn["NextShardIterator"])
    return with_arn["Records"]


if os.environ["PHASE"] == "before":
    create(owner, "shared", shards=2)
    equal(owner.get_resource_policy(ResourceARN=ARN)["Policy"], "{}", "no policy")
    with refused(MISSING, f"No resource policy found for resource ARN {ARN}."):
        owner.delete_resource_policy(ResourceARN=ARN)
    with refused(INVALID, contains="Statement[0].Action[0]"):
        share(allow(GUEST, "kinesis:DeleteStream"))

    # Nothing is shared yet, and a stream that is there is as one that is not.
    for arn in (ARN, stream_arn("absent")):
        for guest in (root, ann):
            with refused(DENIED, contains=f"kinesis:PutRecord on resource: {arn} because no resource-based policy"):
                guest.put_record(StreamARN=arn, PartitionKey="k", Data=b"x")

    # An account is let in: its root, and those of its own whom its policies let.
    policy = share(allow(GUEST, "kinesis:PutRecord"))
    equal(owner.get_resource_policy(ResourceARN=ARN)["Policy"], policy, "policy")
    put(root)
    put(ann)
    for guest in (root, ann):
        with refused(DENIED):
            guest.describe_stream_summary(StreamARN=ARN)
        with refused(DENIED):
            guest.delete_stream(StreamARN=ARN)
        with refused(DENIED):
            guest.get_resource_policy(ResourceARN=ARN)
        with refused(MISSING):
            guest.describe_stream_summary(StreamName="shared")

    # One user alone, from here alone.
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    share(
        allow(f"arn:aws:iam::{GUEST}:user/ann", "kinesis:DescribeStream*", "kinesis:List*", "kinesis:Get*", Condition=here),
        allow("*", "kinesis:GetRecords", effect="Deny", Condition={"StringEquals": {"aws:PrincipalAccount": "000000000000"}}),
    )
    equal(ann.describe_stream_summary(StreamARN=ARN)["StreamDescriptionSummary"]["StreamARN"], ARN, "ARN")
    equal(ann.describe_stream(StreamARN=ARN)["StreamDescription"]["StreamARN"], ARN, "ARN")
    page = ann.list_shards(StreamARN=ARN, MaxResults=1)
    more = ann.list_shards(NextToken=page["NextToken"])
    equal(len(page["Shards"] + more["Shards"]), 2, "shards")
    read(ann)
    with refused(DENIED):
        put(ann)
    with refused(DENIED):
        root.list_shards(StreamARN=ARN)
    # A denial holds for the owner's root as well.
    with refused(DENIED, contains="with an explicit deny in a resource-based policy"):
        read(owner)
    # In its own account the policy of a stream is enough.
    reader = client(*user("reader", statement("s3:x")))
    with refused(DENIED):
        reader.describe_stream_summary(StreamName="shared")
else:
    assert "user/ann" in owner.get_resource_policy(ResourceARN=ARN)["Policy"]
    equal(len(read(ann)), len(read(ann)), "records")
    with refused(DENIED):
        put(ann)
    share(allow("arn:aws:iam::000000000000:user/reader", "kinesis:DescribeStreamSummary"))
    with refused(DENIED):
        read(ann)
    key = own("CreateAccessKey", UserName="reader")["AccessKey"]
    client(key["AccessKeyId"], key["SecretAccessKey"]).describe_stream_summary(StreamName="shared")
    owner.delete_resource_policy(ResourceARN=ARN)
    with refused(DENIED):
        put(root)
