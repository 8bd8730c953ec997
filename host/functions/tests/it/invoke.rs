//! Direct calls.

use base64_simd::STANDARD;
use serde_json::{Value, json};

use crate::support::{Host, Refusal, base64, caller, event, function_arn};

fn header<'a>(answer: &'a crate::support::Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name).map(String::as_str)
}

#[tokio::test(start_paused = true)]
async fn a_call_brings_what_the_function_emits() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    for name in ["f", "f:$LATEST", "f?Qualifier=%24LATEST"] {
        let answer = host.invoke(name, &[], &event(&["a", "b"])).await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(header(&answer, "X-Amz-Executed-Version"), Some("$LATEST"));
        assert_eq!(header(&answer, "X-Amz-Function-Error"), None);
        let record = |data| json!({"partitionKey": "k", "data": base64(data)});
        let expected = json!({"records": [record("a"), record("b")], "batchItemFailures": []});
        assert_eq!(answer.body, expected);
    }
    let calls = host.sandbox.calls();
    assert_eq!(calls[0].limits.memory_bytes, 128 * 1024 * 1024);
    assert_eq!(calls[0].limits.time, std::time::Duration::from_secs(3));
    assert_eq!(calls[0].tenant, 123_456_789_012);
    assert_eq!(calls[0].function, calls[1].function);
}

#[tokio::test(start_paused = true)]
async fn a_change_makes_another_edition() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    let change = json!({"MemorySize": 10240, "Environment": {"Variables": {"ZZ": "1", "AA": "2"}}});
    host.works("PUT", "/2015-03-31/functions/f/configuration", change).await;
    host.invoke("f", &[], &event(&["a"])).await.unwrap();
    let calls = host.sandbox.calls();
    assert_ne!(calls[0].function, calls[1].function);
    assert_eq!(calls[1].limits.memory_bytes, 1024 * 1024 * 1024, "no instance gets more");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(*calls[1].environment, [pair("AA", "2"), pair("ZZ", "1")]);
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_function_are_answers() {
    let host = Host::new().await;
    for (word, kind, error, trace) in [
        ("(fail boom)", "Handled", ("Function.Failed", "boom"), json!([])),
        ("(trap)", "Unhandled", ("Runtime.Trap", "unreachable"), json!(["handle"])),
        ("(slow)", "Unhandled", ("Sandbox.Timedout", "function ran longer than 3 s"), json!([])),
        (
            "(large)",
            "Unhandled",
            (
                "Function.ResponseSizeTooLarge",
                "Response payload size exceeded maximum allowed payload size (6291456 bytes).",
            ),
            json!([]),
        ),
    ] {
        let name = &word[1..].trim_end_matches(')').split(' ').next().unwrap();
        host.create(name, word).await;
        let answer = host.invoke(name, &[], &event(&["a"])).await.unwrap();
        assert_eq!((answer.status, header(&answer, "X-Amz-Function-Error")), (200, Some(kind)));
        let expected = json!({"errorMessage": error.1, "errorType": error.0, "stackTrace": trace});
        assert_eq!(answer.body, expected, "{word}");
    }
    assert_eq!(host.metrics.functions.errors.get(), 3);
    assert_eq!(host.metrics.functions.invoked.get(), 4);
}

#[tokio::test(start_paused = true)]
async fn failed_records_are_told_by_number() {
    let host = Host::new().await;
    host.create("f", "(bad input)").await;
    let answer = host.invoke("f", &[], &event(&["a", "b"])).await.unwrap();
    let failures = json!([{"itemIdentifier": "0"}, {"itemIdentifier": "1"}]);
    assert_eq!(answer.body, json!({"records": [], "batchItemFailures": failures}));
}

#[tokio::test(start_paused = true)]
async fn the_tail_of_the_log_comes_along() {
    let host = Host::new().await;
    host.create("f", "(log hello)").await;
    let answer = host.invoke("f", &[("x-amz-log-type", "Tail")], &event(&["a"])).await.unwrap();
    let tail = STANDARD.decode_to_vec(header(&answer, "X-Amz-Log-Result").unwrap()).unwrap();
    let id = caller().request_id;
    assert_eq!(
        String::from_utf8(tail).unwrap(),
        format!(
            "START RequestId: {id} Version: $LATEST\nINFO hello\nEND RequestId: {id}\nREPORT RequestId: {id}\t\
             Duration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 3 MB\tCPU Time: 0.50 ms\n"
        )
    );
    let answer = host.invoke("f", &[("x-amz-log-type", "None")], &event(&["a"])).await.unwrap();
    assert_eq!(header(&answer, "X-Amz-Log-Result"), None);
}

#[tokio::test(start_paused = true)]
async fn kinds_of_calls_are_told_apart() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    let kind = "x-amz-invocation-type";
    let answer = host.invoke("f", &[(kind, "DryRun")], &Value::Null).await.unwrap();
    assert_eq!((answer.status, answer.body), (204, Value::Null));
    assert!(host.sandbox.calls().is_empty());
    let answer = host.invoke("f", &[(kind, "Event")], &event(&["a"])).await.unwrap();
    assert_eq!((answer.status, answer.body), (202, Value::Null));
    let told = host.invoke("f", &[(kind, "Sometimes")], &event(&["a"])).await.unwrap_err();
    assert_eq!(told.code, "ValidationException");
    let told = host.invoke("g", &[], &event(&["a"])).await.unwrap_err();
    let message = format!("Function not found: {}", function_arn("g"));
    let code = "ResourceNotFoundException".to_owned();
    assert_eq!(told, Refusal { status: 404, code, message });
    let told = host.invoke("f", &[], &json!({"key1": "value1"})).await.unwrap_err();
    assert_eq!((told.status, &*told.code), (400, "InvalidRequestContentException"));
    assert!(told.message.starts_with("The payload must be the event of a Kinesis stream: "));
}

#[tokio::test(start_paused = true)]
async fn what_did_not_run_is_a_failure_of_the_server() {
    let host = Host::new().await;
    host.create("f", "(full)").await;
    let told = host.invoke("f", &[], &event(&["a"])).await.unwrap_err();
    assert_eq!((told.status, &*told.code), (500, "ServiceException"));
    assert_eq!(told.message, "The function was not run: too much is running");
    assert_eq!(host.metrics.functions.not_run.get(), 1);
    assert_eq!(host.metrics.functions.invoked.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_account_runs_a_thousand_calls_at_once() {
    let host = Host::new().await;
    host.create("f", "(wait gate)").await;
    let gate = host.sandbox.gate("gate");
    let payload = event(&["a"]);
    let calls = (0..1000).map(|_| host.invoke("f", &[], &payload));
    let mut calls = std::pin::pin!(join_all(calls.collect()));
    tokio::select! {
        () = gate.reached(1000) => {}
        _ = &mut calls => panic!("the gate is shut"),
    }
    let told = host.invoke("f", &[], &payload).await.unwrap_err();
    assert_eq!((told.status, &*told.code), (429, "TooManyRequestsException"));
    assert_eq!(host.metrics.functions.running.get(), 1000);
    gate.open();
    calls.await;
    assert_eq!(host.metrics.functions.throttles.get(), 1);
    assert_eq!(host.metrics.functions.running.get(), 0);
    assert_eq!(host.metrics.functions.memory_bytes.get(), 0);
    host.invoke("f", &[], &payload).await.unwrap();
}

/// Waits for all, on this task.
async fn join_all<F: Future>(futures: Vec<F>) {
    let mut pending: Vec<_> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        pending.retain_mut(|it| it.as_mut().poll(context).is_pending());
        if pending.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_caller_goes_away_runs_to_its_end_and_counts() {
    let host = Host::new().await;
    host.create("f", "(wait gate)").await;
    let gate = host.sandbox.gate("gate");
    {
        let payload = event(&["a"]);
        let mut call = std::pin::pin!(host.invoke("f", &[], &payload));
        tokio::select! {
            biased;
            _ = &mut call => panic!("it waits"),
            () = gate.reached(1) => {}
        }
    }
    assert_eq!(host.metrics.functions.running.get(), 1);
    gate.open();
    let wanted = json!({"FunctionName": "f", "WaitMilliseconds": 20000});
    let page = host.own("GetFunctionLogs", wanted).await.unwrap();
    let lines = page["Lines"].as_array().unwrap().iter();
    let lines: Vec<&str> = lines.map(|line| line["Message"].as_str().unwrap()).collect();
    assert!(lines[0].starts_with("START") && lines[2].starts_with("REPORT"), "{lines:?}");
    let stats = host.own("GetFunctionStats", json!({"FunctionName": "f"})).await.unwrap();
    let stats = &stats["Functions"][0];
    assert_eq!((&stats["Invocations"], &stats["CpuMilliseconds"]), (&json!(1), &json!(0.5)));
    let numbers = &host.metrics.functions;
    assert_eq!((numbers.invoked.get(), numbers.running.get()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn calls_without_callers_end_with_the_server() {
    let host = Host::new().await;
    host.create("f", "(wait gate)").await;
    let gate = host.sandbox.gate("gate");
    {
        let payload = event(&["a"]);
        let mut call = std::pin::pin!(host.invoke("f", &[], &payload));
        tokio::select! {
            biased;
            _ = &mut call => panic!("it waits"),
            () = gate.reached(1) => {}
        }
    }
    let before = tokio::time::Instant::now();
    host.service.stop().await;
    assert_eq!(before.elapsed().as_secs(), 5, "it had some time");
    assert_eq!(host.metrics.functions.running.get(), 0);
}
