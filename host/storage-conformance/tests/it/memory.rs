//! The twin keeps the promises, and tells what is its own: terms and closing.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use storage::{Commit, Health, Kind, Log, LogId, Memory, Scope, Store, Term};
use storage_conformance::Harness;

/// Opens twins, each seen through a wrapper.
pub(crate) struct Twins {
    newest: Mutex<Option<Arc<Memory>>>,
    wrap: fn(Arc<Memory>) -> Arc<dyn Store>,
}

impl Twins {
    pub(crate) fn new(wrap: fn(Arc<Memory>) -> Arc<dyn Store>) -> Self {
        Self { newest: Mutex::new(None), wrap }
    }

    fn show(&self, memory: Memory) -> Arc<dyn Store> {
        let memory = Arc::new(memory);
        *self.newest.lock() = Some(Arc::clone(&memory));
        (self.wrap)(memory)
    }
}

#[async_trait]
impl Harness for Twins {
    async fn open(&self) -> Arc<dyn Store> {
        self.show(Memory::new(Term(7)))
    }

    async fn reopen(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        let newest = self.newest.lock().take().unwrap();
        drop(store);
        let last = Arc::into_inner(newest).expect("a check gives back its last handle");
        self.show(last.reopen(0))
    }
}

storage_conformance::conformance!(Twins::new(|memory| memory));

#[test]
fn the_term_follows_the_clock_and_rises_without_it() {
    let first = Memory::new(Term(100));
    let second = first.reopen(100);
    let third = second.reopen(5000);
    let terms = [first.term(), second.term(), third.term()];
    assert_eq!(terms, [Term(100), Term(101), Term(5000)]);
}

#[test]
fn a_store_that_was_reopened_elsewhere_is_closed() {
    let memory = Memory::new(Term(1));
    assert_eq!(memory.health(), Health::Ready);
    let _again = memory.reopen(2);
    assert!(matches!(memory.health(), Health::Failed(_)));
    assert_eq!(memory.watch(LogId(1)).unwrap_err().kind(), Kind::Closed);
    storage_conformance::run(async {
        let commit = Commit::new(0, Scope("any", 0));
        let refused = memory.commit(commit).await;
        assert_eq!(refused.unwrap_err().kind(), Kind::Closed);
    });
}
