//! GetUsage: whose, of what, and in pages.

use async_trait::async_trait;
use domain::AccountId;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use wire::protocol::Protocol;
use wire::{Api, Authorizer, Call, Caller, Denied, Resource};

use crate::support::{ACCOUNT, Host, caller};

const OPERATOR: &str = "999999999999";

/// Lets everybody do everything, and remembers what was asked.
#[derive(Default)]
struct Asked(Mutex<Vec<String>>);

#[async_trait]
impl Authorizer for Asked {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        assert_eq!(asked.action, "shardmill:GetUsage");
        self.0.lock().push(asked.arn.clone());
        Ok(())
    }
}

/// What is answered, or the code of the refusal; and what was asked of policies.
async fn call(host: &Host, caller: &Caller, input: Value) -> (Result<Value, String>, String) {
    let operator: AccountId = OPERATOR.parse().unwrap();
    let table = streams::own_table(Arc::clone(&host.service), operator);
    let info = table.find("GetUsage").unwrap();
    let asked = Asked::default();
    let (protocol, head, notes) = (Protocol::AwsJson11, None, &wire::Notes::default());
    let body = input.to_string().into();
    let call = Call { caller, authorizer: &asked, protocol, head, body, notes };
    let answer = match table.call(info, call).await {
        Ok(reply) => Ok(serde_json::from_slice(reply.body.whole()).unwrap()),
        Err(failure) => Err(failure.code.into_owned()),
    };
    let asked = asked.0.lock().concat();
    (answer, asked)
}

async fn told(host: &Host, input: Value) -> Value {
    call(host, &caller(), input).await.0.unwrap()
}

fn names(reply: &Value) -> Vec<&str> {
    let streams = reply["Streams"].as_array().unwrap();
    streams.iter().map(|it| it["StreamName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn streams_come_by_region_and_name_in_pages() {
    let host = Host::new().await;
    for name in ["c", "a", "b"] {
        host.create(name, 1).await;
    }
    let mut elsewhere = caller();
    elsewhere.region = "eu-central-1".parse().unwrap();
    let body = json!({"StreamName": "z", "ShardCount": 3}).to_string();
    host.answer(&elsewhere, "CreateStream", &body).await.unwrap();
    host.put("a", "k", b"x").await;
    host.clock.advance(60_000);
    let all = told(&host, json!({})).await;
    assert_eq!(names(&all), ["z", "a", "b", "c"]);
    assert_eq!((&all["IsTruncated"], &all["AccountId"]), (&json!(false), &json!(ACCOUNT)));
    let first = &all["Streams"][0];
    let seen = (&first["Region"], &first["ShardSeconds"], &first["OnDemandSeconds"]);
    assert_eq!(seen, (&json!("eu-central-1"), &json!(180), &json!(0)));
    let second = &all["Streams"][1];
    let seen = (&second["PutPayloadUnits"], &second["RecordsIn"], &second["BytesIn"]);
    assert_eq!(seen, (&json!(1), &json!(1), &json!(2)));
    let page = told(&host, json!({"MaxItems": 2})).await;
    assert_eq!((names(&page), &page["IsTruncated"]), (vec!["z", "a"], &json!(true)));
    let page = told(&host, json!({"MaxItems": 2, "Marker": page["Marker"]})).await;
    assert_eq!((names(&page), &page["IsTruncated"]), (vec!["b", "c"], &json!(false)));
    assert_eq!(names(&told(&host, json!({"StreamName": "b"})).await), ["b"]);
    let later = told(&host, json!({"Since": 1_790_071_200})).await;
    assert_eq!(names(&later), [""; 0]);
    let earlier = told(&host, json!({"Since": 0, "Until": 1_790_064_000})).await;
    assert_eq!(names(&earlier), [""; 0]);
}

#[tokio::test]
async fn that_of_other_accounts_is_the_operators() {
    let host = Host::new().await;
    host.create("a", 1).await;
    host.clock.advance(60_000);
    let (_, asked) = call(&host, &caller(), json!({})).await;
    assert_eq!(asked, format!("arn:aws:shardmill::{ACCOUNT}:usage/{ACCOUNT}"));
    let (_, asked) = call(&host, &caller(), json!({"AccountId": ACCOUNT})).await;
    assert_eq!(asked, format!("arn:aws:shardmill::{ACCOUNT}:usage/{ACCOUNT}"));
    let mut operator = caller();
    operator.account = OPERATOR.parse().unwrap();
    let (told, asked) = call(&host, &operator, json!({"AccountId": ACCOUNT})).await;
    assert_eq!(asked, format!("arn:aws:shardmill::{OPERATOR}:usage/{ACCOUNT}"));
    assert_eq!(names(&told.unwrap()), ["a"]);
    let (told, _) = call(&host, &operator, json!({})).await;
    assert_eq!(names(&told.unwrap()), [""; 0]);
}

#[tokio::test]
async fn nonsense_is_refused() {
    let host = Host::new().await;
    for input in [
        json!({"AccountId": "1"}),
        json!({"StreamName": "a b"}),
        json!({"MaxItems": 0}),
        json!({"MaxItems": 1001}),
        json!({"Marker": ""}),
    ] {
        assert_eq!(call(&host, &caller(), input).await.0, Err("ValidationException".to_owned()));
    }
    let refused = call(&host, &caller(), json!({"Marker": "x"})).await.0;
    assert_eq!(refused, Err("InvalidArgumentException".to_owned()));
}
