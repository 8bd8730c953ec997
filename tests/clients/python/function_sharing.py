"""A function of one account, called from another: phase `before` lets it, phase `after` finds it let."""

import json
import os

from access_support import statement, user
from function_support import arn, create_function
from support import ACCOUNT, client, equal, refused

DENIED, INVALID, MISSING = "AccessDeniedException", "InvalidParameterValueException", "ResourceNotFoundException"
GUEST = "222233334444"
ARN = arn("shared")
EVENT = json.dumps({
    "Records": [{
        "eventID": "shardId-000000000000:1",
        "eventSourceARN": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s",
        "kinesis": {"partitionKey": "k", "sequenceNumber": "1", "data": "e30="},
    }]
})

owner = client(service="lambda")
root, ann = (client(*os.environ[name].split(":"), service="lambda") for name in ("ROOT", "USER"))


def invoke(caller, name=ARN):
    answer = caller.invoke(FunctionName=name, Payload=EVENT)
    equal(answer["StatusCode"], 200, "status")


def add(sid, principal, **more):
    added = owner.add_permission(
        FunctionName="shared", StatementId=sid, Action="lambda:InvokeFunction", Principal=principal, **more
    )
    return json.loads(added["Statement"])


def policy():
    return owner.get_policy(FunctionName=ARN)


if os.environ["PHASE"] == "before":
    create_function(owner, "shared")
    with refused(MISSING, status=404, contains="The resource you requested does not exist."):
        policy()
    for name in (ARN, arn("absent")):
        for guest in (root, ann):
            with refused(DENIED, status=403, contains=f"lambda:InvokeFunction on resource: {name} because no resource-based policy"):
                invoke(guest, name)

    # An account is let in: its root, and those of its own whom its policies let.
    written = {
        "Sid": "guest",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{GUEST}:root"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
    }
    equal(add("guest", GUEST), written, "statement")
    shown = policy()
    equal(json.loads(shown["Policy"]), {"Version": "2012-10-17", "Id": "default", "Statement": [written]}, "policy")
    equal(shown["RevisionId"], owner.get_function_configuration(FunctionName="shared")["RevisionId"], "revision")
    invoke(root)
    invoke(ann)
    with refused(MISSING, status=404):
        invoke(ann, "shared")
    for call in (
        lambda: ann.get_function(FunctionName=ARN),
        lambda: ann.get_policy(FunctionName=ARN),
        lambda: ann.update_function_configuration(FunctionName=ARN, Timeout=5),
        lambda: ann.delete_function(FunctionName=ARN),
        lambda: ann.remove_permission(FunctionName=ARN, StatementId="guest"),
    ):
        with refused(DENIED, status=403):
            call()

    with refused("ResourceConflictException", status=409, contains="The statement id (guest) provided already exists."):
        add("guest", GUEST)
    with refused("PreconditionFailedException", status=412):
        add("more", GUEST, RevisionId="8a2f0d2e-0000-4000-8000-000000000000")
    with refused(INVALID, contains="The provided principal was invalid."):
        add("nobody", "nobody")
    with refused("PolicyLengthExceededException", contains="is bigger than the limit (20480)."):
        for number in range(200):
            add(f"bucket-{number}", "s3.amazonaws.com", SourceArn="arn:aws:s3:::" + "b" * 60, SourceAccount=GUEST)
    for number in range(200):
        try:
            owner.remove_permission(FunctionName="shared", StatementId=f"bucket-{number}")
        except owner.exceptions.ResourceNotFoundException:
            break
    bucket = add("bucket", "s3.amazonaws.com", SourceArn="arn:aws:s3:::b", SourceAccount=GUEST)
    expected = {"StringEquals": {"AWS:SourceAccount": GUEST}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}}
    equal(bucket["Condition"], expected, "condition")

    # In its own account the policy of a function is enough.
    caller = client(*user("caller", statement("s3:x")), service="lambda")
    with refused(DENIED, status=403):
        invoke(caller, "shared")
    add("caller", f"arn:aws:iam::{ACCOUNT}:user/caller", RevisionId=policy()["RevisionId"])
    invoke(caller, "shared")
    add("bob", f"arn:aws:iam::{ACCOUNT}:user/bob")
else:
    sids = [it["Sid"] for it in json.loads(policy()["Policy"])["Statement"]]
    equal(sids, ["guest", "bucket", "caller", "bob"], "statements")
    invoke(ann)
    owner.remove_permission(FunctionName="shared", StatementId="guest", RevisionId=policy()["RevisionId"])
    for guest in (root, ann):
        with refused(DENIED, status=403):
            invoke(guest)
    with refused(MISSING, status=404, contains="Statement guest is not found in resource policy."):
        owner.remove_permission(FunctionName="shared", StatementId="guest")
    # With a function goes its policy.
    add("guest", GUEST)
    owner.delete_function(FunctionName="shared")
    create_function(owner, "shared")
    with refused(DENIED, status=403):
        invoke(ann)
    with refused(MISSING, status=404):
        policy()
