"""Metrics in each protocol of CloudWatch, by a client that is told which; and packed bodies."""

import datetime

import botocore.model

from support import client, equal, refused

now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
minute = datetime.timedelta(minutes=1)
span = {"StartTime": now - 5 * minute, "EndTime": now + 2 * minute}
dimensions = [{"Name": "a&b", "Value": "<c> é"}, {"Name": "d", "Value": "e f"}]


def seen_by(cloudwatch, protocol, kinds):
    """Checks that requests are sent as they should be; notes which were packed."""

    def note(request, **_):
        headers = request.headers
        kind = headers.get("Content-Type", b"")
        kind = kind.decode() if isinstance(kind, bytes) else kind
        path = request.url.split("/", 3)[3]
        equal(kind.split(";")[0], kinds[protocol], "content type")
        equal(path.startswith("service/GraniteServiceVersion20100801/operation/"), "cbor" in protocol, path)
        packed.append(headers.get("Content-Encoding") in ("gzip", b"gzip"))

    cloudwatch.meta.events.register("before-send.cloudwatch", note)


KINDS = {
    "json": "application/x-amz-json-1.0",
    "query": "application/x-www-form-urlencoded",
    "smithy-rpc-v2-cbor": "application/cbor",
}
for protocol in KINDS:
    botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = (protocol,)
    packed = []
    cloudwatch = client(service="cloudwatch")
    raw = client(service="cloudwatch", checks=False)
    equal(cloudwatch.meta.service_model.resolved_protocol, protocol)
    seen_by(cloudwatch, protocol, KINDS)

    namespace = f"told/{protocol}"
    metric = {"Namespace": namespace, "MetricName": "Time", "Dimensions": dimensions}
    cloudwatch.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {"MetricName": "Time", "Dimensions": dimensions, "Timestamp": now - 2 * minute, "Value": 5.0, "Unit": "Milliseconds"},
            {"MetricName": "Time", "Dimensions": dimensions, "Timestamp": now - minute, "Values": [1.0, 2.0, 3.0], "Counts": [1.0, 1.0, 2.0], "Unit": "Milliseconds"},
            {"MetricName": "Records", "StatisticValues": {"SampleCount": 2, "Sum": 30, "Minimum": 10, "Maximum": 20}},
        ],
    )
    equal(packed, [False])
    listed = cloudwatch.list_metrics(Namespace=namespace)["Metrics"]
    equal([metric["MetricName"] for metric in listed], ["Records", "Time"])
    equal(listed[1]["Dimensions"], dimensions)
    assert cloudwatch.list_metrics()["Metrics"]
    told = cloudwatch.get_metric_statistics(
        Period=60, Statistics=["Sum", "Average"], ExtendedStatistics=["p50"], **metric, **span
    )
    equal(told["Label"], "Time")
    points = sorted(told["Datapoints"], key=lambda point: point["Timestamp"])
    equal([point["Timestamp"] for point in points], [now - 2 * minute, now - minute])
    equal([(point["Sum"], point["Average"]) for point in points], [(5.0, 5.0), (9.0, 2.25)])
    equal(points[0]["Unit"], "Milliseconds")
    assert abs(points[0]["ExtendedStatistics"]["p50"] - 5.0) < 0.1, points
    asked = [{"Id": "s", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}]
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=asked, ScanBy="TimestampAscending", PaginationConfig={"PageSize": 1}, **span
    )
    found = [
        (at, value)
        for page in pages
        for result in page["MetricDataResults"]
        for at, value in zip(result["Timestamps"], result["Values"])
    ]
    equal(found, [(now - 2 * minute, 5.0), (now - minute, 9.0)])

    many = [{"MetricName": f"m{number}", "Value": number, "Dimensions": dimensions} for number in range(400)]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=many)
    equal(packed[-1], True, "packed")
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=namespace)
    equal(sum(len(page["Metrics"]) for page in pages), 402)

    with refused("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid."):
        cloudwatch.put_metric_data(Namespace="AWS/Kinesis", MetricData=[{"MetricName": "m", "Value": 1.0}])
    with refused("ValidationError", contains="Member must satisfy enum value set"):
        raw.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0, "Unit": "Metres"}])
    with refused("InvalidParameterValue", contains="NextToken"):
        cloudwatch.list_metrics(NextToken="AAAA")
    with refused("InvalidParameterValue", contains="PutDashboard is not supported by this server: "):
        cloudwatch.put_dashboard(DashboardName="d", DashboardBody="{}")
    stranger = client(key="other", service="cloudwatch")
    with refused("InvalidClientTokenId", status=403 if protocol == "query" else 400):
        stranger.list_metrics()
