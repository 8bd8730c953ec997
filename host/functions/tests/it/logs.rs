//! Logs of functions.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{FUNCTIONS, Host, MAPPINGS, caller, event, stream_arn};

const LOGS: &str = "GetFunctionLogs";

async fn logs(host: &Host, more: Value) -> Value {
    let mut input = json!({"FunctionName": "f"});
    crate::support::merge(&mut input, more);
    host.own(LOGS, input).await.unwrap()
}

fn messages(page: &Value) -> Vec<String> {
    let lines = page["Lines"].as_array().unwrap().iter();
    lines.map(|line| line["Message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn lines_are_shown_in_order_with_their_call() {
    let host = Host::new().await;
    host.create("f", "(log hello)").await;
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    let page = logs(&host, json!({"WaitMilliseconds": 20000})).await;
    let id = caller().request_id;
    assert_eq!(messages(&page).len(), 4);
    let expected =
        json!({"Timestamp": 1_790_068_000.0, "RequestId": id, "Level": "INFO", "Message": "hello"});
    assert_eq!(page["Lines"][1], expected);
    assert_eq!(page["Lines"][0]["Level"], "PLATFORM");
    assert_eq!(page["Lines"][0]["Message"], format!("START RequestId: {id} Version: $LATEST"));
    let page = logs(&host, json!({"Limit": 1})).await;
    let rest = logs(&host, json!({"NextToken": page["NextToken"]})).await;
    assert_eq!((messages(&page).len(), messages(&rest).len()), (1, 3));
    assert_eq!(host.metrics.functions.log_lines.get(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_reader_waits_for_more() {
    let host = Host::new().await;
    host.create("f", "(log hello)").await;
    let page = logs(&host, json!({})).await;
    assert_eq!(page["Lines"], json!([]));
    let next = json!({"NextToken": page["NextToken"], "WaitMilliseconds": 20000});
    let (page, _) = tokio::join!(logs(&host, next.clone()), async {
        host.invoke("f", &[], &event(&["a"])).await.unwrap();
    });
    assert_eq!(messages(&page).len(), 4);
    let before = tokio::time::Instant::now();
    let next = json!({"NextToken": page["NextToken"], "WaitMilliseconds": 20000});
    let page = logs(&host, next).await;
    assert_eq!(page["Lines"], json!([]));
    assert_eq!(before.elapsed().as_secs(), 20, "nothing came");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_once_the_server_hurries() {
    let host = Host::new().await;
    host.create("f", "(log hello)").await;
    let wait = json!({"WaitMilliseconds": 20000});
    let before = tokio::time::Instant::now();
    let (page, ()) = tokio::join!(logs(&host, wait.clone()), async { host.service.hurry() });
    assert_eq!(page["Lines"], json!([]));
    logs(&host, wait.clone()).await;
    assert!(before.elapsed().is_zero(), "both answered at once");
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    host.service.stop().await;
    assert_eq!(messages(&logs(&host, wait).await).len(), 4, "what is there is still shown");
}

#[tokio::test(start_paused = true)]
async fn reading_may_begin_at_a_time() {
    let host = Host::new().await;
    host.create("f", "(log hello)").await;
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    logs(&host, json!({"WaitMilliseconds": 20000})).await;
    tokio::time::advance(Duration::from_secs(100)).await;
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    let page = logs(&host, json!({"StartTime": 1_790_068_001, "WaitMilliseconds": 20000})).await;
    assert_eq!(messages(&page).len(), 4);
    assert_eq!(page["Lines"][0]["Timestamp"], 1_790_068_100.0);
}

#[tokio::test(start_paused = true)]
async fn a_mapping_writes_down_what_failed_or_spoke() {
    let host = Host::new().await;
    host.create("f", "(quiet)").await;
    host.create("g", "(trap)").await;
    host.create("h", "(drop)").await;
    host.create_stream("in").await;
    for name in ["f", "g", "h"] {
        let more = json!({"EventSourceArn": stream_arn("in"), "FunctionName": name,
                          "StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0});
        host.works("POST", MAPPINGS, more).await;
    }
    host.put("in", "a").await;
    let read = |name: &str| {
        let input = json!({"FunctionName": name, "WaitMilliseconds": 20000});
        host.own(LOGS, input)
    };
    let failed = read("g").await.unwrap();
    assert_eq!(messages(&failed)[1], "Runtime.Trap: unreachable\n    at handle");
    assert_eq!(failed["Lines"][1]["Level"], "ERROR");
    let dropped = messages(&read("h").await.unwrap());
    assert!(
        dropped[1].starts_with("dropped record 49") && dropped[1].ends_with(": not wanted"),
        "{dropped:?}"
    );
    assert_eq!(messages(&read("f").await.unwrap()), Vec::<String>::new());
    assert_eq!(host.metrics.functions.mapped.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn lines_are_kept_for_a_week() {
    let host = Host::new().await;
    host.create("f", "(log hello)").await;
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    logs(&host, json!({"WaitMilliseconds": 20000})).await;
    tokio::time::advance(Duration::from_secs(7 * 24 * 3600)).await;
    host.service.sweep().await;
    assert_eq!(messages(&logs(&host, json!({})).await).len(), 4);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(messages(&logs(&host, json!({})).await).len(), 0, "hidden at once");
    host.service.sweep().await;
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    let page = logs(&host, json!({"WaitMilliseconds": 20000})).await;
    assert_eq!(messages(&page).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_lines_go_when_there_are_too_many() {
    let host = Host::new().await;
    let word = format!("(log {})", "x".repeat(900_000));
    host.create("f", &word).await;
    for _ in 0..24 {
        host.invoke("f", &[], &event(&["a"])).await.unwrap();
        // Each is stored before the next one, which would not fit into the queue with it.
        let all = host.metrics.functions.log_lines.get();
        let mut token = Value::Null;
        let mut seen = 0;
        while seen < all {
            let page = logs(&host, json!({"NextToken": token, "WaitMilliseconds": 20000})).await;
            seen += messages(&page).len() as u64;
            token = page["NextToken"].clone();
        }
        // An account may not write much more in a second.
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(host.metrics.functions.log_lines_left_out.get(), 0);
    host.service.sweep().await;
    let mut token = Value::Null;
    let (mut bytes, mut lines) = (0, 0);
    loop {
        let page = messages(&logs(&host, json!({"NextToken": token})).await);
        if page.is_empty() {
            break;
        }
        bytes += page.iter().map(String::len).sum::<usize>();
        lines += page.len();
        token = logs(&host, json!({"NextToken": token})).await["NextToken"].clone();
    }
    assert!(bytes <= 16 * 1024 * 1024 && bytes > 14 * 1024 * 1024, "{bytes}");
    assert!(lines < 24 * 4, "{lines}");
}

#[tokio::test(start_paused = true)]
async fn a_log_goes_with_its_function() {
    let host = Host::new().await;
    host.create("f", "(log old)").await;
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    let page = logs(&host, json!({"WaitMilliseconds": 20000})).await;
    host.works("DELETE", &format!("{FUNCTIONS}/f"), Value::Null).await;
    let told = host.own(LOGS, json!({"FunctionName": "f"})).await.unwrap_err();
    assert_eq!(told.code, "ResourceNotFoundException");
    host.create("f", "(log new)").await;
    let page = logs(&host, json!({"NextToken": page["NextToken"]})).await;
    assert_eq!(page["Lines"], json!([]));
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    let page =
        logs(&host, json!({"NextToken": page["NextToken"], "WaitMilliseconds": 20000})).await;
    assert_eq!(messages(&page)[1], "new");
    let told = host.own(LOGS, json!({"FunctionName": "f", "NextToken": "x"})).await.unwrap_err();
    assert_eq!(told.code, "InvalidParameterValueException");
    let told = host.own(LOGS, json!({"FunctionName": "f", "WaitMilliseconds": 20001})).await;
    assert_eq!(told.unwrap_err().code, "ValidationException");
}

#[tokio::test(start_paused = true)]
async fn lines_of_others_are_stored_when_a_function_goes() {
    let host = Host::new().await;
    host.create("f", "(log kept)").await;
    host.create("g", "(log gone)").await;
    host.invoke("g", &[], &event(&["a"])).await.unwrap();
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    host.works("DELETE", &format!("{FUNCTIONS}/g"), Value::Null).await;
    host.service.stop().await;
    assert_eq!(messages(&logs(&host, json!({})).await)[1], "kept");
}
