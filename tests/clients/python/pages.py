"""Listings come in pages that the SDK's paginators put together."""

from support import client, create, equal, refused

kinesis = client()
NAMES = sorted(f"stream-{n:03}" for n in range(25))
for name in NAMES:
    create(kinesis, name)


def names(**config):
    pages = kinesis.get_paginator("list_streams").paginate(PaginationConfig=config)
    return [name for page in pages for name in page["StreamNames"]]


equal(names(), NAMES)
equal(names(PageSize=4), NAMES, "pages of four")
equal(names(PageSize=25), NAMES, "one full page")
first = kinesis.list_streams(Limit=10)
equal((first["StreamNames"], first["HasMoreStreams"]), (NAMES[:10], True))
rest = kinesis.list_streams(NextToken=first["NextToken"])
equal((rest["StreamNames"], rest["HasMoreStreams"]), (NAMES[10:], False))
assert "NextToken" not in rest
after = kinesis.list_streams(ExclusiveStartStreamName="stream-0105", Limit=3)
equal(after["StreamNames"], NAMES[11:14], "a start need not exist")

create(kinesis, "wide", 120)
shards = [f"shardId-{n:012}" for n in range(120)]


pages = kinesis.get_paginator("describe_stream").paginate(StreamName="wide")
equal([s["ShardId"] for page in pages for s in page["StreamDescription"]["Shards"]], shards)
# botocore's paginator for ListShards names the stream and the token together, which AWS refuses, too.
with refused("InvalidArgumentException", "NextToken and StreamName cannot be provided together."):
    list(kinesis.get_paginator("list_shards").paginate(StreamName="wide", PaginationConfig={"PageSize": 7}))
seen, more = [], {"StreamName": "wide"}
while more:
    page = kinesis.list_shards(MaxResults=7, **more)
    seen += [shard["ShardId"] for shard in page["Shards"]]
    more = {"NextToken": page["NextToken"]} if "NextToken" in page else None
equal(seen, shards, "pages of seven")
page = kinesis.describe_stream(StreamName="wide")["StreamDescription"]
equal((len(page["Shards"]), page["HasMoreShards"]), (100, True), "a page of shards")
page = kinesis.describe_stream(StreamName="wide", Limit=5, ExclusiveStartShardId=shards[9])
equal([shard["ShardId"] for shard in page["StreamDescription"]["Shards"]], shards[10:15])
page = kinesis.list_shards(StreamName="wide", MaxResults=5, ExclusiveStartShardId=shards[9])
equal([shard["ShardId"] for shard in page["Shards"]], shards[10:15])
page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=200)
equal([shard["ShardId"] for shard in page["Shards"]], shards[15:], "a token and its own page size")
assert "NextToken" not in page
for kind in ("AT_LATEST", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON"):
    page = kinesis.list_shards(StreamName="wide", ShardFilter={"Type": kind})
    equal(len(page["Shards"]), 120, kind)
page = kinesis.list_shards(StreamName="wide", ShardFilter={"Type": "AFTER_SHARD_ID", "ShardId": shards[99]})
equal(len(page["Shards"]), 20, "AFTER_SHARD_ID")
with refused("InvalidArgumentException"):
    kinesis.list_shards(NextToken="nonsense")
