//! A directory to call, and what calls are made of.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{AccountId, Millis};
use identity::{Directory, KeyRing, Surroundings};
use serde_json::{Value, json};
use stdx::{ManualClock, SeededEntropy};
use storage::{Memory, Store, Term};
use wire::protocol::Protocol;
use wire::{Api, Authorizer, Call, Caller, Denied, Origin, Resource, Table};

/// The operator's account.
pub(crate) const OPERATOR: &str = "111122223333";
/// A tenant.
pub(crate) const TENANT: &str = "444455556666";
pub(crate) const STREAM: &str = "arn:aws:kinesis:us-east-1:444455556666:stream/s";
/// When tests begin: Tuesday, 22 September 2026, 09:06:40.
pub(crate) const START: Millis = Millis(1_790_068_000_000);

/// A directory, its store and its clock.
pub(crate) struct Host {
    pub(crate) clock: ManualClock,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) directory: Arc<Directory>,
    table: Table<Directory>,
}

/// A refusal as the caller sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Host {
    /// With one tenant.
    pub(crate) async fn new() -> Self {
        let memory = Arc::new(Memory::new(Term(1)));
        let host = Self::open(Arc::clone(&memory) as Arc<dyn Store>, memory, [7; 32]).await;
        host.works("CreateAccount", json!({"AccountName": "tenant", "AccountId": TENANT})).await;
        host
    }

    pub(crate) async fn open(
        store: Arc<dyn Store>,
        memory: Arc<Memory>,
        host_key: [u8; 32],
    ) -> Self {
        let clock = ManualClock::at(START);
        let ring = Arc::new(KeyRing::new());
        let around = Surroundings {
            store,
            keys: Arc::clone(&ring),
            clock: Arc::new(clock.clone()),
            // Ids of another life must not come again.
            entropy: Arc::new(SeededEntropy::new(Store::term(&*memory).0.into())),
            operator: OPERATOR.parse().unwrap(),
        };
        let directory = Directory::open(around, &host_key).await.unwrap();
        let table = identity::table(Arc::clone(&directory));
        Self { clock, ring, memory, directory, table }
    }

    /// The directory after the process has ended and started again.
    pub(crate) async fn restart(self, host_key: [u8; 32]) -> Self {
        let term = Store::term(&*self.memory).0 + 1;
        let memory = Arc::new(self.memory.reopen(term));
        Self::open(Arc::clone(&memory) as Arc<dyn Store>, memory, host_key).await
    }

    /// What a call of `caller` is answered, if `authorizer` decides.
    pub(crate) async fn ask(
        &self,
        authorizer: &dyn Authorizer,
        caller: &Caller,
        operation: &str,
        input: Value,
    ) -> Result<Value, Refusal> {
        let info = self.table.find(operation).expect("the operation exists");
        let body = input.to_string().into();
        let protocol = Protocol::AwsJson11;
        let notes = &wire::Notes::default();
        let call = Call { caller, authorizer, protocol, head: None, body, notes };
        match self.table.call(info, call).await {
            Ok(reply) if reply.body.whole().is_empty() => Ok(Value::Null),
            Ok(reply) => Ok(serde_json::from_slice(reply.body.whole()).expect("a reply is JSON")),
            Err(failure) => Err(Refusal {
                status: failure.status,
                code: failure.code.into_owned(),
                message: failure.message.unwrap_or_default(),
            }),
        }
    }

    /// What somebody is answered, under the directory's own decisions.
    pub(crate) async fn as_one(
        &self,
        caller: &Caller,
        operation: &str,
        input: Value,
    ) -> Result<Value, Refusal> {
        self.ask(&*self.directory, caller, operation, input).await
    }

    /// What a call of the operator brings that works.
    pub(crate) async fn works(&self, operation: &str, input: Value) -> Value {
        let answer = self.as_one(&root(OPERATOR), operation, input.clone()).await;
        answer.unwrap_or_else(|refusal| panic!("{operation} {input}: {refusal:?}"))
    }

    /// The same, in the tenant's account by its own root.
    pub(crate) async fn tenant(&self, operation: &str, input: Value) -> Value {
        let answer = self.as_one(&root(TENANT), operation, input.clone()).await;
        answer.unwrap_or_else(|refusal| panic!("{operation} {input}: {refusal:?}"))
    }

    /// Checks the refusal of a call of the tenant's root.
    pub(crate) async fn refuses(&self, operation: &str, input: Value, code: &str, message: &str) {
        let answer = self.as_one(&root(TENANT), operation, input.clone()).await;
        let refusal = answer.expect_err(operation);
        assert_eq!((&*refusal.code, &*refusal.message), (code, message), "{operation} {input}");
        assert_eq!(refusal.status, 400);
    }

    /// Makes a user of the tenant with a policy.
    pub(crate) async fn user(&self, name: &str, policy: Value) {
        self.tenant("CreateUser", json!({"UserName": name})).await;
        self.put_policy(name, policy).await;
    }

    pub(crate) async fn put_policy(&self, name: &str, policy: Value) {
        let document = policy.to_string();
        let input = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": document});
        self.tenant("PutUserPolicy", input).await;
    }

    /// Makes a key of a user of the tenant, or of its root: id and secret.
    pub(crate) async fn key(&self, user: Option<&str>) -> (String, String) {
        let made = self.tenant("CreateAccessKey", json!({"UserName": user})).await;
        let word = |member: &str| made["AccessKey"][member].as_str().unwrap().to_owned();
        (word("AccessKeyId"), word("SecretAccessKey"))
    }

    /// What the directory says to a question of `caller`.
    pub(crate) async fn decides(&self, caller: &Caller, asked: Resource) -> Result<(), String> {
        let decided = self.directory.authorize(caller, &asked).await;
        decided.map_err(|Denied { message }| message)
    }

    /// Everything that the store keeps of it, as bytes.
    pub(crate) async fn stored(&self) -> Vec<u8> {
        let scope = storage::Scope("identity", 0);
        let facts = storage::Meta::scan(&*self.memory, &scope, b"", None, 10_000).await.unwrap();
        facts.iter().flat_map(|fact| [&fact.key[..], &fact.value[..]].concat()).collect()
    }
}

fn caller(account: &str, principal: String) -> Caller {
    Caller {
        account: account.parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        principal,
        access_key_id: "k".to_owned(),
        origin: Origin::default(),
        request_id: "test".to_owned(),
    }
}

pub(crate) fn root(account: &str) -> Caller {
    caller(account, format!("arn:aws:iam::{account}:root"))
}

/// A user of the tenant.
pub(crate) fn user(name: &str) -> Caller {
    caller(TENANT, format!("arn:aws:iam::{TENANT}:user/{name}"))
}

pub(crate) fn tenant() -> AccountId {
    TENANT.parse().unwrap()
}

/// One statement as a policy.
pub(crate) fn policy(effect: &str, action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Action": action, "Resource": resource}
    ]})
}

pub(crate) fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// Says no, and notes what it was asked.
#[derive(Default)]
pub(crate) struct DenyAll {
    asked: parking_lot::Mutex<Vec<(String, String)>>,
}

impl DenyAll {
    pub(crate) fn asked(self) -> Vec<(String, String)> {
        self.asked.into_inner()
    }
}

#[async_trait]
impl Authorizer for DenyAll {
    async fn authorize(&self, _: &Caller, asked: &Resource) -> Result<(), Denied> {
        self.asked.lock().push((asked.action.to_owned(), asked.arn.clone()));
        Err(Denied { message: "no".to_owned() })
    }
}
