//! PutMetricData: what is taken, and what is refused.

use serde_json::{Value, json};
use wire::Resource;

use crate::support::{Allowing, DAY, HOUR, Host, MINUTE, Refusal, caller};

#[tokio::test]
async fn values_are_summed_up_by_minutes() {
    let host = Host::new();
    host.put("m", 3.0).await;
    host.put("m", 5.0).await;
    host.clock.advance(MINUTE);
    host.put_data(json!([
        { "MetricName": "m", "Values": [1.0, 2.0], "Counts": [3.0, 1.0] },
        { "MetricName": "m", "StatisticValues":
            { "SampleCount": 2.0, "Sum": 30.0, "Minimum": 10.0, "Maximum": 20.0 } },
    ]))
    .await;
    for (statistic, expected) in [
        ("Sum", [(1, 8.0), (0, 35.0)]),
        ("SampleCount", [(1, 2.0), (0, 6.0)]),
        ("Minimum", [(1, 3.0), (0, 1.0)]),
        ("Maximum", [(1, 5.0), (0, 20.0)]),
        ("Average", [(1, 4.0), (0, 35.0 / 6.0)]),
    ] {
        assert_eq!(host.told("m", statistic, 10).await, expected, "{statistic}");
    }
    let told = host.told("m", "p100", 10).await;
    assert!((told[0].1 - 5.0).abs() < 0.06, "{told:?}");
    assert!(told[1].1.is_nan(), "the spread of sums is not known: {told:?}");
}

#[tokio::test]
async fn timestamps_lie_between_two_weeks_ago_and_two_hours_ahead() {
    let host = Host::new();
    let put = |ms: i64| {
        let at = i64::try_from(host.seconds()).unwrap() * 1000 + ms;
        #[expect(clippy::cast_precision_loss, reason = "a time of a test")]
        let at = at as f64 / 1000.0;
        json!([{ "MetricName": "m", "Value": 1.0, "Timestamp": at }])
    };
    let (weeks, hours) = (i64::try_from(14 * DAY).unwrap(), i64::try_from(2 * HOUR).unwrap());
    host.put_data(put(-weeks)).await;
    host.put_data(put(hours)).await;
    for (ms, text) in
        [(-weeks - 1, "two weeks in the past"), (hours + 1, "two hours in the future")]
    {
        let input = json!({ "Namespace": "n", "MetricData": put(ms) });
        let expected = refused(
            "InvalidParameterValueException",
            &format!(
                "The parameter MetricData.member.1.Timestamp must specify a time no more than {text}."
            ),
        );
        assert_eq!(host.refusal("PutMetricData", input).await, expected);
    }
}

fn refused(code: &str, message: &str) -> Refusal {
    Refusal { status: 400, code: code.to_owned(), message: message.to_owned() }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_nothing_of_the_call_is_taken() {
    let host = Host::new();
    let good = json!({ "MetricName": "good", "Value": 1.0 });
    for (datum, code, text) in [
        (json!({}), "ValidationException", "'metricData.2.member.metricName'"),
        (json!({ "MetricName": "m" }), "MissingRequiredParameterException", "must be specified."),
        (
            json!({ "MetricName": "m", "Value": 1.0, "Values": [1.0] }),
            "InvalidParameterCombinationException",
            "mutually exclusive",
        ),
        (
            json!({ "MetricName": "m", "Values": [1.0, 2.0], "Counts": [1.0] }),
            "InvalidParameterValueException",
            "must have the same size",
        ),
        (
            json!({ "MetricName": "m", "Values": vec![1.0; 151] }),
            "InvalidParameterValueException",
            "size of 1 to 150",
        ),
        (
            json!({ "MetricName": "m", "Value": 1e109 }),
            "InvalidParameterValueException",
            "MetricData.member.2.Value is invalid",
        ),
        (
            json!({ "MetricName": "m", "Values": [1.0], "Counts": [0.0] }),
            "InvalidParameterValueException",
            "MetricData.member.2.Counts is invalid",
        ),
        (
            json!({ "MetricName": "m", "StatisticValues":
                { "SampleCount": 1.0, "Sum": 1.0, "Minimum": 2.0, "Maximum": 1.0 } }),
            "InvalidParameterValueException",
            "must not be greater than",
        ),
        (
            json!({ "MetricName": "m", "Value": 1.0, "Unit": "Metres" }),
            "ValidationException",
            "enum value set: [Seconds, Microseconds",
        ),
        (
            json!({ "MetricName": "m", "Value": 1.0, "StorageResolution": 7 }),
            "InvalidParameterValueException",
            "StorageResolution is invalid",
        ),
        (
            json!({ "MetricName": "m", "Value": 1.0, "Dimensions":
                vec![json!({ "Name": "d", "Value": "v" }); 31] }),
            "ValidationException",
            "length less than or equal to 30",
        ),
    ] {
        let input = json!({ "Namespace": "n", "MetricData": [good, datum] });
        let told = host.refusal("PutMetricData", input).await;
        assert_eq!(told.code, code, "{datum}: {}", told.message);
        assert!(told.message.contains(text), "{datum}: {}", told.message);
    }
    assert_eq!(host.listed(json!({})).await, Vec::<String>::new());
    let told = host.refusal("PutMetricData", json!({ "Namespace": "n" })).await;
    assert_eq!(told.code, "MissingRequiredParameterException");
    let many = json!({ "Namespace": "n", "MetricData": vec![good; 1001] });
    let told = host.refusal("PutMetricData", many).await;
    assert_eq!(told.message, "The collection MetricData must not have a size greater than 1000.");
}

#[tokio::test]
async fn namespaces_of_services_are_theirs() {
    let host = Host::new();
    let data = json!([{ "MetricName": "m", "Value": 1.0 }]);
    let input = json!({ "Namespace": "AWS/Kinesis", "MetricData": data });
    let expected = refused(
        "InvalidParameterValueException",
        "The value AWS/ for parameter Namespace is invalid.",
    );
    assert_eq!(host.refusal("PutMetricData", input).await, expected);
    let told =
        host.refusal("PutMetricData", json!({ "Namespace": ":x", "MetricData": data })).await;
    assert!(told.message.contains("regular expression pattern: [^:].*"), "{}", told.message);
}

#[tokio::test]
async fn data_of_entities_are_taken() {
    let host = Host::new();
    let data = json!([{ "MetricName": "m", "Value": 4.0 }]);
    let entity = json!({ "KeyAttributes": { "Type": "Service", "Name": "x" } });
    let input = json!({
        "Namespace": "n",
        "EntityMetricData": [{ "Entity": entity, "MetricData": data }],
        "StrictEntityValidation": false,
    });
    host.call("PutMetricData", input).await;
    assert_eq!(host.told("m", "Sum", 5).await, [(0, 4.0)]);
}

#[tokio::test]
async fn policies_are_asked_about_the_namespace() {
    let host = Host::new();
    let asked = Allowing::default();
    let input = json!({ "Namespace": "mine", "MetricData": [{ "MetricName": "m", "Value": 1.0 }] });
    let answer = host.answer(&caller(), &asked, "PutMetricData", &input).await;
    assert_eq!(answer, Ok(Value::Null));
    let expected = Resource::any("cloudwatch:PutMetricData").with("cloudwatch:namespace", "mine");
    assert_eq!(*asked.0.lock(), [expected]);
}
