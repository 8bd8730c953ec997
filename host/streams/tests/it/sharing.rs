//! Policies of streams: how they are put, and what they let other accounts do, decided by the real directory.

mod consumers;
mod keys;

use std::sync::Arc;

use identity::{Directory, KeyRing, Surroundings};
use serde_json::{Value, json};
use stdx::SeededEntropy;
use storage::{Memory, Term};
use wire::Caller;

use crate::support::{ACCOUNT, Host, Refusal, arn, caller, data, text};

const GUEST: &str = "999999999999";
const INVALID: &str = "InvalidArgumentException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const DENIED: &str = "AccessDeniedException";
/// What the developer guide says that can be shared of a stream.
const SHARED: [&str; 7] = [
    "DescribeStream",
    "DescribeStreamSummary",
    "GetRecords",
    "GetShardIterator",
    "ListShards",
    "PutRecord",
    "PutRecords",
];

fn guest() -> Caller {
    Caller {
        account: GUEST.parse().unwrap(),
        principal: format!("arn:aws:iam::{GUEST}:root"),
        ..caller()
    }
}

fn statement(effect: &str, principal: &str, action: &str, arn: &str) -> Value {
    json!({"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": arn})
}

fn policy(statement: &Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// A host with a stream, under the decisions of a directory.
struct Shared {
    host: Host,
    directory: Arc<Directory>,
}

impl Shared {
    async fn new() -> Self {
        let host = Host::unlimited().await;
        host.create("a", 2).await;
        let around = Surroundings {
            store: Arc::new(Memory::new(Term(1))),
            keys: Arc::new(KeyRing::new()),
            clock: Arc::new(host.clock.clone()),
            entropy: Arc::new(SeededEntropy::new(2)),
            operator: "111122223333".parse().unwrap(),
        };
        let directory = Directory::open(around, &[7; 32]).await.unwrap();
        Self { host, directory }
    }

    async fn ask(&self, caller: &Caller, operation: &str, input: Value) -> Result<Value, Refusal> {
        self.host.answer_under(&*self.directory, caller, operation, &input.to_string()).await
    }

    async fn works(&self, caller: &Caller, operation: &str, input: Value) -> Value {
        let answer = self.ask(caller, operation, input).await;
        answer.unwrap_or_else(|refusal| panic!("{operation}: {refusal:?}"))
    }

    async fn put(&self, policy: &str) {
        let input = json!({"ResourceARN": arn("a"), "Policy": policy});
        self.works(&caller(), "PutResourcePolicy", input).await;
    }

    async fn share(&self, action: &str) {
        self.put(&policy(&statement("Allow", GUEST, action, &arn("a")))).await;
    }
}

/// A request of each operation that can be shared, of this stream.
fn requests(arn: &str, iterator: &str) -> Vec<(&'static str, Value)> {
    let record = json!({"PartitionKey": "k", "Data": "eA=="});
    let more = |operation: &str| match operation {
        "GetRecords" => json!({"ShardIterator": iterator, "StreamARN": arn}),
        "GetShardIterator" => {
            json!({"ShardId": "0", "ShardIteratorType": "TRIM_HORIZON", "StreamARN": arn})
        }
        "PutRecord" => json!({"PartitionKey": "k", "Data": "eA==", "StreamARN": arn}),
        "PutRecords" => json!({"Records": [record], "StreamARN": arn}),
        _ => json!({"StreamARN": arn}),
    };
    SHARED.iter().map(|operation| (*operation, more(operation))).collect()
}

#[tokio::test]
async fn a_policy_is_put_shown_replaced_and_taken_away() {
    let shared = Shared::new().await;
    let of = |input: Value| json!({"ResourceARN": arn("a"), "Policy": input["Policy"]});
    let owner = caller();
    let get = || shared.works(&owner, "GetResourcePolicy", json!({"ResourceARN": arn("a")}));
    assert_eq!(get().await, json!({"Policy": "{}"}));
    for action in ["kinesis:Put*", "kinesis:GetRecords"] {
        let text = policy(&statement("Allow", GUEST, action, &arn("a")));
        let put = of(json!({"Policy": text}));
        assert_eq!(shared.works(&caller(), "PutResourcePolicy", put).await, Value::Null);
        assert_eq!(get().await, json!({"Policy": text}));
    }
    let host = shared.host.restart().await;
    let kept = host.call("GetResourcePolicy", json!({"ResourceARN": arn("a")})).await;
    assert!(text(&kept, "Policy").contains("kinesis:GetRecords"), "{kept}");
    let gone = json!({"ResourceARN": arn("a")});
    assert_eq!(host.call("DeleteResourcePolicy", gone.clone()).await, Value::Null);
    let shown = host.call("GetResourcePolicy", gone.clone()).await;
    assert_eq!(shown, json!({"Policy": "{}"}));
    let message = format!("No resource policy found for resource ARN {}.", arn("a"));
    host.refuses("DeleteResourcePolicy", gone, NOT_FOUND, &message).await;
}

#[tokio::test]
async fn what_is_no_policy_for_this_stream_is_refused() {
    let host = Host::new().await;
    host.create("a", 1).await;
    let allow = |action: &str, arn: &str| policy(&statement("Allow", GUEST, action, arn));
    let long = format!("{{\"Id\": \"{}\"}}", "x".repeat(20 * 1024));
    for (policy, told) in [
        ("nothing".to_owned(), "this is not the JSON of a policy"),
        ("{}".to_owned(), "Statement is missing"),
        (allow("kinesis:PutRecord", &arn("b")), "Statement[0].Resource: this is not about"),
        (allow("kinesis:DeleteStream", &arn("a")), "Statement[0].Action[0]: a policy of this"),
        (allow("kinesis:SubscribeToShard", &arn("a")), "a policy of this resource cannot speak"),
        (allow("kinesis:*", &arn("a")).replace("2012-10-17", "2026-01-01"), "no version"),
        (allow("kinesis:*", &arn("a")).replace("AWS", "Service"), "no principal of the kind"),
        (allow("kinesis:*", &arn("a")).replace(GUEST, "somebody"), "\"somebody\" is no principal"),
        (long, "at most 20480 are allowed"),
    ] {
        let input = json!({"ResourceARN": arn("a"), "Policy": policy});
        let refusal = host.refusal("PutResourcePolicy", input).await;
        assert_eq!(refusal.code, INVALID, "{policy}");
        assert!(refusal.message.starts_with("Invalid resource policy: "), "{}", refusal.message);
        assert!(refusal.message.contains(told), "{policy}: {}", refusal.message);
    }
    let input = json!({"ResourceARN": arn("b"), "Policy": allow("kinesis:*", &arn("b"))});
    let message = format!("Stream b under account {ACCOUNT} not found.");
    host.refuses("PutResourcePolicy", input, NOT_FOUND, &message).await;
    let refusal = host.refusal("PutResourcePolicy", json!({"ResourceARN": arn("a")})).await;
    assert_eq!(refusal.code, "ValidationException");
    let shown = host.call("GetResourcePolicy", json!({"ResourceARN": arn("a")})).await;
    assert_eq!(shown, json!({"Policy": "{}"}));
}

#[tokio::test]
async fn a_stream_that_is_shared_is_used_from_another_account() {
    let shared = Shared::new().await;
    let host = &shared.host;
    let iterator = host.iterator("a", "TRIM_HORIZON", json!({})).await;
    for (operation, input) in requests(&arn("a"), &iterator) {
        let refusal = shared.ask(&guest(), operation, input).await.unwrap_err();
        assert_eq!(refusal.code, DENIED, "{operation}");
    }
    shared.share("kinesis:*").await;
    for (operation, input) in requests(&arn("a"), &iterator) {
        shared.works(&guest(), operation, input).await;
    }
    let described = shared.works(&guest(), "DescribeStream", json!({"StreamARN": arn("a")})).await;
    assert_eq!(described["StreamDescription"]["StreamARN"], arn("a"));
    // Iterators and page tokens know whose stream they are of.
    let start = json!({"StreamARN": arn("a"), "ShardId": "1", "ShardIteratorType": "TRIM_HORIZON"});
    let start = shared.works(&guest(), "GetShardIterator", start).await;
    let page = json!({"ShardIterator": start["ShardIterator"]});
    let page = shared.works(&guest(), "GetRecords", page).await;
    assert_eq!(data(&page).len(), 2, "both records are there");
    let next = json!({"ShardIterator": page["NextShardIterator"]});
    shared.works(&guest(), "GetRecords", next.clone()).await;
    let list = json!({"StreamARN": arn("a"), "MaxResults": 1});
    let list = shared.works(&guest(), "ListShards", list).await;
    let more = json!({"NextToken": list["NextToken"]});
    let more = shared.works(&guest(), "ListShards", more.clone()).await;
    assert_eq!(more["Shards"][0]["ShardId"], "shardId-000000000001");
    // What the policy says holds for the next request.
    shared.share("kinesis:PutRecord").await;
    let refusal = shared.ask(&guest(), "GetRecords", next.clone()).await.unwrap_err();
    assert_eq!(refusal.code, DENIED);
    shared.works(&caller(), "DeleteResourcePolicy", json!({"ResourceARN": arn("a")})).await;
    for (operation, input) in requests(&arn("a"), &iterator) {
        assert_eq!(shared.ask(&guest(), operation, input).await.unwrap_err().code, DENIED);
    }
}

#[tokio::test]
async fn a_name_is_one_of_the_callers_own() {
    let shared = Shared::new().await;
    shared.share("kinesis:*").await;
    let refusal = shared.ask(&guest(), "DescribeStream", json!({"StreamName": "a"})).await;
    assert_eq!(refusal.unwrap_err().message, format!("Stream a under account {GUEST} not found."));
    let elsewhere = arn("a").replace("us-east-1", "eu-central-1");
    let refusal = shared.ask(&guest(), "DescribeStream", json!({"StreamARN": elsewhere})).await;
    assert_eq!(refusal.unwrap_err().code, DENIED);
}

/// Whoever is not let in learns nothing: a stream that is shared with somebody else, one that is not shared and one
/// that is not there are answered in the same words.
#[tokio::test]
async fn a_stream_that_is_not_shared_is_as_one_that_is_not_there() {
    let shared = Shared::new().await;
    shared.host.create("b", 2).await;
    let others = statement("Allow", "888888888888", "kinesis:*", &arn("a"));
    let denied = statement("Deny", GUEST, "kinesis:*", &arn("a"));
    let iterator = |name: &'static str| shared.host.iterator(name, "TRIM_HORIZON", json!({}));
    let (of_a, of_b) = (iterator("a").await, iterator("b").await);
    for statement in [others, denied] {
        shared.put(&policy(&statement)).await;
        let of_shared = requests(&arn("a"), &of_a);
        let of_closed = requests(&arn("b"), &of_b);
        let of_absent = requests(&arn("c"), &of_b);
        for ((shared_one, closed), absent) in of_shared.iter().zip(of_closed).zip(of_absent) {
            let mut told = Vec::new();
            for ((operation, input), name) in [(shared_one, "a"), (&closed, "b"), (&absent, "c")] {
                let refusal = shared.ask(&guest(), operation, input.clone()).await.unwrap_err();
                assert_eq!(refusal.code, DENIED, "{operation}");
                let plain = refusal.message.replace(&format!("stream/{name}"), "stream/X");
                told.push(plain.replace("stream/b", "stream/X"));
            }
            assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_shared_stays_with_the_account() {
    let shared = Shared::new().await;
    shared.share("*").await;
    let others = streams::ops::OPERATIONS.iter().map(|entry| entry.info);
    let others = others.filter(|info| info.state == wire::State::Works);
    let mut tried = 0;
    for info in others.filter(|info| !SHARED.contains(&info.name)) {
        let input = json!({
            "StreamARN": arn("a"), "ResourceARN": arn("a"), "StreamName": "a",
            "ConsumerARN": format!("{}/consumer/c:1", arn("a")), "NextToken": null,
        });
        let Err(refusal) = shared.ask(&guest(), info.name, input).await else {
            continue;
        };
        tried += usize::from(refusal.code == DENIED);
    }
    assert!(tried >= 10, "only {tried} operations were denied");
    assert!(
        shared.host.call("GetResourcePolicy", json!({"ResourceARN": arn("a")})).await["Policy"]
            .as_str()
            .is_some_and(|policy| policy.contains(GUEST))
    );
}

#[tokio::test]
async fn the_owner_can_shut_itself_out_and_take_it_back() {
    let shared = Shared::new().await;
    shared.put(&policy(&statement("Deny", "*", "kinesis:*", &arn("a")))).await;
    let describe = json!({"StreamName": "a"});
    let refusal = shared.ask(&caller(), "DescribeStream", describe.clone()).await.unwrap_err();
    assert!(
        refusal.message.ends_with("with an explicit deny in a resource-based policy"),
        "{}",
        refusal.message
    );
    shared.works(&caller(), "DeleteResourcePolicy", json!({"ResourceARN": arn("a")})).await;
    shared.works(&caller(), "DescribeStream", describe).await;
}
