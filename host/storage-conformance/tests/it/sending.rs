//! Commits that are sent until it is known what became of them, and the numbers that they have.

use std::sync::Arc;

use bytes::Bytes;
use storage::faulty::{Fate, Faulty};
use storage::{
    Commit, CommitId, Expect, FactWrite, Kind, Memory, Meta, Outcome, Producer, Scope, Sending,
    Store, Term,
};

const SCOPE: Scope = Scope("sending", 0);

fn faulty(fates: impl IntoIterator<Item = Fate>) -> Faulty<Memory> {
    Faulty::commits(Arc::new(Memory::new(Term(1))), fates)
}

/// A commit of one fact, which is not to be there.
async fn sending(store: &dyn Store) -> Sending {
    let mut commit = Commit::new(0, SCOPE);
    commit.id = Some(Producer::new(store.new_ids(1).await.unwrap()).next(store.term()));
    let (key, value) = (Bytes::from_static(b"key"), Some(Bytes::from_static(b"value")));
    commit.facts.push(FactWrite { key, value, expect: Expect::Absent });
    Sending::new(commit)
}

async fn version(store: &dyn Store) -> Option<u64> {
    store.get(&SCOPE, b"key").await.unwrap().map(|fact| fact.version)
}

#[test]
fn what_failed_at_once_is_void() {
    storage_conformance::run(async {
        let store = faulty([Fate::FailBefore]);
        let mut sending = sending(&store).await;
        let Outcome::Void(error) = sending.send(&store).await else { panic!("it is not void") };
        assert_eq!(error.kind(), Kind::Unavailable);
        assert_eq!(version(&store).await, None);
    });
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    storage_conformance::run(async {
        let store = faulty([Fate::LoseAnswer, Fate::FailBefore]);
        let mut sending = sending(&store).await;
        // The second failure says nothing about the first time.
        for kind in [Kind::Indefinite, Kind::Unavailable] {
            match sending.send(&store).await {
                Outcome::Unknown(error) => assert_eq!(error.kind(), kind),
                other => panic!("{other:?}"),
            }
        }
        let Outcome::Happened(committed) = sending.send(&store).await else {
            panic!("it did not happen")
        };
        assert_eq!(version(&store).await, Some(committed.version));
    });
}

#[test]
fn a_refusal_is_void_however_often_it_was_sent() {
    storage_conformance::run(async {
        let store = faulty([Fate::Pass, Fate::FailBefore, Fate::LoseAnswer]);
        let mut first = sending(&store).await;
        assert!(matches!(first.send(&store).await, Outcome::Happened(_)));
        let mut second = sending(&store).await;
        assert!(matches!(second.send(&store).await, Outcome::Void(_)), "nothing was sent before");
        for _again in 0..2 {
            match second.send(&store).await {
                Outcome::Void(error) => assert_eq!(error.kind(), Kind::Conflict),
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_scope_keeps_its_producer() {
    storage_conformance::run(async {
        let store = Memory::new(Term(3));
        let mut first = Producer::noted(&store, &SCOPE).await.unwrap();
        let mut again = Producer::noted(&store, &SCOPE).await.unwrap();
        let id = first.next(Term(3));
        assert_eq!((id.generation, id.ordinal), (3, 1));
        assert_eq!(first.next(Term(3)), CommitId { ordinal: 2, ..id });
        assert_eq!(again.next(Term(4)), CommitId { generation: 4, ..id });
        let fact = store.get(&SCOPE, Producer::KEY).await.unwrap().unwrap();
        assert_eq!(fact.value, [&[1][..], &id.producer.to_le_bytes()].concat());
    });
}
