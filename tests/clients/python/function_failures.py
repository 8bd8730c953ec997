"""A mapping with records that fail: they are reported, cut out, tried again, given up and told of."""

from failures_support import BAD, set_up, settled
from function_support import arn, stream_arn
from support import client, equal

kinesis = client(attempts=5)
lambda_ = client(service="lambda")
uuid = set_up(
    kinesis,
    lambda_,
    MaximumRetryAttempts=1,
    FunctionResponseTypes=["ReportBatchItemFailures"],
)
documents = settled(kinesis)
for document in documents:
    context = document["requestContext"]
    equal(context["condition"], "RetryAttemptsExhausted")
    equal(context["approximateInvokeCount"], 2)
    equal(context["functionArn"], arn("report"))
    equal(document["version"], "1.0")
    equal(document["responseContext"]["statusCode"], 200)
    info = document["KinesisBatchInfo"]
    equal((info["batchSize"], info["shardId"]), (1, "shardId-000000000000"))
    equal(info["startSequenceNumber"], info["endSequenceNumber"])
    equal(info["streamArn"], stream_arn("in"))
equal(len(documents), len(BAD))

shown = lambda_.get_event_source_mapping(UUID=uuid)
equal(shown["BisectBatchOnFunctionError"], True)
equal(shown["FunctionResponseTypes"], ["ReportBatchItemFailures"])
equal(shown["DestinationConfig"]["OnFailure"]["Destination"], stream_arn("failed"))
listed = lambda_.list_event_source_mappings()["EventSourceMappings"]
equal([it["FunctionResponseTypes"] for it in listed], [["ReportBatchItemFailures"]])
changed = lambda_.update_event_source_mapping(UUID=uuid, FunctionResponseTypes=[], BisectBatchOnFunctionError=False)
equal((changed["FunctionResponseTypes"], changed["BisectBatchOnFunctionError"]), ([], False))
