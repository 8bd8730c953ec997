"""What function_counted.py had counted, and its tags, after the server has ended and started again."""

import datetime

from support import client, equal

cloudwatch = client(service="cloudwatch")
lambda_ = client(service="lambda")
(mapping,) = lambda_.list_event_source_mappings(FunctionName="quakes")["EventSourceMappings"]
equal(mapping["MetricsConfig"], {"Metrics": ["EventCount"]})
equal(lambda_.list_tags(Resource=mapping["EventSourceMappingArn"])["Tags"], {"stage": "live", "cost": "1"})

dimensions = [{"Name": "EventSourceMappingUUID", "Value": mapping["UUID"]}]
names = {
    metric["MetricName"]
    for metric in cloudwatch.list_metrics(Namespace="AWS/Lambda", Dimensions=dimensions)["Metrics"]
}
equal(names, {"PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "FailedInvokeEventCount"})
now = datetime.datetime.now(datetime.timezone.utc)
queries = [
    {
        "Id": f"m{number}",
        "Label": name,
        "MetricStat": {
            "Metric": {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions},
            "Period": 60,
            "Stat": "Sum",
        },
    }
    for number, name in enumerate(sorted(names))
]
reply = cloudwatch.get_metric_data(
    MetricDataQueries=queries,
    StartTime=now - datetime.timedelta(minutes=59),
    EndTime=now + datetime.timedelta(minutes=1),
)
sums = {result["Label"]: sum(result["Values"]) for result in reply["MetricDataResults"]}
expected = {
    "PolledEventCount": 60.0,
    "FilteredOutEventCount": 10.0,
    "InvokedEventCount": 50.0,
    "FailedInvokeEventCount": 0.0,
}
equal(sums, expected)
