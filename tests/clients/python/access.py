"""Users whose policies go by prefix, tag, address, transport, time, and what they deny."""

import datetime

from access_support import kinesis, own, put_policy, statement, stream_arn, user
from support import ACCOUNT, client, create, equal, refused

DENIED = "AccessDeniedException"

root = client()
create(root, "web-clicks", Tags={"team": "web"})
create(root, "ops-alerts", Tags={"team": "ops"})


def put(to, name):
    return to.put_record(StreamName=name, PartitionKey="k", Data=b"x")


# By prefix: nothing but putting, and only into streams of one's own.
web = kinesis(user("web", statement("kinesis:Put*", stream_arn("web-*"))))
put(web, "web-clicks")
web.put_records(StreamName="web-clicks", Records=[{"PartitionKey": "k", "Data": b"x"}])
arn = f"arn:aws:iam::{ACCOUNT}:user/web"
with refused(
    DENIED,
    f"User: {arn} is not authorized to perform: kinesis:PutRecord on resource: {stream_arn('ops-alerts')} because no "
    "identity-based policy allows the kinesis:PutRecord action",
):
    put(web, "ops-alerts")
with refused(DENIED):
    web.describe_stream_summary(StreamName="web-clicks")
with refused(DENIED):
    web.list_streams()
with refused(DENIED):
    web.delete_stream(StreamName="web-clicks")

# By the user's own name, as a variable.
for name in ("ann", "bob"):
    create(root, f"home-{name}")
home = statement("kinesis:*", stream_arn("home-${aws:username}"))
ann, bob = (kinesis(user(name, home)) for name in ("ann", "bob"))
put(ann, "home-ann")
put(bob, "home-bob")
with refused(DENIED):
    put(ann, "home-bob")

# By address.
here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
there = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
put(kinesis(user("here", statement("kinesis:*", Condition=here))), "web-clicks")
with refused(DENIED):
    put(kinesis(user("there", statement("kinesis:*", Condition=there))), "web-clicks")

# By transport: this port speaks clear text.
secure = {"Bool": {"aws:SecureTransport": "true"}}
with refused(DENIED):
    put(kinesis(user("secure", statement("kinesis:*", Condition=secure))), "web-clicks")

# By time.
now = datetime.datetime.now(datetime.timezone.utc)
for name, hours, may in (("late", 1, True), ("over", -1, False)):
    end = (now + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    timed = kinesis(user(name, statement("kinesis:*", Condition={"DateLessThan": {"aws:CurrentTime": end}})))
    if may:
        put(timed, "web-clicks")
    else:
        with refused(DENIED):
            put(timed, "web-clicks")

# By client.
boto = {"StringLike": {"aws:UserAgent": "Boto3*"}}
put(kinesis(user("boto", statement("kinesis:*", Condition=boto))), "web-clicks")

# A statement that denies wins.
most = kinesis(
    user("most", statement("kinesis:*"), statement("kinesis:DeleteStream", effect="Deny"))
)
equal("web-clicks" in most.list_streams()["StreamNames"], True)
with refused(DENIED, contains="with an explicit deny in an identity-based policy"):
    most.delete_stream(StreamName="web-clicks")

# A change holds for the next call on an open connection.
key = user("brief", statement("kinesis:*"))
brief = kinesis(key)
put(brief, "web-clicks")
put_policy("brief", statement("kinesis:ListStreams"))
with refused(DENIED):
    put(brief, "web-clicks")
put_policy("brief", statement("kinesis:*"))
put(brief, "web-clicks")
own("UpdateAccessKey", AccessKeyId=key[0], Status="Inactive")
with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
    put(brief, "web-clicks")
own("UpdateAccessKey", AccessKeyId=key[0], Status="Active")
put(brief, "web-clicks")
own("DeleteUser", UserName="brief")
with refused("UnrecognizedClientException"):
    put(brief, "web-clicks")

# Another account has its own streams, and does not see these.
made = own("CreateAccount", AccountName="other")["Account"]["Id"]
other_key = own("CreateAccessKey", AccountId=made)["AccessKey"]
other = kinesis((other_key["AccessKeyId"], other_key["SecretAccessKey"]))
equal(other.list_streams()["StreamNames"], [])
create(other, "web-clicks")
put(other, "web-clicks")
for name in ("web-clicks", "never-was"):
    with refused(
        DENIED,
        f"User: arn:aws:iam::{made}:root is not authorized to perform: kinesis:DescribeStreamSummary on resource: "
        f"{stream_arn(name)} because no resource-based policy allows the kinesis:DescribeStreamSummary action",
    ):
        other.describe_stream_summary(StreamARN=stream_arn(name))
own("CloseAccount", AccountId=made)
with refused("UnrecognizedClientException"):
    other.list_streams()
own("ReopenAccount", AccountId=made)
equal(other.list_streams()["StreamNames"], ["web-clicks"])
