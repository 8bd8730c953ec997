"""Tags of a stream: by name, by ARN, as a resource, in pages; and what the account is told of its limits."""

from support import ACCOUNT, REGION, client, create, equal, refused

kinesis = client()
raw = client(checks=False)


def pairs(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}


def tags_of(**stream):
    reply = kinesis.list_tags_for_stream(**stream)
    equal(reply["HasMoreTags"], False)
    return pairs(reply["Tags"])


arn = create(kinesis, "tagged", Tags={"made": "with it", "empty": ""})
create(kinesis, "plain")
equal(tags_of(StreamName="tagged"), {"empty": "", "made": "with it"})
equal(tags_of(StreamName="plain"), {})
kinesis.add_tags_to_stream(StreamName="tagged", Tags={"team": "a", "empty": "no more"})
kinesis.add_tags_to_stream(StreamARN=arn, Tags={"ключ 0 _.": "/=+-@:"})
everything = {"empty": "no more", "made": "with it", "team": "a", "ключ 0 _.": "/=+-@:"}
equal(tags_of(StreamARN=arn), everything)
equal([tag["Key"] for tag in kinesis.list_tags_for_stream(StreamName="tagged")["Tags"]], sorted(everything))
equal(pairs(kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"]), everything)

kinesis.remove_tags_from_stream(StreamName="tagged", TagKeys=["made", "absent"])
kinesis.untag_resource(ResourceARN=arn, TagKeys=["empty"])
kinesis.tag_resource(ResourceARN=arn, Tags={"cost": "1"})
equal(tags_of(StreamName="tagged"), {"cost": "1", "team": "a", "ключ 0 _.": "/=+-@:"})

# Up to fifty, in pages.
kinesis.add_tags_to_stream(StreamName="plain", Tags={f"k{n:02}": str(n) for n in range(50)})
with refused(
    "InvalidArgumentException",
    f"Failed to add tags to stream plain under account {ACCOUNT} because a given stream cannot have more "
    "than 50 tags associated with it.",
):
    kinesis.add_tags_to_stream(StreamName="plain", Tags={"one": "more"})
seen, more = [], True
while more:
    start = {"ExclusiveStartTagKey": seen[-1]} if seen else {}
    page = kinesis.list_tags_for_stream(StreamName="plain", Limit=20, **start)
    seen += [tag["Key"] for tag in page["Tags"]]
    more = page["HasMoreTags"]
equal(seen, [f"k{n:02}" for n in range(50)], "keys of all pages")

with refused(
    "InvalidArgumentException",
    "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :.",
):
    kinesis.add_tags_to_stream(StreamName="tagged", Tags={"a;b": "c"})
with refused("InvalidArgumentException", contains="aws: are reserved"):
    kinesis.tag_resource(ResourceARN=arn, Tags={"aws:cloudformation:stack-name": "x"})
with refused("ValidationException", contains="at 'tagKeys' failed to satisfy constraint: Member must have length less than or equal to 50"):
    kinesis.remove_tags_from_stream(StreamName="tagged", TagKeys=[f"k{n}" for n in range(51)])
with refused("ValidationException", contains="at 'tags' failed to satisfy constraint: Map keys must satisfy constraint"):
    raw.add_tags_to_stream(StreamName="tagged", Tags={"": "x"})
with refused("ResourceNotFoundException", f"Stream absent under account {ACCOUNT} not found."):
    kinesis.list_tags_for_stream(StreamName="absent")
with refused("ResourceNotFoundException", f"Stream absent under account {ACCOUNT} not found."):
    kinesis.list_tags_for_resource(ResourceARN=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/absent")
with refused("ResourceNotFoundException"):
    kinesis.tag_resource(ResourceARN=f"{arn}/consumer/c:1", Tags={"a": "b"})
equal(tags_of(StreamName="tagged"), {"cost": "1", "team": "a", "ключ 0 _.": "/=+-@:"}, "tags after refusals")

# Tags go with their stream.
kinesis.delete_stream(StreamName="tagged")
create(kinesis, "tagged", 2)
equal(tags_of(StreamName="tagged"), {})

kinesis.create_stream(StreamName="demand")
limits = kinesis.describe_limits()
equal((limits["OpenShardCount"], limits["OnDemandStreamCount"]), (7, 1))
# This server has no limits.
equal((limits["ShardLimit"], limits["OnDemandStreamCountLimit"]), (1_000_000, 1_000_000))
equal((limits["ChannelCount"], limits["ChannelCountLimit"]), (0, 0))
elsewhere = client(region="eu-west-1").describe_limits()["OpenShardCount"]
equal(elsewhere, 7, "shards, which count in all regions together")
