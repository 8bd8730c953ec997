//! Events as CloudTrail writes them, and what never stands in one.

use serde_json::json;
use wire::{Checks, State, Tls};

use super::*;

fn caller(principal: &str) -> Caller {
    Caller {
        account: "123456789012".parse().unwrap(),
        region: "eu-central-1".parse().unwrap(),
        principal: principal.to_owned(),
        access_key_id: "AKID".to_owned(),
        origin: Origin {
            address: Some([10, 0, 0, 7].into()),
            user_agent: Some("aws-cli/2".to_owned()),
            ..Origin::default()
        },
        request_id: "request".to_owned(),
    }
}

fn happened<'a>(caller: &'a Caller, failure: Option<&'a Failure>) -> Happened<'a> {
    Happened {
        who: Who::Caller(caller),
        service: "kinesis",
        name: "CreateStream",
        trail: Trail::Write,
        notes: None,
        failure,
        is_open: false,
        host: "streams.example",
    }
}

fn written(happened: &Happened<'_>) -> Value {
    let event = Event::of(happened, "event".to_owned());
    serde_json::from_str(&event.text(Millis(1_793_491_200_999))).unwrap()
}

#[test]
fn an_event_has_the_members_of_cloudtrail() {
    let caller = caller("arn:aws:iam::123456789012:user/team/ci");
    let expected = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": "ci", "accountId": "123456789012", "userName": "ci",
            "arn": "arn:aws:iam::123456789012:user/team/ci", "accessKeyId": "AKID",
        },
        "eventTime": "2026-11-01T00:00:00Z",
        "eventSource": "kinesis.amazonaws.com",
        "eventName": "CreateStream",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "10.0.0.7",
        "userAgent": "aws-cli/2",
        "requestParameters": null,
        "responseElements": null,
        "requestID": "request",
        "eventID": "event",
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
    });
    assert_eq!(written(&happened(&caller, None)), expected);
}

#[test]
fn identities_are_told_by_their_kind() {
    let kind =
        |principal: &str| written(&happened(&caller(principal), None))["userIdentity"].clone();
    let root = kind("arn:aws:iam::123456789012:root");
    assert_eq!((&root["type"], &root["principalId"]), (&json!("Root"), &json!("123456789012")));
    let role = kind("arn:aws:sts::123456789012:assumed-role/deploy/alice");
    assert_eq!(role["type"], "AssumedRole");
    assert_eq!(role["principalId"], "deploy:alice");
    assert_eq!(
        role["sessionContext"]["sessionIssuer"]["arn"],
        "arn:aws:iam::123456789012:role/deploy"
    );
    assert_eq!(who::user_name("AssumedRole", None, Some("deploy:alice")), "alice");
    assert_eq!(kind("nonsense")["type"], "Unknown");
}

#[test]
fn connections_are_told() {
    let mut caller = caller("arn:aws:iam::123456789012:root");
    caller.origin.tls = Some(Tls { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" });
    caller.origin.listener = Some("vpce-1".into());
    let event = written(&happened(&caller, None));
    let expected = json!({
        "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
        "clientProvidedHostHeader": "streams.example",
    });
    assert_eq!(event["tlsDetails"], expected);
    assert_eq!(event["vpcEndpointId"], "vpce-1");
}

#[test]
fn texts_that_may_repeat_what_was_sent_stay_out() {
    let caller = caller("arn:aws:iam::123456789012:root");
    let told = |failure: Failure| {
        let event = written(&happened(&caller, Some(&failure)));
        (event["errorCode"].clone(), event["errorMessage"].clone())
    };
    let missing = Failure::caller("ResourceNotFoundException", "Stream s not found");
    assert_eq!(told(missing), (json!("ResourceNotFoundException"), json!("Stream s not found")));
    for code in
        ["SerializationException", "InvalidArgumentException", "IncompleteSignatureException"]
    {
        assert_eq!(told(Failure::caller(code, "secret")), (json!(code), Value::Null));
    }
    let terminator = "Credential should be scoped with a valid terminator, not 'secret'.";
    let told_of = told(Failure::caller("InvalidSignatureException", terminator));
    assert_eq!(told_of.1, Value::Null);
    let mut checks = Checks::default();
    checks.broken(Some(&"secret"), &"partitionKey", "too long");
    checks.broken(Some(&"x"), &"tags.secret.member", "too long");
    let broken = told(checks.finish().unwrap_err());
    assert_eq!(broken.1, "constraints are broken at: partitionKey, tags");
}

#[test]
fn long_events_lose_what_they_can_do_without() {
    let caller = caller("arn:aws:iam::123456789012:root");
    let mut event = Event::of(&happened(&caller, None), "event".to_owned());
    event.put("requestParameters", json!({ "a": "x".repeat(EVENT_BYTES_MAX) }));
    let text = event.text(Millis(0));
    assert!(text.len() < EVENT_BYTES_MAX && text.contains("addendum"), "{text}");
}

#[test]
fn operations_of_lambda_have_the_date_of_their_path() {
    let info = |name, path| Info {
        name,
        action: "",
        binding: Binding::Path { method: wire::rest::Method::Post, path },
        body_limit: 0,
        state: State::Works,
        differs: "",
        trail: Trail::of(name),
        refused_with: "",
        takes_gzip: false,
    };
    let create = info("CreateFunction", "/2015-03-31/functions");
    assert_eq!(event_name(&create), "CreateFunction20150331");
    let update = info("UpdateFunctionCode", "/2015-03-31/functions/{FunctionName}/code");
    assert_eq!(event_name(&update), "UpdateFunctionCode20150331v2");
    let invoke = Info { trail: Trail::DataWrite, ..info("Invoke", "/2015-03-31/functions/x") };
    assert_eq!(event_name(&invoke), "Invoke");
    let target = Info { binding: Binding::Target, ..create };
    assert_eq!(event_name(&target), "CreateFunction");
}

#[test]
fn resources_have_types_and_only_those_that_are_known() {
    for (arn, kind) in [
        ("arn:aws:kinesis:r:1:stream/s", Some("AWS::Kinesis::Stream")),
        ("arn:aws:kms:r:1:key/k", Some("AWS::KMS::Key")),
        ("arn:aws:lambda:r:1:function:f", Some("AWS::Lambda::Function")),
        ("arn:aws:iam::1:role/r", Some("AWS::IAM::Role")),
        ("arn:aws:s3:::b", None),
        ("x", None),
    ] {
        assert_eq!(kind_of(arn), kind, "{arn}");
    }
}
