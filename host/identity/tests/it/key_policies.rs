//! Policies of keys: how they are put, what they leave to the account of the key, and what they let other accounts do.

use std::sync::Arc;

use identity::kms::{self, Keys};
use serde_json::{Value, json};
use stdx::SeededEntropy;
use storage::{Memory, Store, Term};
use wire::protocol::Protocol;
use wire::{Api, Call, Caller, Table};

use crate::support::{Host, OPERATOR, Refusal, TENANT, policy, root, user};

const DENIED: &str = "AccessDeniedException";
const MALFORMED: &str = "MalformedPolicyDocumentException";
const LOCKOUT: &str =
    "The new key policy will not allow you to update the key policy in the future.";

/// Keys under the decisions of a directory.
struct Guarded {
    host: Host,
    memory: Arc<Memory>,
    table: Table<Keys>,
}

impl Guarded {
    async fn new() -> Self {
        let host = Host::new().await;
        Self::open(host, Arc::new(Memory::new(Term(1)))).await
    }

    async fn open(host: Host, memory: Arc<Memory>) -> Self {
        let around = kms::Surroundings {
            store: Arc::clone(&memory) as Arc<dyn Store>,
            clock: Arc::new(host.clock.clone()),
            entropy: Arc::new(SeededEntropy::new(3)),
        };
        let table = kms::table(Keys::open(around, &[9; 32]).await.unwrap());
        Self { host, memory, table }
    }

    async fn restart(self) -> Self {
        let memory = Arc::new(self.memory.reopen(2));
        Self::open(self.host, memory).await
    }

    async fn ask(&self, caller: &Caller, operation: &str, input: Value) -> Result<Value, Refusal> {
        let info = self.table.find(operation).expect("the operation exists");
        let notes = &wire::Notes::default();
        let call = Call {
            caller,
            authorizer: &*self.host.directory,
            protocol: Protocol::AwsJson11,
            head: None,
            body: input.to_string().into(),
            notes,
        };
        match self.table.call(info, call).await {
            Ok(reply) if reply.body.whole().is_empty() => Ok(Value::Null),
            Ok(reply) => Ok(serde_json::from_slice(reply.body.whole()).unwrap()),
            Err(failure) => Err(Refusal {
                status: failure.status,
                code: failure.code.into_owned(),
                message: failure.message.unwrap_or_default(),
            }),
        }
    }

    async fn works(&self, caller: &Caller, operation: &str, input: Value) -> Value {
        let answer = self.ask(caller, operation, input).await;
        answer.unwrap_or_else(|refusal| panic!("{operation}: {refusal:?}"))
    }

    async fn refused(&self, caller: &Caller, operation: &str, input: Value) -> (String, String) {
        let refusal = self.ask(caller, operation, input).await.expect_err(operation);
        (refusal.code, refusal.message)
    }

    /// A key of the tenant: its ARN.
    async fn key(&self) -> String {
        let made = self.works(&root(TENANT), "CreateKey", json!({})).await;
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    async fn put(&self, key: &str, statements: &[Value]) {
        let input = json!({"KeyId": key, "Policy": document(statements)});
        self.works(&root(TENANT), "PutKeyPolicy", input).await;
    }

    async fn encrypts(&self, caller: &Caller, key: &str) -> bool {
        let input = json!({"KeyId": key, "Plaintext": "eA=="});
        match self.ask(caller, "Encrypt", input).await {
            Ok(_) => true,
            Err(refusal) => {
                assert_eq!(refusal.code, DENIED, "{}", refusal.message);
                false
            }
        }
    }
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn statement(effect: &str, principal: &str, action: &str) -> Value {
    json!({"Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "*"})
}

fn allow(principal: &str, action: &str) -> Value {
    statement("Allow", principal, action)
}

/// What leaves all to the tenant's account.
fn account() -> Value {
    allow(TENANT, "kms:*")
}

#[tokio::test]
async fn a_policy_is_put_shown_listed_and_kept() {
    let guarded = Guarded::new().await;
    let (tenant, key) = (root(TENANT), guarded.key().await);
    let of = json!({"KeyId": key});
    let shown = guarded.works(&tenant, "GetKeyPolicy", of.clone()).await;
    let default: Value = serde_json::from_str(shown["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(default["Statement"][0]["Sid"], "Enable IAM User Permissions");
    let names = json!({"PolicyNames": ["default"], "Truncated": false});
    assert_eq!(guarded.works(&tenant, "ListKeyPolicies", of.clone()).await, names);
    let wrong = json!({"KeyId": key, "Marker": "x"});
    let told = guarded.refused(&tenant, "ListKeyPolicies", wrong).await;
    assert_eq!(told.0, "InvalidMarkerException");

    guarded.put(&key, &[account(), allow(OPERATOR, "kms:Decrypt")]).await;
    let put = json!({
        "Policy": document(&[account(), allow(OPERATOR, "kms:Decrypt")]), "PolicyName": "default",
    });
    assert_eq!(guarded.works(&tenant, "GetKeyPolicy", of.clone()).await, put);
    let guarded = guarded.restart().await;
    assert_eq!(guarded.works(&tenant, "GetKeyPolicy", of.clone()).await, put);
    // It stays through other changes, and what it says holds.
    guarded.works(&tenant, "DisableKey", of.clone()).await;
    guarded.works(&tenant, "EnableKey", of.clone()).await;
    assert_eq!(guarded.works(&tenant, "GetKeyPolicy", of).await, put);
    assert!(guarded.encrypts(&tenant, &key).await);
    let other = json!({"KeyId": key, "PolicyName": "other"});
    assert_eq!(guarded.refused(&tenant, "GetKeyPolicy", other).await.0, "ValidationException");
}

#[tokio::test]
async fn what_is_no_policy_of_this_key_is_refused() {
    let guarded = Guarded::new().await;
    let (tenant, key) = (root(TENANT), guarded.key().await);
    let elsewhere = |arn: &str| {
        let mut statement = account();
        statement["Resource"] = json!(arn);
        document(&[statement])
    };
    let long = format!("{{\"Id\": \"{}\"}}", "x".repeat(32 * 1024));
    for (text, code, told) in [
        ("nothing".to_owned(), MALFORMED, "this is not the JSON of a policy"),
        ("{}".to_owned(), MALFORMED, "Statement is missing"),
        (document(&[account()]).replace("AWS", "Service"), MALFORMED, "no principal of the kind"),
        (elsewhere("arn:aws:kms:us-east-1:1:key/x"), MALFORMED, "Statement[0].Resource: "),
        (long, "LimitExceededException", "32768 bytes"),
    ] {
        let input = json!({"KeyId": key, "Policy": text});
        let (found, message) = guarded.refused(&tenant, "PutKeyPolicy", input).await;
        assert_eq!(found, code, "{text}");
        assert!(message.contains(told), "{message}");
        let (found, _) = guarded.refused(&tenant, "CreateKey", json!({"Policy": text})).await;
        assert_eq!(found, code, "{text}");
    }
    // Patterns and the ARN itself name the key, and nearly 32 KiB are taken.
    let input = json!({"KeyId": key, "Policy": elsewhere(&key)});
    guarded.works(&tenant, "PutKeyPolicy", input).await;
    let all = elsewhere("arn:aws:kms:*:*:key/*");
    guarded.works(&tenant, "PutKeyPolicy", json!({"KeyId": key, "Policy": all})).await;
    let mut many: Vec<Value> = (0..150).map(|_| allow(OPERATOR, "kms:DescribeKey")).collect();
    many.push(account());
    let text = format!("{}{}", document(&many), " ".repeat(10_000));
    assert!((20_480..32_768).contains(&text.len()), "{}", text.len());
    guarded.works(&tenant, "PutKeyPolicy", json!({"KeyId": key, "Policy": text})).await;
    let guarded = guarded.restart().await;
    let kept = guarded.works(&tenant, "GetKeyPolicy", json!({"KeyId": key})).await;
    assert_eq!(kept["Policy"], text);
}

#[tokio::test]
async fn nobody_locks_itself_out_by_mistake() {
    let guarded = Guarded::new().await;
    let all = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]});
    guarded.host.user("ann", all).await;
    let (tenant, ann) = (root(TENANT), user("ann"));
    let key = guarded.key().await;
    let me = ann.principal.clone();
    for (who, statements, keeps) in [
        (&tenant, vec![allow(&me, "kms:*")], false),
        (&ann, vec![allow(&me, "kms:*")], true),
        (&ann, vec![allow(&me, "kms:Encrypt")], false),
        (&ann, vec![account()], true),
        (&tenant, vec![account(), statement("Deny", "*", "kms:Put*")], false),
        (&tenant, vec![account(), statement("Deny", &me, "kms:Put*")], true),
        (&ann, vec![account(), statement("Deny", &me, "kms:Put*")], false),
        (&tenant, vec![allow(OPERATOR, "kms:*")], false),
    ] {
        let text = document(&statements);
        let made = guarded.ask(who, "CreateKey", json!({"Policy": text})).await;
        match keeps {
            true => drop(made.unwrap()),
            false => {
                let refusal = made.unwrap_err();
                assert_eq!((&*refusal.code, &*refusal.message), (MALFORMED, LOCKOUT), "{text}");
                let input = json!({"KeyId": key, "Policy": text});
                let told = guarded.refused(who, "PutKeyPolicy", input).await;
                assert_eq!(told, (MALFORMED.to_owned(), LOCKOUT.to_owned()));
            }
        }
    }
    // Who wants to may: then the root has no way back, as on AWS.
    let text = document(&[allow(&me, "kms:Put*")]);
    let input = json!({"KeyId": key, "Policy": text, "BypassPolicyLockoutSafetyCheck": true});
    guarded.works(&tenant, "PutKeyPolicy", input).await;
    for operation in ["GetKeyPolicy", "DescribeKey", "DisableKey"] {
        let (code, message) = guarded.refused(&tenant, operation, json!({"KeyId": key})).await;
        assert_eq!(code, DENIED);
        assert!(message.contains("because no resource-based policy allows"), "{message}");
    }
    let input = json!({"KeyId": key, "Policy": document(&[allow(&me, "kms:*"), account()])});
    guarded.works(&ann, "PutKeyPolicy", input).await;
    guarded.works(&tenant, "DescribeKey", json!({"KeyId": key})).await;
}

/// Own policies against those of the key, in the account of the key.
#[tokio::test]
async fn a_policy_lets_in_or_leaves_it_to_the_account() {
    let guarded = Guarded::new().await;
    guarded.host.user("with", policy("Allow", "kms:*", "*")).await;
    guarded.host.user("without", policy("Allow", "s3:x", "*")).await;
    let (tenant, with, without) = (root(TENANT), user("with"), user("without"));
    let key = guarded.key().await;
    let ann = |name: &str| format!("arn:aws:iam::{TENANT}:user/{name}");
    // Besides what lets the root put the next one.
    let keeps = allow(TENANT, "kms:PutKeyPolicy");
    for (more, expected) in [
        (None, [false, false, false]),
        (Some(account()), [true, true, false]),
        (Some(allow(&ann("without"), "kms:Encrypt")), [false, false, true]),
        (Some(allow(&ann("with"), "kms:Encrypt")), [false, true, false]),
        (Some(allow("*", "kms:Encrypt")), [true, true, true]),
        (Some(allow(TENANT, "kms:Decrypt")), [false, false, false]),
    ] {
        let statements: Vec<Value> = [keeps.clone()].into_iter().chain(more.clone()).collect();
        guarded.put(&key, &statements).await;
        for (caller, expected) in [&tenant, &with, &without].into_iter().zip(expected) {
            let who = &caller.principal;
            assert_eq!(guarded.encrypts(caller, &key).await, expected, "{more:?} {who}");
        }
    }
    let deny = statement("Deny", &ann("with"), "kms:Encrypt");
    guarded.put(&key, &[account(), deny]).await;
    assert!(!guarded.encrypts(&with, &key).await);
    assert!(guarded.encrypts(&tenant, &key).await);
}

#[tokio::test]
async fn conditions_of_a_key_know_caller_context_and_tags() {
    let guarded = Guarded::new().await;
    let (tenant, key) = (root(TENANT), guarded.key().await);
    let ask =
        |context: Value| json!({"KeyId": key, "Plaintext": "eA==", "EncryptionContext": context});
    for (condition, given, holds) in [
        (json!({"StringEquals": {"kms:CallerAccount": TENANT}}), json!({}), true),
        (json!({"StringEquals": {"kms:CallerAccount": OPERATOR}}), json!({}), false),
        (json!({"StringEquals": {"kms:EncryptionContext:a": "1"}}), json!({"a": "1"}), true),
        (json!({"StringEquals": {"kms:EncryptionContext:a": "1"}}), json!({"a": "2"}), false),
        (
            json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]}}),
            json!({"a": "1", "b": "2"}),
            true,
        ),
        (
            json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a"]}}),
            json!({"a": "1", "b": "2"}),
            false,
        ),
        (json!({"Null": {"kms:ViaService": "false"}}), json!({}), false),
    ] {
        let mut encrypt = allow("*", "kms:Encrypt");
        encrypt["Condition"] = condition.clone();
        guarded.put(&key, &[allow(TENANT, "kms:PutKeyPolicy"), encrypt]).await;
        let answer = guarded.ask(&tenant, "Encrypt", ask(given)).await;
        assert_eq!(answer.is_ok(), holds, "{condition}");
    }
}

#[tokio::test]
async fn another_account_uses_a_key_if_both_let_it() {
    let guarded = Guarded::new().await;
    guarded.host.user("ann", policy("Allow", "kms:Encrypt", "*")).await;
    let (tenant, ann, operator) = (root(TENANT), user("ann"), root(OPERATOR));
    // A key of the operator's, used by the tenant.
    let made = guarded.works(&operator, "CreateKey", json!({})).await;
    let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let id = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let own = allow(OPERATOR, "kms:*");
    let put = |statements: Vec<Value>| {
        let input = json!({"KeyId": key, "Policy": document(&statements)});
        guarded.works(&operator, "PutKeyPolicy", input)
    };
    assert!(!guarded.encrypts(&tenant, &key).await);
    put(vec![own.clone(), allow(TENANT, "kms:*")]).await;
    assert!(guarded.encrypts(&tenant, &key).await && guarded.encrypts(&ann, &key).await);
    let input = json!({"KeyId": key, "Plaintext": "eA=="});
    let blob = guarded.works(&tenant, "Encrypt", input).await["CiphertextBlob"].clone();
    let decrypt = json!({"KeyId": key, "CiphertextBlob": blob});
    let opened = guarded.works(&tenant, "Decrypt", decrypt.clone()).await;
    assert_eq!((&opened["Plaintext"], &opened["KeyId"]), (&json!("eA=="), &json!(key)));
    // The key's policy lets the account in, which lets this user encrypt only.
    assert_eq!(guarded.refused(&ann, "Decrypt", decrypt.clone()).await.0, DENIED);
    // Without its name it is not looked for in other accounts.
    let unnamed = json!({"CiphertextBlob": blob});
    let told = guarded.refused(&tenant, "Decrypt", unnamed.clone()).await;
    assert_eq!(told.0, "InvalidCiphertextException");
    guarded.works(&operator, "Decrypt", unnamed).await;
    for operation in ["DescribeKey", "GetKeyRotationStatus"] {
        guarded.works(&tenant, operation, json!({"KeyId": key})).await;
    }
    let data = json!({"KeyId": key, "KeySpec": "AES_256"});
    guarded.works(&tenant, "GenerateDataKey", data).await;
    // By its ARN, and to use it only.
    let told = guarded.refused(&tenant, "DescribeKey", json!({"KeyId": id})).await;
    assert_eq!(told.0, "NotFoundException");
    let alias = json!({"AliasName": "alias/a", "TargetKeyId": key});
    guarded.works(&operator, "CreateAlias", alias).await;
    let alias = key.replace(&format!("key/{id}"), "alias/a");
    let told = guarded.refused(&tenant, "DescribeKey", json!({"KeyId": alias})).await;
    assert_eq!(told.0, DENIED);
    for operation in [
        "DisableKey",
        "ScheduleKeyDeletion",
        "GetKeyPolicy",
        "ListKeyPolicies",
        "EnableKeyRotation",
    ] {
        let told = guarded.refused(&tenant, operation, json!({"KeyId": key})).await;
        assert_eq!(told.0, DENIED, "{operation}");
    }
    put(vec![own, allow(&ann.principal, "kms:Decrypt")]).await;
    assert!(!guarded.encrypts(&ann, &key).await, "its own policies are not enough");
    assert_eq!(guarded.refused(&ann, "Decrypt", decrypt).await.0, DENIED, "nor is the key's");
}

#[tokio::test]
async fn a_key_that_is_not_shared_is_as_one_that_is_not_there() {
    let guarded = Guarded::new().await;
    let (tenant, operator) = (root(TENANT), root(OPERATOR));
    guarded.host.user("ann", policy("Allow", "kms:*", "*")).await;
    let arn = |made: &Value| made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let closed = arn(&guarded.works(&operator, "CreateKey", json!({})).await);
    let text = document(&[allow(OPERATOR, "kms:*"), allow("999999999999", "kms:*")]);
    let shared = guarded.works(&operator, "CreateKey", json!({"Policy": text})).await;
    let shared = arn(&shared);
    let absent = format!("{}0", &shared[..shared.len() - 1]);
    for caller in [tenant, user("ann")] {
        for operation in ["DescribeKey", "Encrypt", "DisableKey"] {
            let mut told = Vec::new();
            for key in [&closed, &shared, &absent] {
                let input = json!({"KeyId": key, "Plaintext": "eA=="});
                let (code, message) = guarded.refused(&caller, operation, input).await;
                assert_eq!(code, DENIED);
                told.push(message.replace(key.as_str(), "X"));
            }
            assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
        }
    }
}
