//! A store that fails, and callers that go away.

use std::sync::Arc;

use serde_json::json;
use storage::faulty::{Fate, Faulty, Gate};
use storage::{Memory, Store, Term};

use crate::support::{Host, TENANT, root};

/// A host with a user and a key, whose later commits meet `fates`.
async fn failing(fates: Vec<Fate>) -> (Host, String) {
    let host = Host::new().await;
    host.tenant("CreateUser", json!({"UserName": "u"})).await;
    let (id, _) = host.key(Some("u")).await;
    let memory = Arc::new(host.memory.reopen(Store::term(&*host.memory).0 + 1));
    let faulty = Faulty::commits(Arc::clone(&memory), fates);
    (Host::open(Arc::new(faulty), memory, [7; 32]).await, id)
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_finished_by_the_sweep() {
    let (host, id) = failing(vec![Fate::LoseAnswer]).await;
    let input = json!({"AccessKeyId": id, "Status": "Inactive"});
    let refusal = host.as_one(&root(TENANT), "UpdateAccessKey", input).await.unwrap_err();
    assert_eq!((refusal.status, &*refusal.code), (500, "InternalFailure"));
    host.directory.settle().await.unwrap();
    assert!(host.ring.find(&id).is_none());
}

#[tokio::test]
async fn a_change_whose_caller_went_away_happens_once() {
    let gate = Gate::new();
    let (host, id) = failing(vec![Fate::HoldAnswer(gate.clone())]).await;
    let input = json!({"AccessKeyId": id, "Status": "Inactive"});
    let caller = root(TENANT);
    {
        let mut asked = Box::pin(host.as_one(&caller, "UpdateAccessKey", input));
        let waker = std::task::Waker::noop();
        let mut context = std::task::Context::from_waker(waker);
        assert!(asked.as_mut().poll(&mut context).is_pending());
    }
    gate.open();
    // The next change finds it done.
    host.tenant("CreateUser", json!({"UserName": "v"})).await;
    assert!(host.ring.find(&id).is_none());
    let listed = host.tenant("ListAccessKeys", json!({"UserName": "u"})).await;
    assert_eq!(listed["AccessKeyMetadata"][0]["Status"], "Inactive");
}

#[tokio::test]
async fn what_was_not_stored_does_not_hold() {
    let (host, id) = failing(vec![Fate::FailBefore]).await;
    let input = json!({"AccessKeyId": id});
    let refusal = host.as_one(&root(TENANT), "DeleteAccessKey", input.clone()).await.unwrap_err();
    assert_eq!((refusal.status, &*refusal.code), (500, "ServiceUnavailable"));
    assert!(host.ring.find(&id).is_some());
    host.tenant("DeleteAccessKey", input).await;
    assert!(host.ring.find(&id).is_none());
}

#[tokio::test]
async fn damaged_facts_stop_the_start() {
    for (key, value, told) in [
        (&b"x"[..], &b""[..], "not known"),
        (b"u\0\0\0\0\0\0\0\x01name", b"", "value is empty"),
        (b"u\0\0\0\0\0\0\0\x01name", b"\x02", "layout 2 is not known"),
        (b"u\0\0\0\0\0\0\0\x01na me", b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "name must be"),
        (b"a\xff\0\0\0\0\0\0\x01", b"\x01", "12 decimal digits"),
        (b"k\0\0\0\0\0\0\0\x01id", b"\x01\x07", "7 where 0 or 1 was due"),
    ] {
        let memory = Arc::new(Memory::new(Term(1)));
        let mut commit = storage::Commit::new(0, storage::Scope("identity", 0));
        let (key, value) = (key.to_vec().into(), Some(value.to_vec().into()));
        commit.facts.push(storage::FactWrite { key, value, expect: storage::Expect::Anything });
        Store::commit(&*memory, commit).await.unwrap();
        let around = identity::Surroundings {
            store: memory,
            keys: Arc::default(),
            clock: Arc::new(stdx::ManualClock::at(crate::support::START)),
            entropy: Arc::new(stdx::SeededEntropy::new(1)),
            operator: TENANT.parse().unwrap(),
        };
        let error = identity::Directory::open(around, &[7; 32]).await.err().unwrap();
        assert_eq!(error.kind(), storage::Kind::Damaged);
        let text = error.to_string();
        assert!(
            text.starts_with("facts of identity are damaged: ") && text.contains(told),
            "{text}"
        );
    }
}
