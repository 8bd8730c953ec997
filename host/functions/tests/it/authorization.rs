//! What the policy is asked about.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::support::{
    ACCOUNT, Asked, FUNCTIONS, Host, MAPPINGS, Notes, REGION, ROLE, caller, function_arn,
    new_function, stream_arn,
};

async fn asked(host: &Host, method: &str, path: &str, body: Value) -> Vec<(String, String)> {
    asked_allowing(1, host, method, path, body).await
}

async fn asked_allowing(
    allowed: usize,
    host: &Host,
    method: &str,
    path: &str,
    body: Value,
) -> Vec<(String, String)> {
    let notes = Notes { allowed, ..Notes::default() };
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let request = Asked { method, path: path.to_owned(), headers: Vec::new(), body };
    // What is allowed once may fail for another reason.
    let _ = host.ask(&notes, &caller(), request).await;
    notes.asked.into_inner()
}

fn pair(action: &str, arn: &str) -> (String, String) {
    (action.to_owned(), arn.to_owned())
}

#[tokio::test(start_paused = true)]
async fn each_operation_names_its_action_and_resources() {
    let host = Host::new().await;
    let arn = function_arn("f");
    let uuid = "0a1b2c3d-0000-4fff-8123-0123456789ab";
    let mapping = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{uuid}");
    let f = format!("{FUNCTIONS}/f");
    let m = format!("{MAPPINGS}/{uuid}");
    let put = "/2017-10-31/functions/f/concurrency".to_owned();
    let get = "/2019-09-30/functions/f/concurrency".to_owned();
    let tags = format!("/2017-03-31/tags/{}", arn.replace(':', "%3A"));
    for (method, path, body, action, resource) in [
        ("GET", f.clone(), Value::Null, "lambda:GetFunction", &*arn),
        ("GET", format!("{f}/configuration"), Value::Null, "lambda:GetFunctionConfiguration", &arn),
        ("PUT", format!("{f}/code"), json!({}), "lambda:UpdateFunctionCode", &arn),
        (
            "PUT",
            format!("{f}/configuration"),
            json!({}),
            "lambda:UpdateFunctionConfiguration",
            &arn,
        ),
        ("DELETE", f.clone(), Value::Null, "lambda:DeleteFunction", &arn),
        ("POST", format!("{f}/invocations"), json!({}), "lambda:InvokeFunction", &arn),
        (
            "PUT",
            put.clone(),
            json!({"ReservedConcurrentExecutions": 1}),
            "lambda:PutFunctionConcurrency",
            &arn,
        ),
        ("DELETE", put, Value::Null, "lambda:DeleteFunctionConcurrency", &arn),
        ("GET", get, Value::Null, "lambda:GetFunctionConcurrency", &arn),
        ("GET", tags.clone(), Value::Null, "lambda:ListTags", &arn),
        ("POST", tags.clone(), json!({"Tags": {"k": "v"}}), "lambda:TagResource", &arn),
        ("DELETE", format!("{tags}?tagKeys=k"), Value::Null, "lambda:UntagResource", &arn),
        (
            "GET",
            "/2016-08-19/account-settings".to_owned(),
            Value::Null,
            "lambda:GetAccountSettings",
            "*",
        ),
        ("GET", FUNCTIONS.to_owned(), Value::Null, "lambda:ListFunctions", "*"),
        ("GET", MAPPINGS.to_owned(), Value::Null, "lambda:ListEventSourceMappings", "*"),
        ("POST", MAPPINGS.to_owned(), json!({}), "lambda:CreateEventSourceMapping", "*"),
        ("GET", m.clone(), Value::Null, "lambda:GetEventSourceMapping", &mapping),
        ("PUT", m.clone(), json!({}), "lambda:UpdateEventSourceMapping", &mapping),
        ("DELETE", m.clone(), Value::Null, "lambda:DeleteEventSourceMapping", &mapping),
    ] {
        assert_eq!(
            asked(&host, method, &path, body).await,
            [pair(action, resource)],
            "{method} {path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_hangs_on_a_function_is_asked_about_by_the_function() {
    let host = Host::new().await;
    let arn = function_arn("f");
    let f = format!("{FUNCTIONS}/f");
    for (method, path, body, action, resource) in [
        ("POST", format!("{f}/policy"), json!({}), "lambda:AddPermission", &*arn),
        ("POST", format!("{f}/versions"), json!({}), "lambda:PublishVersion", &arn),
        ("GET", format!("{f}/versions"), Value::Null, "lambda:ListVersionsByFunction", &arn),
        ("POST", format!("{f}/aliases"), json!({}), "lambda:CreateAlias", &arn),
        ("GET", format!("{f}/aliases"), Value::Null, "lambda:ListAliases", &arn),
        ("GET", format!("{f}/aliases/live"), Value::Null, "lambda:GetAlias", &arn),
        ("PUT", format!("{f}/aliases/live"), json!({}), "lambda:UpdateAlias", &arn),
        ("DELETE", format!("{f}/aliases/live"), Value::Null, "lambda:DeleteAlias", &arn),
        ("GET", format!("{f}/policy"), Value::Null, "lambda:GetPolicy", &arn),
        ("DELETE", format!("{f}/policy/s"), Value::Null, "lambda:RemovePermission", &arn),
        (
            "POST",
            format!("{f}/invocations?Qualifier=live"),
            json!({}),
            "lambda:InvokeFunction",
            &*format!("{arn}:live"),
        ),
    ] {
        let expected = [pair(action, resource)];
        assert_eq!(asked(&host, method, &path, body).await, expected, "{method} {path}");
    }
}

#[tokio::test(start_paused = true)]
async fn asynchronous_calls_are_set_up_by_who_may_use_their_destinations() {
    let host = Host::new().await;
    let (arn, next) = (function_arn("f"), function_arn("g"));
    let path = "/2019-09-25/functions/f/event-invoke-config";
    let config = json!({"DestinationConfig": {
        "OnSuccess": {"Destination": stream_arn("s")},
        "OnFailure": {"Destination": next},
    }});
    for (method, operation) in [
        ("PUT", "lambda:PutFunctionEventInvokeConfig"),
        ("POST", "lambda:UpdateFunctionEventInvokeConfig"),
    ] {
        let expected = [
            pair(operation, &arn),
            pair("kinesis:PutRecords", &stream_arn("s")),
            pair("lambda:InvokeFunction", &next),
        ];
        let asked = asked_allowing(2, &host, method, path, config.clone()).await;
        assert_eq!(asked, expected, "{method}");
    }
    let live = format!("{path}?Qualifier=live");
    let qualified = format!("{arn}:live");
    for (method, path, action, arn) in [
        ("GET", path, "lambda:GetFunctionEventInvokeConfig", &arn),
        ("DELETE", &*live, "lambda:DeleteFunctionEventInvokeConfig", &qualified),
        ("GET", &*format!("{path}/list"), "lambda:ListFunctionEventInvokeConfigs", &arn),
    ] {
        assert_eq!(asked(&host, method, path, Value::Null).await, [pair(action, arn)], "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn giving_a_role_needs_the_right_to_pass_it() {
    let host = Host::new().await;
    let create = asked(&host, "POST", FUNCTIONS, new_function("f", "(copy)")).await;
    let pass = pair("iam:PassRole", ROLE);
    assert_eq!(create, [pair("lambda:CreateFunction", &function_arn("f")), pass.clone()]);
    assert_eq!(host.get(FUNCTIONS).await, json!({"Functions": []}));
    let path = format!("{FUNCTIONS}/f/configuration");
    let update = asked(&host, "PUT", &path, json!({"Role": ROLE})).await;
    assert_eq!(update[1], pass);
}

#[tokio::test(start_paused = true)]
async fn whoever_makes_something_with_tags_must_be_allowed_to_tag() {
    let host = Host::new().await;
    let mut new = new_function("f", "(copy)");
    new["Tags"] = json!({"k": "v"});
    let create = asked_allowing(2, &host, "POST", FUNCTIONS, new).await;
    assert_eq!(create[2], pair("lambda:TagResource", &function_arn("f")));
    let mapping =
        json!({"FunctionName": "f", "EventSourceArn": stream_arn("in"), "Tags": {"k": "v"}});
    let create = asked(&host, "POST", MAPPINGS, mapping).await;
    let any = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:*");
    assert_eq!(create[1], pair("lambda:TagResource", &any));
}

#[tokio::test(start_paused = true)]
async fn a_mapping_is_judged_by_the_functions_it_leads_to() {
    let host = crate::mapped::host("(copy)").await;
    host.create("g", "(copy)").await;
    let uuid = crate::mapped::attach(&host, json!({})).await;
    let path = format!("{MAPPINGS}/{uuid}");
    let notes = Notes { allowed: 9, ..Notes::default() };
    let body = json!({"FunctionName": "g", "BatchSize": 7}).to_string().into();
    let request = Asked { method: "PUT", path: path.clone(), headers: Vec::new(), body };
    host.ask(&notes, &caller(), request).await.unwrap();
    let functions = notes.values_of("lambda:FunctionArn");
    assert_eq!(functions, [function_arn("f"), function_arn("g")]);
    for method in ["GET", "DELETE"] {
        let notes = Notes { allowed: 1, ..Notes::default() };
        let request = Asked { method, path: path.clone(), headers: Vec::new(), body: Bytes::new() };
        host.ask(&notes, &caller(), request).await.unwrap();
        assert_eq!(notes.values_of("lambda:FunctionArn"), [function_arn("g")], "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_names_another_account_is_judged_by_its_arn() {
    let host = Host::new().await;
    let arn = "arn:aws:lambda:us-east-1:999999999999:function:f";
    let path = format!("{FUNCTIONS}/{}", arn.replace(':', "%3A"));
    assert_eq!(asked(&host, "GET", &path, Value::Null).await, [pair("lambda:GetFunction", arn)]);
    let told = host.refused("GET", &path, Value::Null).await;
    assert_eq!((told.status, told.message), (404, format!("Function not found: {arn}")));
}

#[tokio::test(start_paused = true)]
async fn whoever_maps_a_stream_must_be_allowed_to_read_it_and_to_write_the_target() {
    let host = Host::new().await;
    let on_success = |arn: &str| json!({"OnSuccess": {"Destination": arn}});
    let (source, target) = (stream_arn("in"), stream_arn("out"));
    let mut body = json!({"FunctionName": "f", "EventSourceArn": source});
    let create = pair("lambda:CreateEventSourceMapping", "*");
    let read = pair("kinesis:GetRecords", &source);
    assert_eq!(asked(&host, "POST", MAPPINGS, body.clone()).await, [create, read]);
    let consumer = format!("{source}/consumer/c:1");
    body["EventSourceArn"] = consumer.clone().into();
    let create = pair("lambda:CreateEventSourceMapping", "*");
    let subscribe = pair("kinesis:SubscribeToShard", &consumer);
    assert_eq!(asked(&host, "POST", MAPPINGS, body.clone()).await, [create, subscribe]);
    for own in [source, consumer] {
        body["EventSourceArn"] = own.replace(ACCOUNT, "999999999999").into();
        let asked = asked(&host, "POST", MAPPINGS, body.clone()).await;
        assert_eq!(asked.len(), 1, "it is not found anyway");
    }
    let m = format!("{MAPPINGS}/0a1b2c3d-0000-4fff-8123-0123456789ab");
    let update = asked(&host, "PUT", &m, json!({"DestinationConfig": on_success(&target)})).await;
    assert_eq!(update[1], pair("kinesis:PutRecords", &target));
}
