//! Each opening has a higher term: numbers given before are never given again, and positions of every term
//! keep their place.

use super::Harness;
use super::kit::{self, commit, kind};
use storage::{Commit, Kind, Position, Term};

/// Checks the promise.
pub async fn check(harness: &dyn Harness) {
    let mut store = harness.open().await;
    let log = kit::new_log(&*store).await;
    let mut terms: Vec<Term> = Vec::new();
    let mut wanted = Vec::new();
    for opening in 0..4u64 {
        let term = store.term();
        assert!(term > Term(0));
        assert!(terms.iter().all(|earlier| *earlier < term), "{term:?} after {terms:?}");
        for earlier in &terms {
            let fence = Some(*earlier);
            let fenced = store.commit(Commit { fence, ..commit() }).await;
            assert_eq!(kind(fenced), Kind::Conflict);
        }
        terms.push(term);

        // Offsets run on, also over openings that appended nothing.
        let next = Position { term, offset: opening.min(1) * 2 + opening.saturating_sub(2) * 2 };
        assert_eq!(store.bounds(log).await.unwrap().next, next);
        assert_eq!(*store.watch(log).unwrap().borrow(), next);
        if opening != 1 {
            let place = kit::write(&*store, log, 1, &["a", "b"]).await;
            assert_eq!(place.first, next);
            wanted.extend([next, next.next()]);
        }
        store = harness.reopen(store).await;
    }
    let seen = kit::read(&*store, log).await;
    let positions: Vec<_> = seen.iter().map(|seen| seen.position).collect();
    assert_eq!(positions, wanted);

    // Any position, whoever made it up, leads to the records after it.
    for term in terms.iter().flat_map(|term| [term.0 - 1, term.0, term.0 + 1]) {
        for offset in 0..8 {
            let from = Position { term: Term(term), offset };
            let seen = kit::read_from(&*store, log, from).await;
            let positions: Vec<_> = seen.iter().map(|seen| seen.position).collect();
            let start = wanted.partition_point(|position| *position < from);
            assert_eq!(positions, wanted[start..], "from {from}");
        }
    }
}
