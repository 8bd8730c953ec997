//! What an account may have, and what leaves memory.

use serde_json::{Value, json};

use crate::support::{HOUR, Host};

fn data(numbers: std::ops::Range<u32>) -> Value {
    let datum = |number: u32| json!({ "MetricName": format!("m{number}"), "Value": 1.0 });
    numbers.map(datum).collect()
}

#[tokio::test]
async fn an_account_may_have_so_many_metrics() {
    let host = Host::new();
    for thousand in 0..10 {
        host.put_data(data(thousand * 1000..(thousand + 1) * 1000)).await;
    }
    let one_more = json!({ "Namespace": "n", "MetricData": data(10_000..10_001) });
    let told = host.refusal("PutMetricData", one_more).await;
    assert_eq!((told.status, &*told.code), (400, "LimitExceededFault"));
    assert_eq!(told.message, "Limit exceeded: an account may have 10000 metrics.");
    host.put("m1", 2.0).await;
    assert_eq!(host.told("m1", "Sum", 1).await, [(0, 3.0)]);
    host.service.flush().await.unwrap();
    let host = host.restart();
    let one_more = json!({ "Namespace": "n", "MetricData": data(10_000..10_001) });
    assert_eq!(host.refusal("PutMetricData", one_more).await.code, "LimitExceededFault");
    assert_eq!(host.told("m9999", "Sum", 1).await, [(0, 1.0)]);
}

#[tokio::test]
async fn names_have_a_bound_together() {
    let host = Host::new();
    let long = "x".repeat(1024);
    let dimension = |number: u32| json!({ "Name": format!("d{number}"), "Value": long });
    let dimensions: Vec<Value> = (0..30).map(dimension).collect();
    let mut refused = 0;
    for number in 0..400 {
        let datum =
            json!({ "MetricName": format!("m{number}"), "Value": 1.0, "Dimensions": dimensions });
        let input = json!({ "Namespace": "n", "MetricData": [datum] });
        let answer = host.outcome("PutMetricData", &input);
        refused += usize::from(answer.await.is_err());
    }
    assert!((100..300).contains(&refused), "{refused}");
    host.service.flush().await.unwrap();
}

#[tokio::test]
async fn what_waits_has_a_bound() {
    let host = Host::new();
    let now = host.seconds();
    let values: Vec<f64> = (0..150).map(|power| 1.05f64.powi(power)).collect();
    let mut told = None;
    'all: for minute in 0..200 {
        let data: Vec<Value> = (0..40)
            .map(|number| {
                json!({ "MetricName": format!("m{number}"), "Values": values,
                    "Timestamp": now - minute * 60 })
            })
            .collect();
        let input = json!({ "Namespace": "n", "MetricData": data });
        let answer = host.outcome("PutMetricData", &input);
        if let Err(refusal) = answer.await {
            told = Some(refusal);
            break 'all;
        }
    }
    let told = told.expect("there is a bound");
    assert_eq!((&*told.code, &*told.message), ("ThrottlingException", "Rate exceeded"));
    host.service.flush().await.unwrap();
    host.put("m0", 1.0).await;
}

#[tokio::test]
async fn an_account_that_nobody_asks_for_leaves_memory_and_comes_back() {
    let host = Host::new();
    host.put("m", 1.0).await;
    host.clock.advance(2 * HOUR);
    host.service.sweep().await;
    assert_eq!(host.told("m", "Sum", 200).await, [(120, 1.0)], "what waits is not let go");
    host.service.flush().await.unwrap();
    host.clock.advance(2 * HOUR);
    host.service.sweep().await;
    assert_eq!(host.told("m", "Sum", 300).await, [(240, 1.0)]);
    host.put("m", 2.0).await;
    assert_eq!(host.told("m", "Sum", 300).await, [(240, 1.0), (0, 2.0)]);
}
