//! Functions that are handlers, called directly: any JSON in, any JSON out.

use base64_simd::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::support::{
    AllowAll, Answer, Asked, FUNCTIONS, Host, Refusal, base64, caller, event, function_arn,
};

async fn with(word: &str) -> Host {
    let host = Host::new().await;
    host.create("f", word).await;
    host
}

/// Calls the function with bytes as they are.
async fn invoke(host: &Host, body: &[u8]) -> Result<Answer, Refusal> {
    let (path, body) = (format!("{FUNCTIONS}/f/invocations"), Bytes::copy_from_slice(body));
    let asked = Asked { method: "POST", path, headers: Vec::new(), body };
    host.ask(&AllowAll, &caller(), asked).await
}

#[tokio::test(start_paused = true)]
async fn any_json_goes_in_and_comes_out() {
    let host = with("(handler echo)").await;
    for payload in [json!({"key1": "value1"}), json!([1, null]), json!("é"), json!(7), Value::Null]
    {
        let answer = host.invoke("f", &[], &payload).await.unwrap();
        assert_eq!((answer.status, &answer.body), (200, &payload));
        assert_eq!(answer.headers.get("X-Amz-Function-Error"), None);
        assert_eq!(answer.headers["X-Amz-Executed-Version"], "$LATEST");
    }
    assert_eq!(invoke(&host, b"").await.unwrap().body, json!({}), "as on AWS");
    // The event of a stream is one among others.
    let payload = event(&["a"]);
    assert_eq!(host.invoke("f", &[], &payload).await.unwrap().body, payload);
    let calls = host.sandbox.handled();
    let context = &calls[0].input.context;
    assert_eq!(context.request_id, caller().request_id);
    assert_eq!((&*context.function_name, &*context.function_version), ("f", "$LATEST"));
    assert_eq!((context.function_arn.clone(), context.memory_mib), (function_arn("f"), 128));
    assert_ne!(calls[0].input.seed, calls[1].input.seed, "each call has randomness of its own");
    assert_eq!(host.metrics.functions.invoked.get(), 7);
    assert!(host.sandbox.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_no_json_is_refused_before_it_runs() {
    let host = with("(handler echo)").await;
    for body in [&b"{"[..], b"hello", b"{} {}", b"\"\xff\""] {
        let told = invoke(&host, body).await.unwrap_err();
        assert_eq!((told.status, &*told.code), (400, "InvalidRequestContentException"));
        assert!(told.message.starts_with("Could not parse request body into json: "), "{told:?}");
    }
    assert!(host.sandbox.handled().is_empty());
}

#[tokio::test(start_paused = true)]
async fn failures_are_told_as_on_aws() {
    let id = caller().request_id;
    for (word, error, message, trace) in [
        ("(handler raise it is wrong)", "Demo.Wrong", "it is wrong".to_owned(), json!(["handle"])),
        (
            "(handler slow)",
            "Sandbox.Timedout",
            format!("RequestId: {id} Error: Task timed out after 3.00 seconds"),
            json!([]),
        ),
        (
            "(handler exit)",
            "Runtime.ExitError",
            format!(
                "RequestId: {id} Error: Runtime exited with error: function trapped: called exit"
            ),
            json!([]),
        ),
        (
            "(handler say hello)",
            "Runtime.MarshalError",
            "Unable to marshal response: the answer is no JSON: expected value at line 1 column 1"
                .to_owned(),
            json!([]),
        ),
    ] {
        let host = with(word).await;
        let answer = host.invoke("f", &[("x-amz-log-type", "Tail")], &json!({})).await.unwrap();
        assert_eq!((answer.status, &*answer.headers["X-Amz-Function-Error"]), (200, "Unhandled"));
        let expected = json!({"errorMessage": message, "errorType": error, "stackTrace": trace});
        assert_eq!(answer.body, expected, "{word}");
        let tail = STANDARD.decode_to_vec(&answer.headers["X-Amz-Log-Result"]).unwrap();
        let tail = String::from_utf8(tail).unwrap();
        assert!(tail.contains(&format!("\nINFO handled\nERROR {error}: {message}\n")), "{tail}");
        assert_eq!(host.metrics.functions.errors.get(), 1);
    }
    let host = with("(handler full)").await;
    let told = host.invoke("f", &[], &json!({})).await.unwrap_err();
    assert_eq!((told.status, &*told.code), (500, "ServiceException"));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_code_may_change_the_world_and_a_restart_knows_it() {
    let host = with("(copy)").await;
    let told = host.invoke("f", &[], &json!({})).await.unwrap_err();
    assert_eq!(told.code, "InvalidRequestContentException", "a transform wants records");
    let code = json!({"ZipFile": base64("(handler echo)")});
    host.works("PUT", &format!("{FUNCTIONS}/f/code"), code).await;
    assert_eq!(host.invoke("f", &[], &json!({})).await.unwrap().body, json!({}));
    let host = host.restart().await;
    assert_eq!(host.invoke("f", &[], &json!({"a": 1})).await.unwrap().body, json!({"a": 1}));
}

#[tokio::test(start_paused = true)]
async fn a_handler_knows_which_version_of_it_runs() {
    let host = with("(handler echo)").await;
    host.works("POST", &format!("{FUNCTIONS}/f/versions"), json!({})).await;
    let alias = json!({"Name": "live", "FunctionVersion": "1"});
    host.works("POST", &format!("{FUNCTIONS}/f/aliases"), alias).await;
    for name in ["f", "f:1", "f:live"] {
        host.invoke(name, &[], &json!({})).await.unwrap();
    }
    let told = host.sandbox.handled().into_iter().map(|call| {
        let context = &call.input.context;
        (context.function_version.clone(), context.function_arn.clone())
    });
    let (latest, first) = (function_arn("f"), function_arn("f:1"));
    let of = |version: &str, arn: &str| (version.to_owned(), arn.to_owned());
    assert!(told.eq([of("$LATEST", &latest), of("1", &first), of("1", &first)]));
}
