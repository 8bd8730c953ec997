//! Tags of functions.

use serde_json::{Value, json};

use crate::support::{FUNCTIONS, Host, REGION, function_arn};

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
    for (arn, body, status, code, text) in [
        (function_arn("no"), &tags, 404, "ResourceNotFoundException", "Function not found"),
        (function_arn("f:1"), &tags, 400, "InvalidParameterValueException", "Aliases and versions"),
        (mapping, &tags, 400, "InvalidParameterValueException", "Tagging anything but a function"),
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
async fn a_function_has_at_most_fifty_tags() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    let path = path(&function_arn("f"));
    let tags = |from: usize, count: usize| {
        let tags = (from..from + count).map(|at| (format!("k{at}"), json!("v")));
        json!({"Tags": tags.collect::<serde_json::Map<_, _>>()})
    };
    host.works("POST", &path, tags(0, 50)).await;
    host.works("POST", &path, tags(0, 50)).await;
    for more in [tags(50, 1), tags(0, 51)] {
        let told = host.refused("POST", &path, more).await;
        assert_eq!(told.message, "A function can have at most 50 tags.");
    }
    assert_eq!(host.get(&path).await, tags(0, 50));
}
