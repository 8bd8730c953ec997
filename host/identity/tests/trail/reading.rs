//! LookupEvents and our own way to follow.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{OPERATOR, TENANT, World, caller, event};

fn ids(page: &Value) -> Vec<String> {
    let events = page["Events"].as_array().unwrap().iter();
    events.map(|event| event["EventId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_are_newest_first_and_stand_still_while_others_write() {
    let world = World::new().await;
    let tenant = caller(TENANT);
    for _ in 0..700 {
        world.record(&tenant, "CreateStream").await;
    }
    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let input = json!({ "MaxResults": 49, "NextToken": token });
        let page = world.lookup(&tenant, input).await.unwrap();
        seen.extend(ids(&page));
        token = page["NextToken"].clone();
        world.record(&tenant, "DeleteStream").await;
        if token.is_null() {
            break;
        }
    }
    let mut different = seen.clone();
    different.sort();
    different.dedup();
    assert_eq!((seen.len(), different.len()), (700, 700));
    // The newest of the first page is the last that was there then.
    let all = world.events(&tenant, json!({ "Limit": 700 })).await.unwrap();
    let last: Value = serde_json::from_str(all["Events"][699]["Event"].as_str().unwrap()).unwrap();
    assert_eq!(last["eventID"], seen[0].as_str());
}

#[tokio::test]
async fn attributes_and_times_narrow_what_is_found() {
    let world = World::new().await;
    let tenant = caller(TENANT);
    let mut user = caller(TENANT);
    user.principal = format!("arn:aws:iam::{}:user/team/ci", user.account);
    user.access_key_id = "CIKEY".to_owned();
    let mut abroad = caller(TENANT);
    abroad.region = "eu-central-1".parse().unwrap();
    world.record(&tenant, "CreateStream").await;
    world.clock.advance(10_000);
    world.record(&user, "DeleteStream").await;
    world.record(&abroad, "CreateStream").await;
    world.clock.advance(10_000);
    world.record(&tenant, "ListStreams").await;
    let by = |key: &str, value: &str| json!({ "LookupAttributes": [{ "AttributeKey": key, "AttributeValue": value }] });
    for (input, count) in [
        (json!({}), 3),
        (by("EventName", "CreateStream"), 1),
        (by("ReadOnly", "true"), 1),
        (by("ReadOnly", "false"), 2),
        (by("Username", "ci"), 1),
        (by("Username", "root"), 2),
        (by("AccessKeyId", "CIKEY"), 1),
        (by("EventSource", "kinesis.amazonaws.com"), 3),
        (by("EventSource", "lambda.amazonaws.com"), 0),
        (by("ResourceName", "x"), 0),
        (json!({ "StartTime": 1_793_491_205.0 }), 2),
        (json!({ "EndTime": 1_793_491_200.0 }), 1),
        (json!({ "StartTime": 1_793_491_210.0, "EndTime": 1_793_491_211.0 }), 1),
        (json!({ "EventCategory": "insight" }), 0),
    ] {
        let found = world.lookup(&tenant, input.clone()).await.unwrap();
        assert_eq!(ids(&found).len(), count, "{input}");
    }
    let found = world.lookup(&tenant, by("Username", "ci")).await.unwrap();
    let event = &found["Events"][0];
    let expected = json!({
        "EventId": event["EventId"], "EventName": "DeleteStream", "ReadOnly": "false",
        "AccessKeyId": "CIKEY", "EventTime": 1_793_491_210.0, "EventSource": "kinesis.amazonaws.com",
        "Username": "ci", "Resources": [], "CloudTrailEvent": event["CloudTrailEvent"],
    });
    assert_eq!(event, &expected);
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let world = World::new().await;
    let tenant = caller(TENANT);
    let name = json!({ "AttributeKey": "EventName", "AttributeValue": "x" });
    let read = json!({ "AttributeKey": "ReadOnly", "AttributeValue": "maybe" });
    for (input, code) in [
        (json!({ "LookupAttributes": [name, name] }), "InvalidLookupAttributesException"),
        (json!({ "LookupAttributes": [read] }), "InvalidLookupAttributesException"),
        (json!({ "StartTime": 2, "EndTime": 1 }), "InvalidTimeRangeException"),
        (json!({ "NextToken": "AAAA" }), "InvalidNextTokenException"),
        (json!({ "MaxResults": 51 }), "ValidationException"),
        (json!({ "MaxResults": 0 }), "ValidationException"),
        (json!({ "LookupAttributes": [{ "AttributeKey": "Color" }] }), "ValidationException"),
        (json!({ "MaxResults": "x" }), "SerializationException"),
    ] {
        let refused = world.lookup(&tenant, input.clone()).await.unwrap_err();
        assert_eq!(refused.code, code, "{input}");
    }
    // A token is good for its own question, and for nobody else.
    world.record(&tenant, "CreateStream").await;
    world.record(&tenant, "CreateStream").await;
    let page = world.lookup(&tenant, json!({ "MaxResults": 1 })).await.unwrap();
    let token = &page["NextToken"];
    let other = json!({ "NextToken": token, "StartTime": 1 });
    assert_eq!(world.lookup(&tenant, other).await.unwrap_err().code, "InvalidNextTokenException");
    let same = json!({ "NextToken": token });
    let foreign = world.lookup(&caller(OPERATOR), same.clone()).await.unwrap_err();
    assert_eq!(foreign.code, "InvalidNextTokenException");
    assert_eq!(ids(&world.lookup(&tenant, same).await.unwrap()).len(), 1);
}

#[tokio::test]
async fn two_lookups_a_second_are_answered() {
    let world = World::new().await;
    let table = identity::trail::ops::table(Arc::clone(&world.trail));
    assert_eq!(table.entries.len(), 60);
    let ask = |account: u64, region: &str| {
        let mut who = caller(account);
        who.region = region.parse().unwrap();
        who
    };
    let mut outcomes = Vec::new();
    for who in [ask(TENANT, "us-east-1"), ask(TENANT, "eu-west-1"), ask(OPERATOR, "us-east-1")] {
        for _ in 0..3 {
            let outcome = world.lookup_now(&who, json!({})).await;
            outcomes.push(
                outcome.map_or_else(|failure| failure.code.into_owned(), |_| "OK".to_owned()),
            );
        }
    }
    let each = ["OK", "OK", "ThrottlingException"];
    assert_eq!(outcomes, [each, each, each].concat());
    world.clock.advance(500);
    assert!(world.lookup_now(&ask(TENANT, "us-east-1"), json!({})).await.is_ok());
}

#[tokio::test]
async fn whoever_follows_is_woken_and_does_not_follow_itself() {
    let world = World::new().await;
    world.start();
    let (tenant, operator) = (caller(TENANT), caller(OPERATOR));
    let first = world.events(&operator, json!({ "AllAccounts": true })).await.unwrap();
    let names = |page: &Value| -> Vec<String> {
        let events = page["Events"].as_array().unwrap().iter();
        events
            .map(|it| serde_json::from_str::<Value>(it["Event"].as_str().unwrap()).unwrap())
            .map(|it| it["eventName"].as_str().unwrap().to_owned())
            .collect()
    };
    // That somebody begins to read is an event.
    assert_eq!(names(&first), ["GetAuditEvents"]);
    let token = &first["NextToken"];
    let empty = world.events(&operator, json!({ "AllAccounts": true, "NextToken": token }));
    let empty = empty.await.unwrap();
    assert!(names(&empty).is_empty());
    let wait =
        json!({ "AllAccounts": true, "NextToken": empty["NextToken"], "WaitMilliseconds": 20_000 });
    let slot = world.trail.reserve().await.unwrap();
    let write = world.trail.write(event(&world.trail, &tenant, "CreateStream"), slot);
    let (page, written) = tokio::join!(world.events(&operator, wait), write);
    written.unwrap();
    assert_eq!(names(&page.unwrap()), ["CreateStream"]);
    // A server that stops does not keep them.
    let wait =
        json!({ "AllAccounts": true, "NextToken": empty["NextToken"], "WaitMilliseconds": 20_000 });
    world.trail.hurry();
    world.events(&operator, wait).await.unwrap();
    world.stop().await;
}
