//! ListMetrics: filters, pages, what is active.

use serde_json::{Value, json};

use crate::support::{DAY, HOUR, Host, MINUTE};

#[tokio::test]
async fn metrics_are_found_by_what_they_are_called() {
    let host = Host::new();
    let dimension = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    host.put_data(json!([
        { "MetricName": "a", "Value": 1.0, "Dimensions": [dimension("x", "1"), dimension("w", "2")] },
        { "MetricName": "a", "Value": 1.0, "Dimensions": [dimension("x", "2")] },
        { "MetricName": "b", "Value": 1.0 },
    ]))
    .await;
    let other = json!({ "Namespace": "o", "MetricData": [{ "MetricName": "c", "Value": 1.0 }] });
    host.call("PutMetricData", other).await;
    for (input, names) in [
        (json!({}), vec!["a", "a", "b", "c"]),
        (json!({ "Namespace": "n" }), vec!["a", "a", "b"]),
        (json!({ "MetricName": "c" }), vec!["c"]),
        (json!({ "Dimensions": [{ "Name": "x" }] }), vec!["a", "a"]),
        (json!({ "Dimensions": [{ "Name": "x", "Value": "2" }] }), vec!["a"]),
        (json!({ "Dimensions": [{ "Name": "y" }] }), vec![]),
        (json!({ "OwningAccount": "999999999999" }), vec![]),
    ] {
        assert_eq!(host.listed(input.clone()).await, names, "{input}");
    }
    let input = json!({ "Dimensions": [{ "Name": "x", "Value": "1" }] });
    let reply = host.call("ListMetrics", input).await;
    let expected = json!({ "Namespace": "n", "MetricName": "a",
        "Dimensions": [dimension("w", "2"), dimension("x", "1")] });
    assert_eq!(reply, json!({ "Metrics": [expected] }));
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let host = Host::new();
    let datum = |number: u32| json!({ "MetricName": format!("m{number:04}"), "Value": 1.0 });
    host.put_data((0..1000).map(datum).collect()).await;
    let mut seen = Vec::new();
    let mut input = json!({});
    loop {
        let reply = host.call("ListMetrics", input.clone()).await;
        let page = reply["Metrics"].as_array().unwrap();
        assert!(page.len() <= 500);
        seen.extend(page.iter().map(|it| it["MetricName"].as_str().unwrap().to_owned()));
        match reply.get("NextToken") {
            Some(Value::String(token)) => input = json!({ "NextToken": token }),
            _ => break,
        }
    }
    assert_eq!(seen.len(), 1000);
    assert!(seen.is_sorted_by(|one, other| one < other));
    let told = host.refusal("ListMetrics", json!({ "NextToken": "AAAA" })).await;
    assert_eq!(told.code, "InvalidParameterValueException");
    host.clock.advance(6 * MINUTE);
    assert_eq!(host.refusal("ListMetrics", input).await.code, "InvalidParameterValueException");
}

#[tokio::test]
async fn what_was_put_lately_is_active_also_after_a_restart() {
    let host = Host::new();
    host.put("old", 1.0).await;
    host.put("used", 1.0).await;
    host.service.flush().await.unwrap();
    host.clock.advance(2 * HOUR);
    host.put("used", 1.0).await;
    host.service.flush().await.unwrap();
    host.clock.advance(2 * HOUR);
    let active = json!({ "RecentlyActive": "PT3H" });
    assert_eq!(host.listed(active.clone()).await, ["used"]);
    let host = host.restart();
    assert_eq!(host.listed(active.clone()).await, ["used"]);
    assert_eq!(host.listed(json!({})).await, ["old", "used"]);
    host.clock.advance(14 * DAY);
    assert_eq!(host.listed(json!({})).await, Vec::<String>::new());
}
