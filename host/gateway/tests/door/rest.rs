//! Operations that are bound to a method and a path.

use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use serde_json::{Value, json};

use crate::client::{Ask, send, send1, send2};
use crate::rest_client::{Rest, is_failure};
use crate::things::start;

#[tokio::test]
async fn labels_and_parameters_arrive_decoded() {
    let server = start().await;
    let path = "/2015-03-31/things/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Ax";
    let plain = "/2015-03-31/things/arn:aws:lambda:us-east-1:000000000000:function:x/";
    let thing = |qualifier: Value, max_items: Value| {
        json!({
            "Name": "arn:aws:lambda:us-east-1:000000000000:function:x",
            "Qualifier": qualifier,
            "MaxItems": max_items,
            "Account": "000000000000",
            "Created": 1_793_491_200.0,
            "LastModified": "2026-11-01T00:00:00.456+0000",
        })
    };
    for (target, expected) in [
        (path.to_owned(), thing(Value::Null, Value::Null)),
        (plain.to_owned(), thing(Value::Null, Value::Null)),
        (format!("{path}?Qualifier=%24LATEST&MaxItems=7"), thing("$LATEST".into(), 7.into())),
        (format!("{plain}?MaxItems=7&Qualifier=a%2Fb"), thing("a/b".into(), 7.into())),
    ] {
        let got = Rest::get(&*target).send(&server).await;
        assert_eq!((got.status.as_u16(), got.json()), (200, expected), "{target}");
        assert_eq!(got.header("content-type"), "application/json");
        assert_eq!(got.header("x-amz-id-2").len(), 96);
    }
    let series = r#"shardmill_requests_total{service="lambda",operation="GetThing",code="OK"}"#;
    assert_eq!(server.metric(series), 8);
}

#[tokio::test]
async fn members_are_read_from_the_body() {
    let server = start().await;
    let body = r#"{"Name":"n","ZipFile":"AAECAw==","Variables":{"A":"1","B":"2"}}"#;
    for target in ["/2015-03-31/things", "/2015-03-31/things/"] {
        // The content type does not matter.
        let ask = Rest::post(target, body).header("content-type", "text/plain");
        let got = ask.send(&server).await;
        let expected = json!({"Name": "n", "CodeSize": 4, "Variables": 2});
        assert_eq!((got.status.as_u16(), got.json()), (201, expected));
    }
    let got = Rest::post("/2015-03-31/things", "").send(&server).await;
    let message = "1 validation error detected: Value null at 'name' failed to satisfy constraint: \
                   Member must not be null";
    is_failure(&got, 400, "ValidationException", &json!({ "message": message }));
    let got = Rest::post("/2015-03-31/things", r#"{"Name":1}"#).send(&server).await;
    let message = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String";
    is_failure(&got, 400, "SerializationException", &json!({ "Message": message }));
}

#[tokio::test]
async fn answers_without_a_body_have_none() {
    let server = start().await;
    let got = Rest::new(Method::DELETE, "/2015-03-31/things/n").send(&server).await;
    assert_eq!((got.status.as_u16(), got.text()), (204, ""));
    assert_eq!(got.header("content-type"), "");
}

#[tokio::test]
async fn payloads_pass_as_they_are_with_headers_about_them() {
    let server = start().await;
    let target = "/2015-03-31/things/n/invocations?Qualifier=live";
    let payload: Vec<u8> = (0..=255).collect();
    let ask = Rest::post(target, payload.clone()).header("x-amz-log-type", "Tail");
    let got = ask.send(&server).await;
    assert_eq!((got.status.as_u16(), &got.body[..]), (200, &payload[..]));
    assert_eq!(got.header("content-type"), "application/octet-stream");
    assert_eq!(got.header("x-amz-executed-version"), "$LATEST");
    assert_eq!((got.header("x-amz-log-result"), got.header("x-name")), ("bG9n", "n"));
    // What cannot stand in a header is left out.
    assert_eq!((got.header("x-split"), got.header("x-smuggled")), ("", ""));

    let got = Rest::post(target, "").send(&server).await;
    assert_eq!((got.status.as_u16(), got.text()), (202, ""));
    assert_eq!(got.header("x-amz-log-result"), "");
}

#[tokio::test]
async fn exceptions_have_their_own_status_and_members() {
    let server = start().await;
    for (code, status, kind) in [
        ("ResourceConflictException", 409, "User"),
        ("RequestTooLargeException", 413, "User"),
        ("ServiceException", 500, "Server"),
        ("InvalidRuntimeException", 502, "Server"),
        ("ServiceUnavailableException", 503, "Server"),
    ] {
        let got = Rest::get(format!("/2015-03-31/things/{code}")).send(&server).await;
        let expected = json!({"Type": kind, "message": format!("It is {status}.")});
        is_failure(&got, status, code, &expected);
    }
    let got = Rest::get("/2015-03-31/things/ResourceNotFoundException").send(&server).await;
    let expected = json!({"Type": "User", "Message": "It is 404."});
    is_failure(&got, 404, "ResourceNotFoundException", &expected);
    let got = Rest::get("/2015-03-31/things/TooManyRequestsException").send(&server).await;
    let expected =
        json!({"Type": "User", "message": "It is 429.", "Reason": "CallerRateLimitExceeded"});
    is_failure(&got, 429, "TooManyRequestsException", &expected);
    assert_eq!((got.header("retry-after"), got.header("x-bad")), ("1", ""));
    let series = r#"shardmill_requests_total{service="lambda",operation="GetThing",code="ResourceNotFoundException"}"#;
    assert_eq!(server.metric(series), 2);
}

#[tokio::test]
async fn names_are_validated_after_they_are_decoded() {
    let server = start().await;
    let got = Rest::get("/2015-03-31/things/a%2Fb?MaxItems=0").send(&server).await;
    let message = "2 validation errors detected: Value 'a/b' at 'name' failed to satisfy constraint: \
                   Member must satisfy regular expression pattern: [a-zA-Z0-9-_:$]+; Value '0' at \
                   'maxItems' failed to satisfy constraint: Member must have value greater than or \
                   equal to 1";
    is_failure(&got, 400, "ValidationException", &json!({ "message": message }));
    let got = Rest::get("/2015-03-31/things/n?MaxItems=x").send(&server).await;
    let message = "'x' can not be converted to an Integer";
    is_failure(&got, 400, "SerializationException", &json!({ "Message": message }));
    let got = Rest::get("/2015-03-31/things/%ff").send(&server).await;
    assert_eq!(got.header("x-amzn-errortype"), "MalformedHttpRequestException");
}

#[tokio::test]
async fn methods_and_paths_that_nothing_is_bound_to() {
    let server = start().await;
    let expected = json!({"message": "No operation has this method and this path."});
    for (method, target) in [
        (Method::GET, "/2015-03-31/nothing"),
        (Method::POST, "/x"),
        (Method::GET, "/2015-03-31/things//invocations"),
        (Method::PUT, "/2015-03-31/things/n"),
        (Method::GET, "/2015-03-31/things/n/invocations"),
        (Method::OPTIONS, "/2015-03-31/things/n"),
    ] {
        // Nobody has to be anybody for that.
        let unsigned = Rest { secret: "wrong", ..Rest::new(method, target) };
        let got = unsigned.send(&server).await;
        is_failure(&got, 404, "UnknownOperationException", &expected);
    }
    let got = Rest::get("/2018-10-31/layers").send(&server).await;
    let message = "ListLayers is not supported by this server: there are no layers";
    is_failure(&got, 400, "InvalidParameterValueException", &json!({ "message": message }));
}

#[tokio::test]
async fn nothing_is_done_for_strangers() {
    let server = start().await;
    let target = "/2015-03-31/things/n/invocations";
    let ask = || Rest::post(target, "{}");
    let mut unsigned = ask().http1(&server);
    unsigned.headers_mut().remove("authorization");
    let got = send(&server, unsigned).await;
    let expected = json!({"message": "Missing Authentication Token"});
    is_failure(&got, 403, "MissingAuthenticationTokenException", &expected);

    let got = Rest { key: "other", ..ask() }.send(&server).await;
    let message = "The security token included in the request is invalid.";
    is_failure(&got, 403, "UnrecognizedClientException", &json!({ "message": message }));

    let got = Rest { service: "kinesis", ..ask() }.send(&server).await;
    let message = "Credential should be scoped to correct service: 'lambda'. ";
    is_failure(&got, 403, "InvalidSignatureException", &json!({ "message": message }));

    let mismatch = "The request signature we calculated does not match the signature you provided. Check \
                    your AWS Secret Access Key and signing method. Consult the service documentation for \
                    details.";
    let got = Rest { secret: "wrong", ..ask() }.send(&server).await;
    is_failure(&got, 403, "InvalidSignatureException", &json!({ "message": mismatch }));
    // Neither the path nor the query nor the body may differ from what was signed.
    for (target, body) in [
        ("/2015-03-31/things/m/invocations", "{}"),
        ("/2015-03-31/things/n/invocations?Qualifier=2", "{}"),
        ("/2015-03-31/things/%6E/invocations", "{}"),
        ("/2015-03-31/things/n/invocations/", "{}"),
        (target, "[]"),
    ] {
        let mut request = ask().http1(&server);
        *request.uri_mut() = target.parse().unwrap();
        *request.body_mut() = Full::new(Bytes::from_static(body.as_bytes()));
        let got = send(&server, request).await;
        is_failure(&got, 403, "InvalidSignatureException", &json!({ "message": mismatch }));
    }
}

#[tokio::test]
async fn compressed_bodies_are_refused_in_json() {
    let server = start().await;
    let ask = Rest::post("/2015-03-31/things", "x").header("content-encoding", "gzip");
    let message = "Content-Encoding 'gzip' is not supported: send the body as it is.";
    let got = ask.send(&server).await;
    is_failure(&got, 415, "UnsupportedMediaTypeException", &json!({ "message": message }));
}

#[tokio::test]
async fn services_stand_next_to_each_other() {
    let server = start().await;
    assert_eq!(send1(&server, &Ask::to("Echo")).await.status, 200);
    let own = Ask { prefix: "Shardmill_20261101", service: "shardmill", ..Ask::to("Echo") };
    assert_eq!(send1(&server, &own).await.status, 200);
    assert_eq!(send2(&server, &own).await.status, 200);
    let series = r#"shardmill_requests_total{service="shardmill",operation="Echo",code="OK"}"#;
    assert_eq!(server.metric(series), 2);
    let foreign = Ask { service: "kinesis", ..own };
    let message = Some("Credential should be scoped to correct service: 'shardmill'. ");
    send1(&server, &foreign).await.is_failure(400, "InvalidSignatureException", message);
    let unknown = Ask { prefix: "Lambda_20150331", ..Ask::to("GetThing") };
    send1(&server, &unknown).await.is_failure(400, "UnknownOperationException", None);
    // AWS JSON still refuses what has no body before anything else.
    let empty = Ask { body: Bytes::new(), ..Ask::to("Echo") };
    send1(&server, &empty).await.is_failure(400, "SerializationException", None);
}
