//! A request of each operation that works, and what it asks of policies. Derived from the tables of the services, so
//! that an operation without an example is one that fails.

use e2e::client::{Asked, Client};
use http::Method;
use serde_json::{Value, json};
use wire::rest;
use wire::{Binding, Info, State};

/// The account of `serve --dev`.
pub(super) const ACCOUNT: &str = "000000000000";
/// An account that nobody has.
pub(super) const NOBODY: &str = "777788889999";
/// The id of a mapping that is not there.
pub(super) const UUID: &str = "0a1b2c3d-0000-4fff-8123-0123456789ab";

/// A service, and all its operations.
pub(super) struct Service {
    signing: &'static str,
    prefix: &'static str,
    pub(super) operations: Vec<&'static Info>,
}

/// What is named in a request.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// Of streams, functions, users, roles and secrets.
    pub(super) name: String,
    pub(super) uuid: String,
    pub(super) iterator: String,
    /// The ARN of a queue.
    pub(super) queue: String,
}

/// A request, and what it asks: actions and ARNs.
pub(super) struct Example {
    service: &'static str,
    method: Method,
    path: String,
    target: Option<String>,
    pub(super) body: Value,
    pub(super) asks: Vec<(String, String)>,
}

impl Example {
    pub(super) fn asked(&self) -> Asked<'_> {
        let Self { service, method, path, target, .. } = self;
        Asked { method, path, service, target: target.clone() }
    }

    pub(super) fn is_rest(&self) -> bool {
        self.target.is_none()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        if self.body.is_null() { Vec::new() } else { self.body.to_string().into_bytes() }
    }
}

/// All services that the door has.
pub(super) fn services() -> Vec<Service> {
    let of = |signing, prefix, operations| Service { signing, prefix, operations };
    vec![
        of(
            "kinesis",
            "Kinesis_20131202",
            streams::ops::OPERATIONS.iter().map(|it| &it.info).collect(),
        ),
        of(
            "monitoring",
            "GraniteServiceVersion20100801",
            monitoring::ops::OPERATIONS.iter().map(|it| &it.info).collect(),
        ),
        of("lambda", "", functions::ops::OPERATIONS.iter().map(|it| &it.info).collect()),
        of(
            "shardmill",
            "Shardmill_20261101",
            functions::ops::OWN_OPERATIONS.iter().map(|it| &it.info).collect(),
        ),
        of(
            "shardmill",
            "Shardmill_20261101",
            streams::ops::OWN_OPERATIONS.iter().map(|it| &it.info).collect(),
        ),
        of(
            "shardmill",
            "Shardmill_20261101",
            identity::ops::OPERATIONS.iter().map(|it| &it.info).collect(),
        ),
        of(
            "kms",
            "TrentService",
            identity::kms::ops::OPERATIONS.iter().map(|it| &it.info).collect(),
        ),
    ]
}

impl Service {
    /// The operations that do their work.
    pub(super) fn working(&self) -> impl Iterator<Item = &'static Info> {
        self.operations.iter().copied().filter(|info| info.state == State::Works)
    }

    /// A request of an operation.
    pub(super) fn example(&self, info: &Info, named: &Named) -> Example {
        let (body, asks) = match self.signing {
            "kinesis" => kinesis(info, named),
            "lambda" => lambda(info, named),
            "kms" => kms(info, named),
            "monitoring" => (json!({}), vec![(info.action, "*".to_owned())]),
            _ => own(info, named),
        };
        let asks = asks.into_iter().map(|(action, arn)| (action.to_owned(), arn)).collect();
        let (method, path, target) = match info.binding {
            Binding::Target => {
                (Method::POST, "/".to_owned(), Some(format!("{}.{}", self.prefix, info.name)))
            }
            Binding::Path { method, path } => {
                let path = path.replace("{FunctionName}", &named.name.replace(':', "%3A"));
                let path = path.replace("{Resource}", &function(&named.name).replace(':', "%3A"));
                let path = path.replace("{StatementId}", "s").replace("{Name}", "live");
                (verb(method), path.replace("{UUID}", &named.uuid), None)
            }
        };
        Example { service: self.signing, method, path, target, body, asks }
    }
}

fn verb(method: rest::Method) -> Method {
    match method {
        rest::Method::Get => Method::GET,
        rest::Method::Post => Method::POST,
        rest::Method::Put => Method::PUT,
        rest::Method::Delete => Method::DELETE,
        other => panic!("{other:?} has no example"),
    }
}

type Asks = Vec<(&'static str, String)>;

/// The ARN of a stream, which may be given as one.
fn stream(name: &str) -> String {
    match name.starts_with("arn:") {
        true => name.to_owned(),
        false => format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{name}"),
    }
}

/// The member that names a stream.
fn named_stream(name: &str) -> Value {
    let member = if name.starts_with("arn:") { "StreamARN" } else { "StreamName" };
    json!({ member: name })
}

fn kinesis(info: &Info, Named { name, iterator, queue, .. }: &Named) -> (Value, Asks) {
    if info.name.contains("Queue") {
        return of_queue(info, &stream(name), queue);
    }
    let arn = stream(name);
    let consumer = format!("{arn}/consumer/c:1");
    let target = named_stream(name);
    let (body, arn) = match info.name {
        "ListStreams" | "DescribeLimits" | "DescribeAccountSettings" | "UpdateAccountSettings" => {
            (json!({}), "*".to_owned())
        }
        "GetRecords" => (json!({ "ShardIterator": iterator }), arn),
        "TagResource"
        | "UntagResource"
        | "ListTagsForResource"
        | "GetResourcePolicy"
        | "PutResourcePolicy"
        | "DeleteResourcePolicy" => (json!({ "ResourceARN": arn }), arn),
        "RegisterStreamConsumer"
        | "ListStreamConsumers"
        | "UpdateStreamMode"
        | "UpdateStreamRecordDistributionStrategy"
        | "UpdateMaxRecordSize" => (json!({ "StreamARN": arn }), arn),
        "SubscribeToShard" | "DescribeStreamConsumer" | "DeregisterStreamConsumer" => {
            (json!({ "ConsumerARN": consumer }), consumer)
        }
        _ => (target, arn),
    };
    (body, vec![(info.action, arn)])
}

fn of_queue(info: &Info, stream: &str, queue: &str) -> (Value, Asks) {
    match info.name {
        "ListQueues" => (json!({}), vec![(info.action, "*".to_owned())]),
        "CreateQueue" => {
            let on = json!([{ "StreamARN": stream }]);
            let body = json!({ "QueueName": "q", "StreamConfigurationList": on });
            let made = format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:queue/*");
            let on = ("kinesis:AssociateStreamsWithQueue", stream.to_owned());
            (body, vec![(info.action, made), on])
        }
        word => {
            let mut body = json!({ "QueueARN": queue });
            if word.starts_with("Receive") {
                body["WaitTimeSeconds"] = 1.into();
            }
            (body, vec![(info.action, queue.to_owned())])
        }
    }
}

/// A queue on a stream that is made for it.
pub(super) fn make_queue(root: &mut Client, name: &str) -> String {
    root.call("CreateStream", &json!({ "StreamName": name })).unwrap();
    let on = json!([{ "StreamARN": stream(name) }]);
    let queue = json!({ "QueueName": name, "StreamConfigurationList": on });
    let made = root.call("CreateQueue", &queue).unwrap();
    made["QueueDescription"]["QueueARN"].as_str().unwrap().to_owned()
}

fn lambda(info: &Info, Named { name, uuid, .. }: &Named) -> (Value, Asks) {
    let function = function(name);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/r");
    match info.name {
        "GetAccountSettings" | "ListFunctions" | "ListEventSourceMappings" => {
            (Value::Null, vec![(info.action, "*".to_owned())])
        }
        "CreateFunction" => (
            json!({ "FunctionName": name, "Role": role }),
            vec![(info.action, function), ("iam:PassRole", role)],
        ),
        "UpdateFunctionConfiguration" => {
            (json!({ "Role": role }), vec![(info.action, function), ("iam:PassRole", role)])
        }
        "CreateEventSourceMapping" => {
            let (source, target) = (stream("there"), stream("target"));
            let output = json!({ "OnSuccess": { "Destination": target } });
            let body = json!({ "FunctionName": name, "EventSourceArn": source, "DestinationConfig": output });
            let (read, write) = (("kinesis:GetRecords", source), ("kinesis:PutRecords", target));
            (body, vec![(info.action, "*".to_owned()), read, write])
        }
        "PutFunctionEventInvokeConfig" => {
            let target = stream("target");
            let output = json!({ "OnFailure": { "Destination": target } });
            let asks = vec![(info.action, function), ("kinesis:PutRecords", target)];
            (json!({ "DestinationConfig": output }), asks)
        }
        word if word.contains("EventSourceMapping") => {
            let arn = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:event-source-mapping:{uuid}");
            let body = if word.starts_with("Update") { json!({}) } else { Value::Null };
            (body, vec![(info.action, arn)])
        }
        word => {
            let has_body = ["Update", "Put", "Add"].iter().any(|verb| word.starts_with(verb));
            let others = ["Invoke", "TagResource", "CreateAlias", "PublishVersion"];
            let has_body = has_body || others.contains(&word);
            let body = if has_body { json!({}) } else { Value::Null };
            (body, vec![(info.action, function)])
        }
    }
}

/// The function's ARN, of its name or of that.
fn function(name: &str) -> String {
    match name.starts_with("arn:") {
        true => name.to_owned(),
        false => format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"),
    }
}

/// Keys are named by an alias, which nobody made.
fn kms(info: &Info, Named { name, .. }: &Named) -> (Value, Asks) {
    let arn = match name.starts_with("arn:") {
        true => name.clone(),
        false => format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/{name}"),
    };
    let alias = format!("alias/{}", name.rsplit('/').next().unwrap());
    let named = format!("arn:aws:kms:us-east-1:{ACCOUNT}:{alias}");
    match info.name {
        // Of a kind that there is none of, so that the answer is the same each time.
        "CreateKey" => (json!({ "KeySpec": "RSA_2048" }), vec![(info.action, "*".to_owned())]),
        "ListKeys" | "ListAliases" => (json!({}), vec![(info.action, "*".to_owned())]),
        "DeleteAlias" => (json!({ "AliasName": alias }), vec![(info.action, named)]),
        "CreateAlias" | "UpdateAlias" => {
            let body = json!({ "AliasName": alias, "TargetKeyId": arn });
            let asks = [named, arn].map(|arn| (info.action, arn));
            (body, if asks[0] == asks[1] { vec![asks[0].clone()] } else { asks.to_vec() })
        }
        _ => (json!({ "KeyId": arn }), vec![(info.action, arn)]),
    }
}

/// The operations of our own. Those of accounts name one that nobody has, so that none is closed.
fn own(info: &Info, Named { name, uuid, .. }: &Named) -> (Value, Asks) {
    let iam = |kind: &str, name: &str| format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}");
    let secret = |name: &str| format!("arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}");
    let accounts = |id: &str| format!("arn:aws:shardmill::{ACCOUNT}:account/{id}");
    let (body, arn) = match info.name {
        "GetFunctionLogs" | "GetFunctionStats" => (json!({ "FunctionName": name }), function(name)),
        "ListParkedRecords" | "RedriveParkedRecords" => {
            let mapping = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:event-source-mapping:{uuid}");
            (json!({ "UUID": uuid }), mapping)
        }
        "GetState" | "ListStateKeys" => {
            let mapping = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:event-source-mapping:{uuid}");
            (json!({ "UUID": uuid, "PartitionKey": "key" }), mapping)
        }
        "DescribeStreamCompression" | "UpdateStreamCompression" => {
            (named_stream(name), stream(name))
        }
        "GetUsage" => (
            json!({ "Since": 0, "Until": 3600 }),
            format!("arn:aws:shardmill::{ACCOUNT}:usage/{ACCOUNT}"),
        ),
        "ListAccounts" => (json!({}), accounts("*")),
        "CreateAccount" | "CloseAccount" | "ReopenAccount" | "DescribeAccount" => {
            (json!({ "AccountId": NOBODY }), accounts(NOBODY))
        }
        "ListUsers" => (json!({}), iam("user", "*")),
        "ListRoles" => (json!({}), iam("role", "*")),
        "ListSecrets" => (json!({}), secret("*")),
        "DeleteAccessKey" | "UpdateAccessKey" => {
            (json!({ "AccessKeyId": "SMAKAAAAAAAAAAAAAAAA" }), iam("user", "*"))
        }
        word if word.ends_with("Secret") => (json!({ "Name": name }), secret(name)),
        word if word.contains("Role") => (json!({ "RoleName": name }), iam("role", name)),
        word if word.contains("User") || word.contains("AccessKey") || word == "SimulatePolicy" => {
            (json!({ "UserName": name }), iam("user", name))
        }
        other => panic!("{other} has no example: write one"),
    };
    (body, vec![(info.action, arn)])
}
