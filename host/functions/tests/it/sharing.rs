//! Policies of functions: how they are put together, and whom they let call, decided by the real directory.

use std::sync::Arc;

use identity::{Directory, KeyRing};
use serde_json::{Value, json};
use stdx::SeededEntropy;
use storage::{Memory, Term};
use wire::Caller;

use crate::support::{
    Answer, Asked, FUNCTIONS, Host, Refusal, caller, event, function_arn, new_function,
};

const GUEST: &str = "999999999999";
const POLICY: &str = "/2015-03-31/functions/f/policy";
const INVALID: &str = "InvalidParameterValueException";
const NOT_FOUND: &str = "ResourceNotFoundException";

fn permission(sid: &str, principal: &str) -> Value {
    json!({"StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": principal})
}

fn guest() -> Caller {
    let account = GUEST.parse().unwrap();
    Caller { account, principal: format!("arn:aws:iam::{GUEST}:root"), ..caller() }
}

/// A host under the decisions of a directory.
struct Shared {
    host: Host,
    directory: Arc<Directory>,
}

impl Shared {
    async fn new() -> Self {
        let host = Host::new().await;
        host.create("f", "(copy)").await;
        let around = identity::Surroundings {
            store: Arc::new(Memory::new(Term(1))),
            keys: Arc::new(KeyRing::new()),
            clock: Arc::new(host.clock),
            entropy: Arc::new(SeededEntropy::new(2)),
            operator: "111122223333".parse().unwrap(),
        };
        let directory = Directory::open(around, &[7; 32]).await.unwrap();
        Self { host, directory }
    }

    async fn ask(&self, caller: &Caller, method: &str, path: &str) -> Result<Answer, Refusal> {
        let body = event(&["a"]).to_string().into();
        let asked = Asked { method, path: path.to_owned(), headers: Vec::new(), body };
        self.host.ask(&*self.directory, caller, asked).await
    }

    /// What the guest is answered when it calls what has this name.
    async fn invoke(&self, name: &str) -> Result<Answer, Refusal> {
        let arn = function_arn(name).replace(':', "%3A");
        self.ask(&guest(), "POST", &format!("{FUNCTIONS}/{arn}/invocations")).await
    }

    async fn refusal(&self, name: &str) -> String {
        let refusal = self.invoke(name).await.unwrap_err();
        assert_eq!(refusal.code, "AccessDeniedException", "{}", refusal.message);
        refusal.message.replace(&function_arn(name), "ARN")
    }
}

#[tokio::test(start_paused = true)]
async fn statements_are_added_shown_and_taken_away() {
    let host = Host::new().await;
    let made = host.create("f", "(copy)").await;
    let told = host.refused("GET", POLICY, Value::Null).await;
    assert_eq!((told.status, &*told.code), (404, NOT_FOUND));
    assert_eq!(told.message, "The resource you requested does not exist.");
    let added = host.send("POST", POLICY, permission("a", GUEST)).await.unwrap();
    let arn = function_arn("f");
    let written = format!(
        r#"{{"Sid":"a","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{GUEST}:root"}},"Action":"lambda:InvokeFunction","Resource":"{arn}"}}"#
    );
    assert_eq!((added.status, &added.body), (201, &json!({"Statement": written})));
    let mut bucket = permission("b", "s3.amazonaws.com");
    bucket["SourceArn"] = "arn:aws:s3:::bucket".into();
    bucket["SourceAccount"] = GUEST.into();
    let bucket = host.works("POST", POLICY, bucket).await["Statement"].clone();
    let host = host.restart().await;
    let shown = host.get(POLICY).await;
    let bucket = bucket.as_str().unwrap();
    let expected =
        format!(r#"{{"Version":"2012-10-17","Id":"default","Statement":[{written},{bucket}]}}"#);
    assert_eq!(shown["Policy"], expected);
    let now = host.get(&format!("{FUNCTIONS}/f/configuration")).await;
    assert_eq!(shown["RevisionId"], now["RevisionId"]);
    assert_ne!(shown["RevisionId"], made["RevisionId"]);
    let gone = host.send("DELETE", &format!("{POLICY}/a"), Value::Null).await.unwrap();
    assert_eq!((gone.status, gone.body), (204, Value::Null));
    let left = host.get(POLICY).await["Policy"].to_string();
    assert!(!left.contains(GUEST) || left.contains("s3.amazonaws.com"), "{left}");
    host.works("DELETE", &format!("{POLICY}/b"), Value::Null).await;
    assert_eq!(host.refused("GET", POLICY, Value::Null).await.status, 404);
    let told = host.refused("DELETE", &format!("{POLICY}/b"), Value::Null).await;
    assert_eq!(told.message, "No policy is associated with the given resource.");
}

#[tokio::test(start_paused = true)]
async fn a_policy_goes_with_its_function() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    host.works("POST", POLICY, permission("a", GUEST)).await;
    host.works("DELETE", &format!("{FUNCTIONS}/f"), Value::Null).await;
    host.create("f", "(copy)").await;
    assert_eq!(host.refused("GET", POLICY, Value::Null).await.status, 404);
    let host = host.restart().await;
    assert_eq!(host.refused("GET", POLICY, Value::Null).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_told() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    host.works("POST", POLICY, permission("a", GUEST)).await;
    let with = |member: &str, value: &str| {
        let mut body = permission("b", GUEST);
        body[member] = value.into();
        body
    };
    let qualified = |qualifier: &str| format!("{POLICY}?Qualifier={qualifier}");
    let conflict = "ResourceConflictException";
    for (path, body, status, code, text) in [
        (POLICY.to_owned(), permission("a", "*"), 409, conflict, "The statement id (a) provided"),
        (POLICY.to_owned(), with("Principal", "ann"), 400, INVALID, "principal was invalid"),
        (
            POLICY.to_owned(),
            with("Principal", "arn:aws:iam::1:x"),
            400,
            INVALID,
            "principal was invalid",
        ),
        (POLICY.to_owned(), with("Action", "lambda:GetFunction"), 400, INVALID, "Action is not"),
        (POLICY.to_owned(), with("FunctionUrlAuthType", "NONE"), 400, INVALID, "no URLs"),
        (POLICY.to_owned(), with("Action", "s3:Get"), 400, "ValidationException", "at 'action'"),
        (POLICY.to_owned(), with("SourceArn", "arn:aws:s3:::${"), 400, INVALID, "understood"),
        (
            POLICY.to_owned(),
            with("RevisionId", "other"),
            412,
            "PreconditionFailedException",
            "GetPolicy",
        ),
        (qualified("%24LATEST"), permission("b", "*"), 400, INVALID, "policies for $LATEST"),
        (qualified("7"), permission("b", "*"), 404, NOT_FOUND, ":function:f:7"),
        (POLICY.replace("/f/", "/no/"), permission("b", "*"), 404, NOT_FOUND, "Function not found"),
    ] {
        let told = host.refused("POST", &path, body.clone()).await;
        assert_eq!((told.status, &*told.code), (status, code), "{body}: {}", told.message);
        assert!(told.message.contains(text), "{}", told.message);
    }
    let told = host.refused("DELETE", &format!("{POLICY}/no"), Value::Null).await;
    assert_eq!((told.status, &*told.code), (404, NOT_FOUND));
    assert_eq!(told.message, "Statement no is not found in resource policy.");
    let path = format!("{POLICY}/a?RevisionId=other");
    assert_eq!(host.refused("DELETE", &path, Value::Null).await.status, 412);
    let revision = host.get(POLICY).await["RevisionId"].as_str().unwrap().to_owned();
    host.works("DELETE", &format!("{POLICY}/a?RevisionId={revision}"), Value::Null).await;
}

#[tokio::test(start_paused = true)]
async fn a_policy_has_room_for_20_kb() {
    let host = Host::new().await;
    host.create("f", "(copy)").await;
    let mut added = 0;
    let told = loop {
        let sid = format!("{added:0>100}");
        match host.send("POST", POLICY, permission(&sid, GUEST)).await {
            Ok(_) => added += 1,
            Err(told) => break told,
        }
    };
    assert!(added > 60, "{added}");
    assert_eq!((told.status, &*told.code), (400, "PolicyLengthExceededException"));
    assert!(told.message.ends_with("is bigger than the limit (20480)."), "{}", told.message);
    let host = host.restart().await;
    let shown = host.get(POLICY).await["Policy"].as_str().unwrap().len();
    assert!((20_000..=20_480).contains(&shown), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_is_shared_is_called_from_another_account() {
    let shared = Shared::new().await;
    let host = &shared.host;
    shared.refusal("f").await;
    host.works("POST", POLICY, permission("a", GUEST)).await;
    let answer = shared.invoke("f").await.unwrap();
    assert_eq!((answer.status, &answer.body["batchItemFailures"]), (200, &json!([])));
    let call = host.sandbox.calls().pop().unwrap();
    assert_eq!(call.tenant, 123_456_789_012, "it is its owner's call");
    // That, and nothing else of it.
    let arn = function_arn("f").replace(':', "%3A");
    for (method, path) in [
        ("GET", format!("{FUNCTIONS}/{arn}")),
        ("GET", format!("{FUNCTIONS}/{arn}/policy")),
        ("DELETE", format!("{FUNCTIONS}/{arn}/policy/a")),
        ("DELETE", format!("{FUNCTIONS}/{arn}")),
    ] {
        let refusal = shared.ask(&guest(), method, &path).await.unwrap_err();
        assert_eq!(refusal.code, "AccessDeniedException", "{method} {path}");
    }
    // A name is one of the caller's own, and so is an ARN of another region.
    let refusal = shared.ask(&guest(), "POST", &format!("{FUNCTIONS}/f/invocations")).await;
    assert_eq!(refusal.unwrap_err().code, NOT_FOUND);
    let elsewhere = arn.replace("us-east-1", "eu-central-1");
    let path = format!("{FUNCTIONS}/{elsewhere}/invocations");
    let refusal = shared.ask(&guest(), "POST", &path).await.unwrap_err();
    assert_eq!(refusal.code, "AccessDeniedException");
    // The version that it is now is another resource.
    shared.refusal("f:$LATEST").await;
    host.works("DELETE", &format!("{POLICY}/a"), Value::Null).await;
    shared.refusal("f").await;
}

/// Whoever is not let in learns nothing: a function that is shared with somebody else, one that is not shared and one
/// that is not there are refused in the same words.
#[tokio::test(start_paused = true)]
async fn a_function_that_is_not_shared_is_as_one_that_is_not_there() {
    let shared = Shared::new().await;
    let host = &shared.host;
    host.works("POST", FUNCTIONS, new_function("g", "(copy)")).await;
    let absent = shared.refusal("h").await;
    for principal in ["888888888888", "s3.amazonaws.com"] {
        host.works("POST", POLICY, permission("a", principal)).await;
        assert_eq!(shared.refusal("f").await, absent);
        assert_eq!(shared.refusal("g").await, absent);
        host.works("DELETE", &format!("{POLICY}/a"), Value::Null).await;
    }
    let mut bound = permission("a", "*");
    bound["PrincipalOrgID"] = "o-abcdefghij".into();
    host.works("POST", POLICY, bound).await;
    assert_eq!(shared.refusal("f").await, absent);
}
