"""What function_invoke.py called, after the server has ended and started again."""

import datetime

from support import client, equal

cloudwatch = client(service="cloudwatch")
now = datetime.datetime.now(datetime.timezone.utc)
span = {"StartTime": now - datetime.timedelta(minutes=30), "EndTime": now + datetime.timedelta(minutes=1)}


def told(function, name, statistic):
    """A statistic of half an hour."""
    reply = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=name,
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        Period=3600,
        Statistics=[statistic],
        **span,
    )
    (point,) = reply["Datapoints"]
    return point[statistic]


for function, name, statistic, expected in [
    ("quakes", "Invocations", "Sum", 1.0),
    ("quakes", "Errors", "Sum", 0.0),
    ("quakes", "Throttles", "Sum", 0.0),
    ("quakes", "ConcurrentExecutions", "Maximum", 1.0),
    ("trap", "Invocations", "Sum", 1.0),
    ("trap", "Errors", "Sum", 1.0),
]:
    equal(told(function, name, statistic), expected, f"{function} {name}")
assert told("quakes", "Duration", "Maximum") > 0.0
names = {metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="AWS/Lambda")["Metrics"]}
assert "IteratorAge" not in names, "nothing was called for a mapping"
