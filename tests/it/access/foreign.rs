//! What is in another account: the same answer whether it is there or not, by every operation that can name it.

use base64_simd::STANDARD;
use e2e::client::{Client, Reply};
use e2e::{Launch, workspace};
use http::Method;
use serde_json::{Value, json};

use super::coverage::refusal;
use super::examples::{ACCOUNT, Example, Named, UUID, make_queue, services};

/// The account that looks over the fence.
const OTHER: &str = "222233334444";
/// What stream, function, user, role and secret are called; no word of any text.
const THERE: &str = "kept-7";
/// The name of a stream that is gone.
const GONE: &str = "gone-7";

/// What one account has, as another one names it.
struct Fence {
    there: Named,
    away: Named,
    key: String,
}

fn fence(root: &mut Client) -> Fence {
    for name in [THERE, GONE] {
        root.call("CreateStream", &json!({ "StreamName": name, "ShardCount": 1 })).unwrap();
    }
    let mut iterator = |name: &str| {
        let start =
            json!({ "StreamName": name, "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" });
        let made = root.call("GetShardIterator", &start).unwrap();
        made["ShardIterator"].as_str().unwrap().to_owned()
    };
    let (of_there, of_gone) = (iterator(THERE), iterator(GONE));
    root.call("DeleteStream", &json!({ "StreamName": GONE })).unwrap();
    let guest = workspace::text("guests/programs/identity.wat").unwrap();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/r");
    let code = json!({ "ZipFile": STANDARD.encode_to_string(guest) });
    let function = json!({ "FunctionName": THERE, "Role": role, "Code": code });
    root.rest(&Method::POST, "/2015-03-31/functions", &function).unwrap();
    let source = format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{THERE}");
    let mapping =
        json!({ "FunctionName": THERE, "EventSourceArn": source, "StartingPosition": "LATEST" });
    let mapping = root.rest(&Method::POST, "/2015-03-31/event-source-mappings", &mapping).unwrap();
    root.own("CreateUser", &json!({ "UserName": THERE })).unwrap();
    let trust =
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}"#;
    let role = json!({ "RoleName": THERE, "AssumeRolePolicyDocument": trust });
    root.own("CreateRole", &role).unwrap();
    root.own("PutSecret", &json!({ "Name": THERE, "SecretString": "x" })).unwrap();
    let key = root.own("CreateAccessKey", &json!({ "UserName": THERE })).unwrap();
    Fence {
        there: Named {
            name: THERE.to_owned(),
            uuid: mapping["UUID"].as_str().unwrap().to_owned(),
            iterator: of_there,
            queue: make_queue(root, "wide"),
        },
        away: Named {
            name: GONE.to_owned(),
            uuid: UUID.to_owned(),
            iterator: of_gone,
            queue: "arn:aws:kinesis:us-east-1:000000000000:queue/abcdefghij0123456789-abc"
                .to_owned(),
        },
        key: key["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned(),
    }
}

/// The same request, of somebody in another account who names this one.
fn over_the_fence(service: &str, named: &Named) -> Named {
    let name = match service {
        "kinesis" => format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{}", named.name),
        "lambda" => format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{}", named.name),
        "kms" => format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/{}", named.name),
        _ => named.name.clone(),
    };
    Named { name, ..named.clone() }
}

/// The reply without what the caller itself brought.
fn shape(reply: &Reply, named: &Named, key: &str) -> (u16, String, Option<String>) {
    let text =
        reply.text().replace(&named.name, "ARN").replace(THERE, "NAME").replace(GONE, "NAME");
    let text = text.replace(&named.queue, "QUEUE").replace(&named.uuid, "UUID").replace(key, "KEY");
    (reply.status, text, reply.header("x-amzn-errortype").map(str::to_owned))
}

#[test]
fn every_operation_answers_alike_whether_a_foreign_resource_is_there_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let server = Launch::dev(folder.path().join("data")).arg("--no-limits").start().unwrap();
    let mut root = server.client();
    let fence = fence(&mut root);
    root.own("CreateAccount", &json!({ "AccountName": "other", "AccountId": OTHER })).unwrap();
    let key = root.own("CreateAccessKey", &json!({ "AccountId": OTHER })).unwrap();
    let word = |member: &str| key["AccessKey"][member].as_str().unwrap().to_owned();
    let mut other =
        Client::with_key(server.address(), &word("AccessKeyId"), &word("SecretAccessKey"));
    let mut denied = 0;
    for service in services() {
        for info in service.working() {
            let own = info.action.split(':').next().unwrap_or_default();
            let mut shapes = Vec::new();
            for (named, id) in [(&fence.there, &*fence.key), (&fence.away, "SMAKAAAAAAAAAAAAAAAA")]
            {
                let kind = match info.name {
                    "GetFunctionLogs" | "GetFunctionStats" => "lambda",
                    name if name.ends_with("StreamCompression") => "kinesis",
                    _ => own,
                };
                let named = over_the_fence(kind, named);
                let mut example = service.example(info, &named);
                point_over(&mut example, own, id);
                let reply = other.request(&example.asked(), &example.bytes()).unwrap();
                let told = refusal(&example, &reply);
                denied += u32::from(told.is_some_and(|it| it.code == "AccessDeniedException"));
                shapes.push(shape(&reply, &named, id));
            }
            assert_eq!(shapes[0], shapes[1], "{}", info.name);
        }
    }
    assert!(denied > 60, "only {denied} requests were denied");
    let left = root.call("DescribeStreamSummary", &json!({ "StreamName": THERE }));
    assert!(left.is_ok(), "nothing of it happened: {left:?}");
}

/// Names the account of the fence where the operation takes one.
fn point_over(example: &mut Example, kind: &str, key: &str) {
    if ["iam", "secretsmanager"].contains(&kind) {
        example.body["AccountId"] = ACCOUNT.into();
    }
    if let Some(id @ Value::String(_)) = example.body.get_mut("AccessKeyId") {
        *id = key.into();
    }
}
