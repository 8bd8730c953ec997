"""Queues: made, listed, changed and deleted; records received, hidden, acknowledged, dead and restored."""

import threading
import time

from support import active, client, equal, refused

kinesis = client()
kinesis.create_stream(StreamName="work")
stream = active(kinesis, "work")


def put(*data):
    for text in data:
        kinesis.put_record(StreamName="work", PartitionKey=text, Data=text.encode())


def make(name, **more):
    made = kinesis.create_queue(
        QueueName=name,
        StreamConfigurationList=[{"StreamARN": stream, "StartingPosition": {"Type": "TRIM_HORIZON"}}],
        **more,
    )
    return made["QueueDescription"]["QueueARN"]


def receive(queue, **more):
    return kinesis.receive_queue_records(QueueARN=queue, WaitTimeSeconds=1, **more)["QueueRecords"]


def entries(records, **more):
    return [{"ReceiptHandle": record["ReceiptHandle"], **more} for record in records]


def succeeded(reply, count):
    equal(reply["Failed"], [], "failed entries")
    equal(len(reply["Successful"]), count, "successful entries")


queue = make(
    "first",
    QueueAttributes={
        "VisibilityTimeoutSeconds": 60,
        "DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 2},
    },
    Tags={"team": "a"},
)
described = kinesis.describe_queue(QueueARN=queue)["QueueDescription"]
equal(described["QueueStatus"], "ACTIVE")
equal(described["QueueAttributes"]["VisibilityTimeoutSeconds"], 60)
equal(described["QueueAttributes"]["DeadLetterConfiguration"], {"TargetType": "BUILT_IN", "MaxReceiveCount": 2})
equal(described["StreamConfigurationList"][0]["StreamARN"], stream)
assert described["StreamConfigurationList"][0]["StartingPosition"]["Timestamp"]

second = make("second")
pages = kinesis.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1})
equal([it["QueueName"] for page in pages for it in page["QueueSummaries"]], ["first", "second"])
of_stream = kinesis.list_queues(StreamFilter=[{"StreamARN": stream}])["QueueSummaries"]
equal([it["QueueARN"] for it in of_stream], [queue, second])

# What is received is hidden, and acknowledged once and for all.
put("a", "b", "c")
seen = {}
while len(seen) < 3:
    for record in receive(queue):
        assert record["PartitionKey"] not in seen, "received twice"
        equal((record["ReceiveCount"], record["Data"]), (1, record["PartitionKey"].encode()))
        seen[record["PartitionKey"]] = record
equal(receive(queue), [], "hidden records")
succeeded(kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries([seen["a"]])), 1)
again = kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries([seen["a"]]))
equal(again["Failed"][0]["ErrorCode"], "ResourceNotFoundException")

# Given back, received for the second time, given back again: dead.
rest = [seen["b"], seen["c"]]
hide = kinesis.update_queue_records_visibility
for count in (2, 3):
    succeeded(hide(QueueARN=queue, Entries=entries(rest, VisibilityTimeoutSeconds=0)), 2)
    rest = []
    while count == 2 and len(rest) < 2:
        rest += receive(queue)
equal(receive(queue), [], "records of which all are dead")
dead = kinesis.receive_dead_letter_queue_records(QueueARN=queue)["QueueRecords"]
equal(sorted(record["PartitionKey"] for record in dead), ["b", "c"])
equal([record["RecordId"] for record in dead if record["PartitionKey"] == "b"], [seen["b"]["RecordId"]])
hide_dead = kinesis.update_dead_letter_queue_records_visibility
succeeded(hide_dead(QueueARN=queue, Entries=entries(dead[:1], VisibilityTimeoutSeconds=0)), 1)
first = kinesis.receive_dead_letter_queue_records(QueueARN=queue, Limit=1)["QueueRecords"]
equal(first[0]["PartitionKey"], dead[0]["PartitionKey"])
succeeded(kinesis.restore_dead_letter_queue_records(QueueARN=queue, Entries=entries(first)), 1)
succeeded(kinesis.acknowledge_dead_letter_queue_records(QueueARN=queue, Entries=entries(dead[1:])), 1)
restored = receive(queue)
equal([(it["PartitionKey"], it["ReceiveCount"]) for it in restored], [(first[0]["PartitionKey"], 1)])
succeeded(kinesis.acknowledge_queue_records(QueueARN=queue, Entries=entries(restored)), 1)

# A receive that waits comes back as soon as there is something.
woken = {}


def wait():
    reply = client().receive_queue_records(QueueARN=queue, WaitTimeSeconds=20)
    woken["keys"] = [record["PartitionKey"] for record in reply["QueueRecords"]]
    woken["at"] = time.monotonic()


waiting = threading.Thread(target=wait)
waiting.start()
started = time.monotonic()
put("d")
waiting.join()
equal(woken["keys"], ["d"])
assert woken["at"] - started < 10, f"woken after {woken['at'] - started:.1f} s"

# The other queue has all of it.
others = set()
while len(others) < 4:
    others |= {record["PartitionKey"] for record in receive(second)}
equal(others, {"a", "b", "c", "d"})

changed = kinesis.update_queue(
    QueueARN=second,
    QueueAttributes={"VisibilityTimeoutSeconds": 1, "DeadLetterConfiguration": {"TargetType": "NONE"}},
)["QueueDescription"]["QueueAttributes"]
equal(changed, {"VisibilityTimeoutSeconds": 1, "DeadLetterConfiguration": {"TargetType": "NONE"}})

kinesis.tag_resource(ResourceARN=queue, Tags={"cost": "1"})
kinesis.untag_resource(ResourceARN=queue, TagKeys=["team"])
equal(kinesis.list_tags_for_resource(ResourceARN=queue)["Tags"], [{"Key": "cost", "Value": "1"}])

with refused("ResourceInUseException"):
    make("first")
with refused("ResourceInUseException"):
    kinesis.delete_stream(StreamName="work")
with refused("ValidationException", contains="at 'entries.1.member.visibilityTimeoutSeconds'"):
    hide(QueueARN=queue, Entries=[{"ReceiptHandle": "x", "VisibilityTimeoutSeconds": 43201}])
kinesis.delete_queue(QueueARN=queue)
with refused("ResourceNotFoundException", f"Queue {queue} not found."):
    kinesis.receive_queue_records(QueueARN=queue)
kinesis.delete_queue(QueueARN=second)
equal(kinesis.list_queues()["QueueSummaries"], [])
kinesis.delete_stream(StreamName="work")
