"""A batch with records that fail is being halved when this ends: then the server is killed."""

from failures_support import BAD, set_up, told
from function_support import eventually
from support import client

kinesis = client(attempts=5)
lambda_ = client(service="lambda")
uuid = set_up(kinesis, lambda_, MaximumRetryAttempts=3, BatchSize=240)


def result():
    return lambda_.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]


eventually(result, lambda seen: seen.startswith("PROBLEM: record "))
assert len(told(kinesis)) < len(BAD), "it is over already"
