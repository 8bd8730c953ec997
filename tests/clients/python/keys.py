"""Keys as boto3 sees them: made, named, turned off and on, rotated, and what they encrypt."""

import datetime

from access_support import kinesis as kinesis_of
from access_support import statement, stream_arn, user
from support import ACCOUNT, REGION, client, create, equal, read_from, refused

kms = client(service="kms")

key = kms.create_key(Description="orders", Tags=[{"TagKey": "team", "TagValue": "web"}])["KeyMetadata"]
equal(key["KeyState"], "Enabled")
equal(key["KeyManager"], "CUSTOMER")
equal(key["Arn"], f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key['KeyId']}")
equal(kms.list_resource_tags(KeyId=key["KeyId"])["Tags"], [{"TagKey": "team", "TagValue": "web"}])
assert '"kms:*"' in kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
with refused("UnsupportedOperationException"):
    kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
with refused("UnsupportedOperationException"):
    kms.sign(KeyId=key["KeyId"], Message=b"m", SigningAlgorithm="RSASSA_PSS_SHA_256")

# By any of its names.
kms.create_alias(AliasName="alias/orders", TargetKeyId=key["KeyId"])
for name in (key["KeyId"], key["Arn"], "alias/orders", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/orders"):
    equal(kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"], key["Arn"])
with refused("AlreadyExistsException"):
    kms.create_alias(AliasName="alias/orders", TargetKeyId=key["KeyId"])
with refused("InvalidAliasNameException"):
    kms.create_alias(AliasName="alias/aws/x", TargetKeyId=key["KeyId"])
with refused("NotFoundException", f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:alias/none is not found."):
    kms.describe_key(KeyId="alias/none")

# What it encrypts, with the same context only.
context = {"table": "orders"}
sealed = kms.encrypt(KeyId="alias/orders", Plaintext=b"plain", EncryptionContext=context)["CiphertextBlob"]
opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)
equal((opened["Plaintext"], opened["KeyId"]), (b"plain", key["Arn"]))
for wrong in ({}, {"table": "others"}, {"Table": "orders"}):
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=sealed, EncryptionContext=wrong)
with refused("InvalidCiphertextException"):
    kms.decrypt(CiphertextBlob=b"\x01" * 80)
made = kms.generate_data_key(KeyId=key["Arn"], KeySpec="AES_256", EncryptionContext=context)
equal(len(made["Plaintext"]), 32)
equal(kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)["Plaintext"], made["Plaintext"])
hidden = kms.generate_data_key_without_plaintext(KeyId=key["Arn"], NumberOfBytes=64)
equal(len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]), 64)
other = kms.create_key()["KeyMetadata"]
with refused("IncorrectKeyException"):
    kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context, KeyId=other["KeyId"])

# New material; what the old encrypted still opens.
kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
status = kms.get_key_rotation_status(KeyId=key["KeyId"])
equal((status["KeyRotationEnabled"], status["RotationPeriodInDays"]), (True, 90))
kms.rotate_key_on_demand(KeyId=key["KeyId"])
equal(kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"], b"plain")
kms.disable_key_rotation(KeyId=key["KeyId"])
equal(kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"], False)

# A stream that is encrypted with it: off, on, and to be destroyed.
kinesis = client()
create(kinesis, "orders")
kinesis.start_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/orders")
summary = kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
equal((summary["EncryptionType"], summary["KeyId"]), ("KMS", "alias/orders"))


def put(to=kinesis):
    reply = to.put_record(StreamName="orders", PartitionKey="k", Data=b"an order")
    equal(reply["EncryptionType"], "KMS")


def read(by=kinesis):
    start = {"StreamName": "orders", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    return read_from(by, kinesis.get_shard_iterator(**start)["ShardIterator"])


put()
kms.disable_key(KeyId=key["KeyId"])
off = f"{key['Arn']} is disabled."
with refused("DisabledException", off):
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
with refused("KMSDisabledException", off):
    put()
with refused("KMSDisabledException", off):
    read()
kms.enable_key(KeyId=key["KeyId"])
put()
equal([(it["Data"], it["EncryptionType"]) for it in read()], [(b"an order", "KMS")] * 2)
due = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
wait = due["DeletionDate"] - datetime.datetime.now(datetime.timezone.utc)
assert datetime.timedelta(days=6, hours=23) < wait <= datetime.timedelta(days=7), wait
with refused("KMSInvalidStateException", f"{key['Arn']} is pending deletion."):
    read()
kms.cancel_key_deletion(KeyId=key["KeyId"])
equal(kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"], "Disabled")
kms.enable_key(KeyId=key["KeyId"])
equal(len(read()), 2)

# Whoever may use the stream, but not its key.
on_stream = statement("kinesis:*", stream_arn("orders"))
writer = kinesis_of(user("writer", on_stream, statement("kms:GenerateDataKey", key["Arn"])))
reader = kinesis_of(user("reader", on_stream, statement("kms:Decrypt", key["Arn"])))
put(writer)
with refused("KMSAccessDeniedException", contains="kms:Decrypt"):
    read(writer)
equal(len(read(reader)), 3)
with refused("KMSAccessDeniedException", contains="kms:GenerateDataKey"):
    put(reader)

# The key that every account has for its streams needs no permission.
kinesis.start_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")
put(reader)
own = kms.describe_key(KeyId="alias/aws/kinesis")["KeyMetadata"]
equal(own["KeyManager"], "AWS")
with refused("AccessDeniedException"):
    kms.encrypt(KeyId=own["KeyId"], Plaintext=b"x")
with refused("AccessDeniedException"):
    kms.schedule_key_deletion(KeyId=own["KeyId"])
names = [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]]
equal(names, ["alias/aws/kinesis", "alias/orders"])
pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1})
equal(sum(len(page["Keys"]) for page in pages), 3)
kinesis.stop_stream_encryption(StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")
reply = kinesis.put_record(StreamName="orders", PartitionKey="k", Data=b"an order")
assert "EncryptionType" not in reply, reply
