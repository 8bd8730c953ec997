//! A decorator that does nothing changes nothing; each fate does what it says.

use std::sync::Arc;

use bytes::Bytes;
use storage::faulty::{Call, Fate, Faulty, Gate};
use storage::{
    Commit, CommitId, Committed, Expect, FactWrite, Kind, Memory, Meta, Result, Scope, Store, Term,
};
use tokio::task::JoinSet;

use crate::memory::Twins;

const SCOPE: Scope = Scope("faulty", 0);

storage_conformance::conformance!(Twins::new(|memory| Arc::new(Faulty::new(memory, |_| {
    Fate::Pass
}))));

/// A commit of one fact, which can be sent twice.
fn write() -> Commit {
    Commit {
        id: Some(CommitId { producer: 1, generation: 0, ordinal: 0 }),
        facts: vec![FactWrite {
            key: Bytes::from_static(b"key"),
            value: Some(Bytes::from_static(b"value")),
            expect: Expect::Absent,
        }],
        ..Commit::new(0, SCOPE)
    }
}

fn faulty(fates: impl IntoIterator<Item = Fate>) -> Faulty<Memory> {
    Faulty::commits(Arc::new(Memory::new(Term(1))), fates)
}

async fn is_written(store: &Faulty<Memory>) -> bool {
    store.inner().get(&SCOPE, b"key").await.unwrap().is_some()
}

#[test]
fn failing_before_leaves_nothing() {
    storage_conformance::run(async {
        let store = faulty([Fate::FailBefore]);
        let failed = store.commit(write()).await;
        assert_eq!(failed.unwrap_err().kind(), Kind::Unavailable);
        assert!(!is_written(&store).await);
        store.commit(write()).await.unwrap();
        assert!(is_written(&store).await);
    });
}

#[test]
fn losing_the_answer_leaves_everything() {
    storage_conformance::run(async {
        let store = faulty([Fate::LoseAnswer]);
        let lost = store.commit(write()).await;
        assert_eq!(lost.unwrap_err().kind(), Kind::Indefinite);
        assert!(is_written(&store).await);
        let answer = store.commit(write()).await.unwrap();
        assert_eq!(answer, store.inner().commit(write()).await.unwrap());
    });
}

#[test]
fn a_refusal_is_not_lost() {
    storage_conformance::run(async {
        let store = faulty([Fate::LoseAnswer]);
        let fence = Some(Term(9));
        let refused = store.commit(Commit { fence, ..write() }).await;
        assert_eq!(refused.unwrap_err().kind(), Kind::Conflict);
    });
}

#[test]
fn a_gate_holds_the_call_or_its_answer() {
    for (fate, written_before) in
        [(Fate::HoldBefore as fn(Gate) -> Fate, false), (Fate::HoldAnswer, true)]
    {
        storage_conformance::run(async {
            let gate = Gate::new();
            let store = Arc::new(faulty([fate(gate.clone())]));
            let mut held: JoinSet<Result<Committed>> = JoinSet::new();
            let shared = Arc::clone(&store);
            held.spawn(async move { shared.commit(write()).await });
            gate.reached(1).await;
            assert_eq!(is_written(&store).await, written_before);
            assert!(held.try_join_next().is_none());
            gate.open();
            held.join_next().await.unwrap().unwrap().unwrap();
            assert!(is_written(&store).await);
        });
    }
}

#[test]
fn calls_can_be_told_apart() {
    storage_conformance::run(async {
        let memory = Arc::new(Memory::new(Term(1)));
        let store = Faulty::new(memory, |call| match call {
            Call::Get(_, b"key") => Fate::FailBefore,
            _ => Fate::Pass,
        });
        store.get(&SCOPE, b"other").await.unwrap();
        let failed = store.get(&SCOPE, b"key").await;
        assert_eq!(failed.unwrap_err().kind(), Kind::Unavailable);
    });
}
