//! Metrics, as people put and look at them.

use std::time::{SystemTime, UNIX_EPOCH};

use e2e::Launch;
use serde_json::json;

use super::Shell;

#[test]
fn metrics_are_put_listed_and_looked_at() {
    let temp = tempfile::tempdir().unwrap();
    let server = Launch::dev(temp.path().join("data")).start().unwrap();
    let shell = Shell::new(&server);
    let put = ["cloudwatch", "put-metric-data", "--namespace", "shop", "--metric-name", "Orders"];
    let dimension = ["--dimensions", "Country=NL", "--unit", "Count"];
    for value in ["2", "5"] {
        shell.text(&[&put[..], &dimension, &["--value", value]].concat());
    }
    let named = json!({ "Namespace": "shop", "MetricName": "Orders",
                        "Dimensions": [{ "Name": "Country", "Value": "NL" }] });
    let list = ["cloudwatch", "list-metrics", "--namespace", "shop"];
    assert_eq!(shell.json(&list), json!({ "Metrics": [named] }));

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let (from, to) = ((now - 600).to_string(), (now + 600).to_string());
    let span = ["--start-time", &from, "--end-time", &to];
    let statistics = ["--statistics", "Sum", "Maximum", "--dimensions", "Name=Country,Value=NL"];
    let get =
        ["cloudwatch", "get-metric-statistics", "--namespace", "shop", "--metric-name", "Orders"];
    // Both minutes, if a new one began between the two.
    let told = shell.json(&[&get[..], &span, &statistics, &["--period", "3600"]].concat());
    assert_eq!(told["Label"], "Orders");
    let points = told["Datapoints"].as_array().unwrap();
    let sum: f64 = points.iter().filter_map(|point| point["Sum"].as_f64()).sum();
    assert!((sum - 7.0).abs() < 1e-9, "{told}");
    assert_eq!(points[0]["Unit"], "Count");

    let stat = json!({ "Metric": named, "Period": 3600, "Stat": "SampleCount" });
    let queries = json!([{ "Id": "orders", "MetricStat": stat }]).to_string();
    let data = ["cloudwatch", "get-metric-data", "--metric-data-queries", &queries];
    let told = shell.json(&[&data[..], &span].concat());
    let counts = told["MetricDataResults"][0]["Values"].as_array().unwrap();
    let count: f64 = counts.iter().filter_map(serde_json::Value::as_f64).sum();
    assert!((count - 2.0).abs() < 1e-9, "{told}");

    let refused = "The value AWS/ for parameter Namespace is invalid.";
    let own = [
        "cloudwatch",
        "put-metric-data",
        "--namespace",
        "AWS/Kinesis",
        "--metric-name",
        "m",
        "--value",
        "1",
    ];
    shell.refuses(&own, "PutMetricData", "InvalidParameterValue", refused);
}
