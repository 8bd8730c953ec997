//! Signatures made by another implementation: botocore 1.43's `SigV4Auth`, for requests as its
//! clients send them to the services that this server speaks for.

use super::*;

struct Case {
    name: &'static str,
    method: &'static str,
    target: &'static str,
    host: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static [u8],
    token: Option<&'static str>,
    region: &'static str,
    service: &'static str,
    now: (i64, &'static str),
    signed_headers: &'static str,
    signature: &'static str,
}

const CASES: [Case; 12] = [
    Case {
        name: "put_records",
        method: "POST",
        target: "/",
        host: "127.0.0.1:4567",
        headers: &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "Kinesis_20131202.PutRecords"),
        ],
        body: b"{\"StreamName\":\"orders\",\"Records\":[]}",
        token: None,
        region: "us-east-1",
        service: "kinesis",
        now: (1793534400000, "20261101T120000Z"),
        signed_headers: "content-type;host;x-amz-date;x-amz-target",
        signature: "d09a03b77b85abd558e09da341c2b0cad995d0900b9541d63c218bce28a3e216",
    },
    Case {
        name: "put_record_token",
        method: "POST",
        target: "/",
        host: "kinesis.eu-central-1.amazonaws.com",
        headers: &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "Kinesis_20131202.PutRecord"),
        ],
        body: b"{\"StreamName\":\"orders\",\"Data\":\"AAEC\",\"PartitionKey\":\"a\"}",
        token: Some("FwoGZXIvYXdzEXAMPLE//token=="),
        region: "eu-central-1",
        service: "kinesis",
        now: (1793577599000, "20261101T235959Z"),
        signed_headers: "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
        signature: "84b701f744b2863fb844049e18fbda78b9f4ff78166a9b02dea58608f9f55915",
    },
    Case {
        name: "cbor_body",
        method: "POST",
        target: "/",
        host: "localhost:4567",
        headers: &[
            ("content-type", "application/x-amz-cbor-1.1"),
            ("x-amz-target", "Kinesis_20131202.ListStreams"),
        ],
        body: b"\x7f\x00binary\r\n",
        token: None,
        region: "us-west-2",
        service: "kinesis",
        now: (1709164800000, "20240229T000000Z"),
        signed_headers: "content-type;host;x-amz-date;x-amz-target",
        signature: "1a58528db70ca846d6a2e95ec8037f43e71e0ece58fee2e26f9167e4b9506937",
    },
    Case {
        name: "empty_body_target",
        method: "POST",
        target: "/",
        host: "[::1]:4567",
        headers: &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "Firehose_20150804.ListDeliveryStreams"),
        ],
        body: b"",
        token: None,
        region: "ap-southeast-2",
        service: "firehose",
        now: (1798761599000, "20261231T235959Z"),
        signed_headers: "content-type;host;x-amz-date;x-amz-target",
        signature: "84cabebe317ffa2bafc7b6eb506b5be2ffc45b6b9ad548b6d7b0a58db4694998",
    },
    Case {
        name: "lambda_get",
        method: "GET",
        target: "/2015-03-31/functions/resize/versions?Marker=abc%2Fdef%3D%3D&MaxItems=10",
        host: "localhost:4567",
        headers: &[],
        body: b"",
        token: None,
        region: "us-east-1",
        service: "lambda",
        now: (1793534400000, "20261101T120000Z"),
        signed_headers: "host;x-amz-date",
        signature: "84269cc08359cca483d5a2df29f974766310dbe44f9c5108f7d5cf0a61fd66f3",
    },
    Case {
        name: "lambda_tags_arn_path",
        method: "GET",
        target: "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aresize",
        host: "localhost:4567",
        headers: &[],
        body: b"",
        token: None,
        region: "us-east-1",
        service: "lambda",
        now: (1793534400000, "20261101T120000Z"),
        signed_headers: "host;x-amz-date",
        signature: "241c225a2600612bb2464f6af3988724365583dbd89e856c6ef685fae2221413",
    },
    Case {
        name: "lambda_untag_repeated_keys",
        method: "DELETE",
        target: "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af?tagKeys=b&tagKeys=a&tagKeys=a%20b",
        host: "localhost:4567",
        headers: &[],
        body: b"",
        token: None,
        region: "us-east-1",
        service: "lambda",
        now: (1793534400000, "20261101T120000Z"),
        signed_headers: "host;x-amz-date",
        signature: "15a7dc08712380203c143fc9c64949606263f73d83758479aae289e36c887e31",
    },
    Case {
        name: "lambda_invoke_client_context",
        method: "POST",
        target: "/2015-03-31/functions/resize%3Alive/invocations?Qualifier=%24LATEST",
        host: "lambda.us-east-1.amazonaws.com",
        headers: &[
            ("x-amz-client-context", "eyJrIjoidiJ9"),
            ("x-amz-invocation-type", "RequestResponse"),
            ("x-amz-log-type", "Tail"),
        ],
        body: b"{\"k\":\"v\"}",
        token: None,
        region: "us-east-1",
        service: "lambda",
        now: (1793534400000, "20261101T120000Z"),
        signed_headers: "host;x-amz-client-context;x-amz-date;x-amz-invocation-type;x-amz-log-type",
        signature: "e0641d1c406c5c69056b1b7904a4df4f24526c1e0db0e53506d43923be1b284e",
    },
    Case {
        name: "header_blanks",
        method: "POST",
        target: "/",
        host: "localhost:4567",
        headers: &[
            ("content-type", "application/x-amz-json-1.1;  charset=utf-8"),
            ("x-amz-target", "DynamoDB_20120810.GetItem"),
            ("x-amz-note", "  two   words "),
        ],
        body: b"{}",
        token: None,
        region: "us-east-1",
        service: "dynamodb",
        now: (1793534400000, "20261101T120000Z"),
        signed_headers: "content-type;host;x-amz-date;x-amz-note;x-amz-target",
        signature: "3a3003c11306fc17a75b8fddbc2343086ba39496a2879b4a9fad91611bbbc0be",
    },
    Case {
        name: "sts_form",
        method: "POST",
        target: "/",
        host: "sts.amazonaws.com",
        headers: &[(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )],
        body: b"Action=GetCallerIdentity&Version=2011-06-15",
        token: None,
        region: "us-east-1",
        service: "sts",
        now: (1793534400000, "20261101T120000Z"),
        signed_headers: "content-type;host;x-amz-date",
        signature: "8367c9e66e931cb6f1ecb8a1f2eeb655cb0a016889c95fbc1f5b5e24f708de62",
    },
    Case {
        name: "path_tilde_and_encoded_slash",
        method: "PUT",
        target: "/a~b/c%2Fd/%E1%88%B4/e.f-g_h",
        host: "localhost:4567",
        headers: &[],
        body: b"x",
        token: None,
        region: "us-east-1",
        service: "kinesisvideo",
        now: (1793534400000, "20261101T120000Z"),
        signed_headers: "host;x-amz-date",
        signature: "e70fb5be4eca8e68a6dfbad0be787713e590e300e07caf3421624cab52c65adf",
    },
    Case {
        name: "scope_names",
        method: "PATCH",
        target: "/v1/jobs",
        host: "localhost:4567",
        headers: &[("content-type", "application/json")],
        body: b"{}",
        token: None,
        region: "us-gov-west-1",
        service: "kinesisanalytics",
        now: (1793534400000, "20261101T120000Z"),
        signed_headers: "content-type;host;x-amz-date",
        signature: "de381c3e67a9beb0881c48afd3f693af708797117f1455243d79d9ae2104fb2f",
    },
];

#[test]
fn the_signer_agrees_with_botocore_and_the_verifier_with_both() {
    for case in &CASES {
        let (path, query) = case.target.split_once('?').unwrap_or((case.target, ""));
        let mut sent = Sent {
            method: case.method.parse().expect("a method"),
            path: path.into(),
            query: query.into(),
            host: case.host.into(),
            headers: header_map(case.headers),
            body: case.body.into(),
        };
        let (now_ms, iso_basic) = case.now;
        sent.sign(case.region, case.service, case.token, now_ms)
            .expect("well-formed");
        let expected = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}/{}/{}/aws4_request, SignedHeaders={}, \
             Signature={}",
            &iso_basic[..8],
            case.region,
            case.service,
            case.signed_headers,
            case.signature
        );
        assert_eq!(sent.authorization(), expected, "{}", case.name);
        assert_eq!(sent.headers["x-amz-date"], iso_basic, "{}", case.name);
        assert_eq!(sent.check(now_ms), Ok(()), "{}", case.name);
    }
}
