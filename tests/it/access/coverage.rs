//! Every operation of every service, by somebody without a signature, without permission, with exactly the permission
//! that it needs, and with one for something else.

use e2e::client::{Client, Refused, refused, refused_rest};
use e2e::{Launch, Server};
use serde_json::{Value, json};

use super::examples::{ACCOUNT, Example, Named, UUID, make_queue, services};

/// A server with a stream, and a user whose policy the test changes.
struct Place {
    server: Server,
    root: Client,
    user: Client,
    named: Named,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Launch::dev(folder.path().join("data")).arg("--no-limits").start().unwrap();
        let mut root = server.client();
        root.call("CreateStream", &json!({ "StreamName": "there", "ShardCount": 1 })).unwrap();
        let start =
            json!({ "StreamName": "there", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON" });
        let iterator = root.call("GetShardIterator", &start).unwrap();
        root.own("CreateUser", &json!({ "UserName": "probe" })).unwrap();
        let key = root.own("CreateAccessKey", &json!({ "UserName": "probe" })).unwrap();
        let word = |member: &str| key["AccessKey"][member].as_str().unwrap().to_owned();
        let (id, secret) = (word("AccessKeyId"), word("SecretAccessKey"));
        let user = Client::with_key(server.address(), &id, &secret);
        let named = Named {
            name: "there".to_owned(),
            uuid: UUID.to_owned(),
            iterator: iterator["ShardIterator"].as_str().unwrap().to_owned(),
            queue: make_queue(&mut root, "there-too"),
        };
        Self { server, root, user, named, _folder: folder }
    }

    /// Lets the user do this, and nothing else.
    fn allow(&mut self, allowed: &[(&str, &str)]) {
        let statement = |(action, arn): &(&str, &str)| json!({ "Effect": "Allow", "Action": action, "Resource": arn });
        let statements: Vec<Value> = allowed.iter().map(statement).collect();
        let document = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let input = json!({ "UserName": "probe", "PolicyName": "p", "PolicyDocument": document });
        self.root.own("PutUserPolicy", &input).unwrap();
    }

    fn forbid(&mut self) {
        self.allow(&[("nothing:Nothing", "arn:aws:nothing:::nothing")]);
    }

    /// Why the user is refused, if so.
    fn outcome(&mut self, example: &Example) -> Option<Refused> {
        let reply = self.user.request(&example.asked(), &example.bytes()).unwrap();
        refusal(example, &reply)
    }

    fn is_denied(&mut self, example: &Example) -> bool {
        self.outcome(example).is_some_and(|it| it.code == "AccessDeniedException")
    }
}

pub(super) fn refusal(example: &Example, reply: &e2e::client::Reply) -> Option<Refused> {
    if (200..300).contains(&reply.status) {
        return None;
    }
    Some(if example.is_rest() { refused_rest(reply) } else { refused(reply) })
}

#[test]
fn every_operation_does_what_policies_say_and_no_more() {
    let mut place = Place::new();
    let mut count = 0;
    for service in services() {
        for info in service.working() {
            let name = info.name;
            let example = service.example(info, &place.named);
            let asks = &example.asks;
            assert_eq!(asks[0].0, info.action, "{name}");
            count += 1;

            let mut stranger = Client::new(place.server.address());
            let reply = stranger.request_unsigned(&example.asked(), &example.bytes()).unwrap();
            let told =
                refusal(&example, &reply).unwrap_or_else(|| panic!("{name} takes strangers"));
            let status = if example.is_rest() { 403 } else { 400 };
            assert_eq!(
                (told.status, &*told.code),
                (status, "MissingAuthenticationTokenException"),
                "{name}"
            );

            place.forbid();
            let told = place.outcome(&example).unwrap_or_else(|| panic!("{name} is not denied"));
            assert_eq!(
                (told.status, &*told.code),
                (status, "AccessDeniedException"),
                "{name}: {told:?}"
            );
            assert_eq!(told.message, sentence(&asks[0]), "{name}");

            let all: Vec<(&str, &str)> =
                asks.iter().map(|(action, arn)| (&**action, &**arn)).collect();
            for (left_out, ask) in asks.iter().enumerate() {
                let mut some = all.clone();
                let (action, arn) = some.remove(left_out);
                let elsewhere = elsewhere(arn);
                some.extend([
                    (action, &*elsewhere),
                    ("kinesis:Nothing", arn),
                    ("iam:Nothing", arn),
                ]);
                place.allow(&some);
                let told =
                    place.outcome(&example).unwrap_or_else(|| panic!("{name} is not denied"));
                assert_eq!(told.message, sentence(ask), "{name}");
            }
            place.allow(&all);
            assert!(!place.is_denied(&example), "{name} is denied: {:?}", place.outcome(&example));
        }
    }
    assert!(count > 50, "only {count} operations were tried");
}

/// Another resource of the same kind; some resource, where none is meant.
fn elsewhere(arn: &str) -> String {
    match arn {
        "*" => format!("arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/*"),
        // It ends with a star that is part of what is asked about.
        arn if arn.ends_with('*') => format!("{}x", arn.trim_end_matches('*')),
        arn => format!("{arn}x"),
    }
}

fn sentence((action, arn): &(String, String)) -> String {
    format!(
        "User: arn:aws:iam::{ACCOUNT}:user/probe is not authorized to perform: {action} on resource: {arn} because no \
         identity-based policy allows the {action} action"
    )
}
