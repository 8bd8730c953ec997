"""An encrypted stream of one account, used from another: the policy of the stream and that of its key."""

import json
import os

from access_support import stream_arn
from botocore.exceptions import EventStreamError
from support import client, create, equal, read_from, refused

DENIED, KEY_DENIED = "AccessDeniedException", "KMSAccessDeniedException"
MALFORMED = "MalformedPolicyDocumentException"
GUEST = "222233334444"
ARN, SHARD = stream_arn("sealed"), "shardId-000000000000"

owner, kms = client(), client(service="kms")
root_key, user_key = (os.environ[name].split(":") for name in ("ROOT", "USER"))
root, ann, roots_kms = client(*root_key), client(*user_key), client(*root_key, service="kms")
key = kms.create_key(Description="shared")["KeyMetadata"]["Arn"]


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal, *actions, resource="*", **more):
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions), "Resource": resource, **more}


ADMINISTRATION = allow("000000000000", "kms:*")


def share(*statements):
    policy = document(ADMINISTRATION, *statements)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    equal(kms.get_key_policy(KeyId=key)["Policy"], policy, "policy")


def put(by):
    equal(by.put_record(StreamARN=ARN, PartitionKey="k", Data=b"x")["EncryptionType"], "KMS")


def read(by):
    start = by.get_shard_iterator(StreamARN=ARN, ShardId=SHARD, ShardIteratorType="TRIM_HORIZON")
    return [(it["Data"], it["EncryptionType"]) for it in read_from(by, start["ShardIterator"])]


create(owner, "sealed")
owner.start_stream_encryption(StreamName="sealed", EncryptionType="KMS", KeyId=key)
put(owner)
policy = document(allow(GUEST, "kinesis:*", resource=ARN))
owner.put_resource_policy(ResourceARN=ARN, Policy=policy)

# The stream is shared, its key is not.
for guest in (root, ann):
    with refused(KEY_DENIED, contains="kms:GenerateDataKey"):
        put(guest)
    with refused(KEY_DENIED, contains="kms:Decrypt"):
        read(guest)
with refused(DENIED, contains=f"kms:DescribeKey on resource: {key} because no resource-based policy"):
    roots_kms.describe_key(KeyId=key)

# By way of data streams of this region only.
via = {"StringEquals": {"kms:ViaService": "kinesis.us-east-1.amazonaws.com", "kms:CallerAccount": GUEST}}
share(allow(GUEST, "kms:GenerateDataKey", "kms:Decrypt", Condition=via))
put(root)
equal(read(root), [(b"x", "KMS")] * 2)
with refused(DENIED):
    roots_kms.generate_data_key(KeyId=key, KeySpec="AES_256")
# The account is let in, and its own policies say nothing of keys to this user.
with refused(KEY_DENIED, contains="no identity-based policy"):
    read(ann)

share(allow(GUEST, "kms:*"))
sealed = roots_kms.encrypt(KeyId=key, Plaintext=b"plain")["CiphertextBlob"]
equal(roots_kms.decrypt(KeyId=key, CiphertextBlob=sealed)["Plaintext"], b"plain")
with refused(DENIED):
    roots_kms.disable_key(KeyId=key)

# Pushed to a consumer that is shared as well, until the key cannot be used.
consumer = owner.register_stream_consumer(StreamARN=ARN, ConsumerName="app")["Consumer"]["ConsumerARN"]
subscribe = allow(GUEST, "kinesis:SubscribeToShard", resource=consumer)
owner.put_resource_policy(ResourceARN=consumer, Policy=document(subscribe))
position = {"ConsumerARN": consumer, "ShardId": SHARD, "StartingPosition": {"Type": "TRIM_HORIZON"}}
with refused(KEY_DENIED, contains="no identity-based policy"):
    ann.subscribe_to_shard(**position)
pushed = iter(root.subscribe_to_shard(**position)["EventStream"])
records = next(pushed)["SubscribeToShardEvent"]["Records"]
equal([(it["Data"], it["EncryptionType"]) for it in records], [(b"x", "KMS")] * 2)
kms.disable_key(KeyId=key)
try:
    while True:
        next(pushed)
except EventStreamError as error:
    equal(error.response["Error"]["Code"], "KMSDisabledException")
kms.enable_key(KeyId=key)

# A policy that would shut its owner out is refused, unless the owner insists.
equal(kms.list_key_policies(KeyId=key)["PolicyNames"], ["default"])
alone = document(allow(GUEST, "kms:*"))
with refused(MALFORMED, "The new key policy will not allow you to update the key policy in the future."):
    kms.put_key_policy(KeyId=key, Policy=alone)
with refused(MALFORMED):
    kms.create_key(Policy=alone)
other = kms.create_key(Policy=alone, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
with refused(DENIED, contains="no resource-based policy"):
    kms.describe_key(KeyId=other)
