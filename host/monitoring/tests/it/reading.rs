//! GetMetricStatistics and GetMetricData: spans, units, pages, time.

use metering::cloud::{Datum, Statistics, Unit};
use monitoring::Minute;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, Allowing, DAY, HOUR, Host, MINUTE, caller, other_account};

fn query(id: &str, metric: &str, stat: &str, period: u64) -> Value {
    let metric = json!({ "Namespace": "n", "MetricName": metric });
    json!({ "Id": id, "MetricStat": { "Metric": metric, "Period": period, "Stat": stat } })
}

/// Puts 1, 2, 3 and so on, a minute apart, and stores each.
async fn fill(host: &Host, metric: &str, minutes: u32) {
    for value in 1..=minutes {
        host.put(metric, f64::from(value)).await;
        host.service.flush().await.unwrap();
        host.clock.advance(MINUTE);
    }
}

#[tokio::test]
async fn what_is_stored_and_what_is_not_are_one() {
    let host = Host::new();
    fill(&host, "m", 3).await;
    host.put("m", 10.0).await;
    let expected = [(3, 1.0), (2, 2.0), (1, 3.0), (0, 10.0)];
    assert_eq!(host.told("m", "Sum", 10).await, expected);
    let host = host.restart();
    assert_eq!(host.told("m", "Sum", 10).await, expected[..3], "the minute in hand is lost");
    // A minute that is stored in two parts is one.
    host.put("m", 4.0).await;
    host.service.flush().await.unwrap();
    host.put("m", 6.0).await;
    assert_eq!(host.told("m", "Sum", 10).await, expected);
    host.service.flush().await.unwrap();
    let host = host.restart();
    assert_eq!(host.told("m", "Sum", 10).await, expected);
    assert_eq!(host.told("m", "SampleCount", 0).await, [(0, 2.0)]);
}

#[tokio::test]
async fn periods_begin_at_the_start() {
    let host = Host::new();
    fill(&host, "m", 10).await;
    let now = host.seconds();
    let input = json!({
        "MetricDataQueries": [query("a", "m", "Sum", 240), query("b", "m", "Maximum", 60)],
        "StartTime": now - 600,
        "EndTime": now,
        "ScanBy": "TimestampAscending",
    });
    let reply = host.call("GetMetricData", input.clone()).await;
    let results = reply["MetricDataResults"].as_array().unwrap();
    assert_eq!(results[0]["Values"], json!([10.0, 26.0, 19.0]));
    let starts = json!([now - 600, now - 360, now - 120]);
    let starts: Vec<f64> = starts.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    assert_eq!(results[0]["Timestamps"], json!(starts));
    assert_eq!(
        (&results[0]["Label"], &results[0]["StatusCode"]),
        (&json!("m"), &json!("Complete"))
    );
    assert_eq!(results[1]["Values"].as_array().unwrap().len(), 10);
    let mut descending = input;
    descending.as_object_mut().unwrap().remove("ScanBy");
    let reply = host.call("GetMetricData", descending).await;
    assert_eq!(reply["MetricDataResults"][0]["Values"], json!([19.0, 26.0, 10.0]));
}

#[tokio::test]
async fn answers_come_in_pages() {
    let host = Host::new();
    fill(&host, "m", 5).await;
    fill(&host, "o", 2).await;
    let now = host.seconds();
    let mut input = json!({
        "MetricDataQueries":
            [query("a", "m", "Sum", 60), query("none", "x", "Sum", 60), query("b", "o", "Sum", 60)],
        "StartTime": now - 600,
        "EndTime": now,
        "ScanBy": "TimestampAscending",
        "MaxDatapoints": 3,
    });
    let mut pages = Vec::new();
    loop {
        let reply = host.call("GetMetricData", input.clone()).await;
        let shown = |result: &Value| {
            (result["Id"].clone(), result["StatusCode"].clone(), result["Values"].clone())
        };
        let results = reply["MetricDataResults"].as_array().unwrap();
        pages.push(results.iter().map(shown).collect::<Vec<_>>());
        match reply.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    let partial = |id: &str, status: &str, values: Value| (json!(id), json!(status), values);
    let expected = [
        vec![
            partial("a", "PartialData", json!([1.0, 2.0, 3.0])),
            partial("none", "Complete", json!([])),
        ],
        vec![
            partial("a", "Complete", json!([4.0, 5.0])),
            partial("b", "PartialData", json!([1.0])),
        ],
        vec![partial("b", "Complete", json!([2.0]))],
    ];
    assert_eq!(pages, expected);
    input["StartTime"] = json!(now - 660);
    assert_eq!(host.refusal("GetMetricData", input).await.code, "InvalidNextToken");
}

#[tokio::test]
async fn units_are_apart_for_whoever_asks() {
    let host = Host::new();
    host.put_data(json!([
        { "MetricName": "m", "Value": 1.0, "Unit": "Bytes" },
        { "MetricName": "m", "Value": 5.0, "Unit": "Count" },
    ]))
    .await;
    let now = host.seconds();
    let mut input = json!({
        "Namespace": "n", "MetricName": "m", "StartTime": now - 60, "EndTime": now + 60,
        "Period": 60, "Statistics": ["Sum"],
    });
    let reply = host.call("GetMetricStatistics", input.clone()).await;
    assert_eq!(reply["Datapoints"].as_array().unwrap().len(), 2);
    assert_eq!(reply["Label"], "m");
    input["Unit"] = json!("Bytes");
    let reply = host.call("GetMetricStatistics", input).await;
    let points = reply["Datapoints"].as_array().unwrap();
    assert_eq!(
        (points.len(), &points[0]["Unit"], &points[0]["Sum"]),
        (1, &json!("Bytes"), &json!(1.0))
    );
    let input = json!({ "MetricDataQueries": [query("a", "m", "Sum", 60)],
        "StartTime": now - 60, "EndTime": now + 60 });
    let reply = host.call("GetMetricData", input).await;
    assert_eq!(reply["MetricDataResults"][0]["Values"], json!([6.0]));
}

#[tokio::test]
async fn accounts_and_regions_are_apart() {
    let host = Host::new();
    host.put("m", 1.0).await;
    let mut elsewhere = caller();
    elsewhere.region = "eu-west-1".parse().unwrap();
    let mut stranger = caller();
    stranger.account = other_account();
    for caller in [elsewhere, stranger] {
        let answer = host.answer(&caller, &Allowing::default(), "ListMetrics", &json!({})).await;
        assert_eq!(answer, Ok(json!({ "Metrics": [] })));
    }
    assert_eq!(host.listed(json!({})).await, ["m"]);
}

#[tokio::test]
async fn late_samples_are_found_where_they_belong() {
    let host = Host::new();
    let then = host.seconds();
    host.clock.advance(3 * DAY);
    host.put_data(json!([{ "MetricName": "m", "Value": 7.0, "Timestamp": then }])).await;
    let ahead = host.seconds() + 7000;
    host.put_data(json!([{ "MetricName": "m", "Value": 8.0, "Timestamp": ahead }])).await;
    host.service.flush().await.unwrap();
    host.clock.advance(3 * HOUR);
    let host = host.restart();
    let now = host.seconds();
    let input = json!({ "MetricDataQueries": [query("a", "m", "Sum", 60)],
        "StartTime": now - 4 * 86_400, "EndTime": now });
    let reply = host.call("GetMetricData", input).await;
    let result = &reply["MetricDataResults"][0];
    assert_eq!(result["Values"], json!([8.0, 7.0]));
    assert_eq!(result["Timestamps"][1].as_f64().map(|at| at.to_string()), Some(then.to_string()));
    assert_eq!(host.told("m", "Sum", 70).await, [(64, 8.0)]);
}

#[tokio::test]
async fn minutes_are_kept_for_fifteen_days() {
    let host = Host::new();
    host.put("m", 1.0).await;
    host.service.flush().await.unwrap();
    host.clock.advance(DAY);
    host.put("m", 2.0).await;
    host.put("o", 3.0).await;
    host.service.flush().await.unwrap();
    host.clock.advance(13 * DAY + 23 * HOUR);
    assert_eq!(host.told("m", "Sum", 1400).await, []);
    let now = host.seconds();
    let input = |metric: &str| {
        json!({ "MetricDataQueries": [query("a", metric, "Sum", 3600)],
            "StartTime": now - 30 * 86_400, "EndTime": now })
    };
    let values = async |host: &Host| {
        host.call("GetMetricData", input("m")).await["MetricDataResults"][0]["Values"].clone()
    };
    assert_eq!(values(&host).await, json!([2.0, 1.0]));
    host.clock.advance(2 * HOUR);
    assert_eq!(values(&host).await, json!([2.0]), "hidden before it is trimmed");
    host.service.sweep().await;
    host.clock.advance(30 * DAY);
    host.put("new", 1.0).await;
    host.service.sweep().await;
    assert_eq!(host.listed(json!({})).await, ["new"]);
    host.service.flush().await.unwrap();
    let host = host.restart();
    assert_eq!(host.listed(json!({})).await, ["new"]);
    assert_eq!(values(&host).await, json!([]));
}

#[tokio::test]
async fn services_measure_under_names_of_their_own() {
    let host = Host::new();
    let datum = Datum {
        account: ACCOUNT.parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        namespace: "AWS/Kinesis",
        name: "IncomingBytes",
        dimensions: vec![("StreamName", "quakes".to_owned())],
        unit: Unit::BYTES,
        statistics: Statistics { count: 2.0, sum: 12.0, min: 5.0, max: 7.0 },
    };
    host.service.take(Minute::of(stdx::Clock::now(&host.clock)), vec![datum]).await;
    let now = host.seconds();
    let input = json!({
        "Namespace": "AWS/Kinesis", "MetricName": "IncomingBytes",
        "Dimensions": [{ "Name": "StreamName", "Value": "quakes" }],
        "StartTime": now, "EndTime": now + 60, "Period": 60,
        "Statistics": ["Sum", "SampleCount", "Minimum", "Maximum"],
    });
    let reply = host.call("GetMetricStatistics", input).await;
    #[expect(clippy::cast_precision_loss, reason = "a time of a test")]
    let at = now as f64;
    let point = json!({ "Timestamp": at, "Unit": "Bytes", "Sum": 12.0, "SampleCount": 2.0,
        "Minimum": 5.0, "Maximum": 7.0 });
    assert_eq!(reply, json!({ "Label": "IncomingBytes", "Datapoints": [point] }));
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let host = Host::new();
    let now = host.seconds();
    let statistics = |more: Value| {
        let mut input = json!({
            "Namespace": "n", "MetricName": "m", "StartTime": now - 60, "EndTime": now,
            "Period": 60, "Statistics": ["Sum"],
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    for (more, text) in [
        (json!({ "StartTime": now }), "StartTime must be less than"),
        (json!({ "Period": 90 }), "multiple of 60"),
        (
            json!({ "StartTime": now - 60 * 1441 }),
            "1441 datapoints, which exceeds the limit of 1440",
        ),
        (json!({ "Statistics": null }), "Must specify either Statistics or ExtendedStatistics"),
        (json!({ "ExtendedStatistics": ["tm99"] }), "tm99"),
        (json!({ "Statistics": ["Median"] }), "enum value set"),
        (json!({ "EndTime": null }), "'endTime'"),
    ] {
        let told = host.refusal("GetMetricStatistics", statistics(more.clone())).await;
        assert!(told.message.contains(text), "{more}: {}", told.message);
    }
    let mut expression = query("e", "m", "Sum", 60);
    expression.as_object_mut().unwrap().remove("MetricStat");
    expression["Expression"] = json!("m1 * 2");
    for (queries, text) in [
        (json!([query("A", "m", "Sum", 60)]), "expected pattern ^[a-z]"),
        (json!([query("a", "m", "Sum", 60), query("a", "o", "Sum", 60)]), "not unique"),
        (json!([expression]), "there are no expressions"),
        (json!([{ "Id": "a" }]), "must be specified"),
        (json!([query("a", "m", "Middle", 60)]), "not supported"),
        (json!(vec![query("a", "m", "Sum", 60); 501]), "greater than 500"),
    ] {
        let input = json!({ "MetricDataQueries": queries, "StartTime": now - 60, "EndTime": now });
        let told = host.refusal("GetMetricData", input).await;
        assert_eq!(told.code, "ValidationException");
        assert!(told.message.contains(text), "{}", told.message);
    }
}
