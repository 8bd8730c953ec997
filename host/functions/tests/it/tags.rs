//! Tags of functions and mappings.

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value, json};
use wire::{Authorizer, Caller, Denied, Resource};

use crate::mapped::{attach, host, mapping, show, shows, to};
use crate::support::{
    ACCOUNT, Asked, FUNCTIONS, Host, MAPPINGS, REGION, caller, function_arn, merge,
};

fn path(arn: &str) -> String {
    format!("/2017-03-31/tags/{}", arn.replace(':', "%3A"))
}

#[tokio::test(start_paused = true)]
async fn tags_are_added_listed_and_taken_off() {
    let host = Host::new().await;
    let made = host.create("f", "(copy)").await;
    let path = path(&function_arn("f"));
    assert_eq!(host.get(&path).await, json!({"Tags": {}}));
    let tagged = host.send("POST", &path, json!({"Tags": {"a": "1", "b": "2"}})).await.unwrap();
    assert_eq!((tagged.status, tagged.body), (204, Value::Null));
    host.works("POST", &path, json!({"Tags": {"b": "é", "c": ""}})).await;
    assert_eq!(host.get(&path).await, json!({"Tags": {"a": "1", "b": "é", "c": ""}}));
    let untagged = host.send("DELETE", &format!("{path}?tagKeys=a&tagKeys=no"), Value::Null).await;
    assert_eq!(untagged.unwrap().status, 204);
    let host = host.restart().await;
    assert_eq!(host.get(&path).await, json!({"Tags": {"b": "é", "c": ""}}));
    let shown = host.get(&format!("{FUNCTIONS}/f")).await;
    assert_eq!(shown["Tags"], json!({"b": "é", "c": ""}));
    assert_eq!(shown["Configuration"]["RevisionId"], made["RevisionId"], "it runs as before");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_tagged_is_told() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    let tags = json!({"Tags": {"k": "v"}});
    let mapping = "event-source-mapping:0a1b2c3d-0000-4fff-8123-0123456789ab";
    let mapping = format!("arn:aws:lambda:{REGION}:123456789012:{mapping}");
    let other = format!("arn:aws:lambda:{REGION}:123456789012:capacity-provider:c");
    for (arn, body, status, code, text) in [
        (function_arn("no"), &tags, 404, "ResourceNotFoundException", "Function not found"),
        (function_arn("f:1"), &tags, 400, "InvalidParameterValueException", "Aliases and versions"),
        (mapping, &tags, 404, "ResourceNotFoundException", "The resource you requested"),
        (other, &tags, 400, "InvalidParameterValueException", "Tagging anything but a function"),
        ("f".to_owned(), &tags, 400, "ValidationException", "at 'resource'"),
        (function_arn("f"), &json!({}), 400, "ValidationException", "at 'tags'"),
        (
            function_arn("f"),
            &json!({"Tags": {"k!": "v"}}),
            400,
            "InvalidParameterValueException",
            "Tag keys have",
        ),
    ] {
        let told = host.refused("POST", &path(&arn), body.clone()).await;
        assert_eq!((told.status, &*told.code), (status, code), "{arn} {body}: {}", told.message);
        assert!(told.message.contains(text), "{}", told.message);
    }
    let told = host.refused("DELETE", &path(&function_arn("f")), Value::Null).await;
    assert!(told.message.contains("at 'tagKeys'"), "{}", told.message);
}

#[tokio::test(start_paused = true)]
async fn a_function_has_at_most_fifty_tags_of_its_own() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    let path = path(&function_arn("f"));
    let tags = |from: usize, count: usize| {
        let tags = (from..from + count).map(|at| (format!("k{at}"), json!("v")));
        json!({"Tags": tags.collect::<serde_json::Map<_, _>>()})
    };
    host.works("POST", &path, tags(0, 50)).await;
    host.works("POST", &path, tags(0, 50)).await;
    for reserved in ["aws:x", "AWS:x"] {
        let told = host.refused("POST", &path, json!({"Tags": {reserved: "v"}})).await;
        assert_eq!(told.message, "Tag keys that begin with aws: are reserved.");
    }
    for more in [tags(50, 1), tags(0, 51)] {
        let told = host.refused("POST", &path, more).await;
        assert_eq!(told.message, "A resource can have at most 50 tags.");
    }
    assert_eq!(host.get(&path).await, tags(0, 50));
}

/// Notes what is asked with its conditions, and allows it.
#[derive(Default)]
struct Conditions(Mutex<Vec<Resource>>);

#[async_trait]
impl Authorizer for Conditions {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        self.0.lock().push(asked.clone());
        Ok(())
    }
}

impl Conditions {
    /// The values of a condition of the one question about this action.
    fn of(&self, action: &str, condition: &str) -> Option<Vec<String>> {
        let asked = self.0.lock();
        let question = asked.iter().find(|it| it.action == action).unwrap();
        let found = question.conditions.iter().find(|(name, _)| name == condition);
        found.map(|(_, values)| values.clone())
    }
}

fn mapping_arn(uuid: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{uuid}")
}

#[tokio::test(start_paused = true)]
async fn a_mapping_is_tagged_while_it_works() {
    let host = host("(copy)").await;
    let mut more = to("out");
    merge(&mut more, json!({"Tags": {"team": "a", "b": "é"}}));
    let uuid = attach(&host, more).await;
    let before = shows(&host, &uuid, "State", "Enabled").await;
    let path = path(&mapping_arn(&uuid));
    assert_eq!(host.get(&path).await, json!({"Tags": {"team": "a", "b": "é"}}));
    host.works("POST", &path, json!({"Tags": {"b": "", "c": "1"}})).await;
    let untagged = host.send("DELETE", &format!("{path}?tagKeys=team"), Value::Null).await;
    assert_eq!(untagged.unwrap().status, 204);
    assert_eq!(host.get(&path).await, json!({"Tags": {"b": "", "c": "1"}}));
    // It reads on, and nothing of it is told to have changed.
    assert_eq!(show(&host, &uuid).await, before);
    host.service.sweep().await;
    assert_eq!(show(&host, &uuid).await, before);
    host.put("in", "x").await;
    assert_eq!(host.holds("out", 1).await, ["x"]);
    let host = host.restart().await;
    assert_eq!(host.get(&path).await, json!({"Tags": {"b": "", "c": "1"}}));
    let many = (0..49).map(|at| (format!("k{at}"), json!("v")));
    let many = json!({"Tags": many.collect::<serde_json::Map<_, _>>()});
    let told = host.refused("POST", &path, many).await;
    assert_eq!(told.message, "A resource can have at most 50 tags.");
    for wrong in [
        mapping_arn(&uuid).replace(ACCOUNT, "999999999999"),
        mapping_arn(&uuid).replace(REGION, "eu-west-1"),
    ] {
        let told = host.refused("GET", &self::path(&wrong), Value::Null).await;
        assert_eq!((told.status, &*told.code), (404, "ResourceNotFoundException"), "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn policies_see_the_tags_of_mappings() {
    let host = host("(copy)").await;
    let asked = |method, path: String, body: Value| {
        let body: Bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        Asked { method, path, headers: Vec::new(), body }
    };
    let seen = Conditions::default();
    let new = mapping(json!({"Tags": {"team": "a"}}));
    let made = host.ask(&seen, &caller(), asked("POST", MAPPINGS.to_owned(), new)).await.unwrap();
    let create = "lambda:CreateEventSourceMapping";
    assert_eq!(seen.of(create, "aws:RequestTag/team").unwrap(), ["a"]);
    assert_eq!(seen.of(create, "aws:TagKeys").unwrap(), ["team"]);
    let tagging = "lambda:TagResource";
    assert_eq!(seen.of(tagging, "aws:RequestTag/team").unwrap(), ["a"]);
    let seen = Conditions::default();
    let uuid = made.body["UUID"].as_str().unwrap();
    let (one, tags) = (format!("{MAPPINGS}/{uuid}"), path(&mapping_arn(uuid)));
    for (method, path, body, action) in [
        ("GET", &one, Value::Null, "lambda:GetEventSourceMapping"),
        ("PUT", &one, json!({"BatchSize": 7}), "lambda:UpdateEventSourceMapping"),
        ("GET", &tags, Value::Null, "lambda:ListTags"),
        ("POST", &tags, json!({"Tags": {"k": "v"}}), tagging),
        ("DELETE", &format!("{tags}?tagKeys=k"), Value::Null, "lambda:UntagResource"),
        ("DELETE", &one, Value::Null, "lambda:DeleteEventSourceMapping"),
    ] {
        host.ask(&seen, &caller(), asked(method, path.clone(), body)).await.unwrap();
        assert_eq!(seen.of(action, "aws:ResourceTag/team").unwrap(), ["a"], "{action}");
    }
    assert_eq!(seen.of(tagging, "aws:RequestTag/k").unwrap(), ["v"]);
    assert_eq!(seen.of("lambda:UntagResource", "aws:TagKeys").unwrap(), ["k"]);
    let of_another = path(&mapping_arn(uuid).replace(ACCOUNT, "999999999999"));
    let seen = Conditions::default();
    let told = host.ask(&seen, &caller(), asked("GET", of_another, Value::Null)).await;
    assert_eq!(told.unwrap_err().status, 404);
    assert_eq!(seen.of("lambda:ListTags", "aws:ResourceTag/team"), None);
}
