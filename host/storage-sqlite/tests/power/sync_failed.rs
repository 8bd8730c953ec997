//! The sync of a commit fails and the process ends. The system may take the pages that it could not write for
//! written, so that the next process reads what is on no platter; and the power goes while that one opens.

use std::sync::Arc;

use bytes::Bytes;
use storage::{Kind, Store};

use crate::bed::{Bed, run};
use crate::check::{Promise, keeps};
use crate::disk::{Event, Failure, Known, What};
use crate::draw::Draw;
use crate::ledger::{Found, Plan};
use crate::nth_call::{Base, commit};
use crate::platter::{Kind as Crash, Platter};

const WAL: &str = "shardmill.db-wal";

#[test]
fn the_power_may_go_in_the_opening_after_a_sync_that_failed() {
    run(async {
        let mut base = Base::make().await;
        let bed = base.bed();
        bed.disk().record();
        let opened = bed.open().unwrap();
        let (store, term) = (Arc::clone(&opened.store), opened.store.term());
        let mut acknowledged = Plan::new();
        let record = (Bytes::from_static(b"key"), Bytes::from_static(b"acknowledged"));
        acknowledged.append(base.logs[0], vec![record]);
        base.state.commit(&acknowledged, term).unwrap();
        store.commit(acknowledged.commit).await.unwrap();
        let lost = commit(base.logs[1], 200_000);
        let mut after = base.state.clone();
        after.commit(&lost, term).unwrap();
        bed.disk().obey(|call| match call.what {
            What::Sync if call.name == WAL => Err(Failure::Io(0)),
            _ => Ok(()),
        });
        assert_eq!(store.commit(lost.commit).await.unwrap_err().kind(), Kind::Indefinite);
        // The process is killed: the next one finds all that this one wrote.
        let (seen, events) = (bed.image(), bed.disk().recorded());
        let platter = Platter::after(&base.image, &events);
        drop(store);
        opened.close().await;

        let bed = Bed::from(&seen).watch();
        bed.disk().record();
        let opened = bed.open().unwrap();
        let found = Found::read(&*opened.store, &base.logs).await.unwrap();
        let answering = bed.disk().so_far().len();
        let states = [base.state, after];
        let shown = states.iter().position(|state| found.differs(state).is_none()).unwrap();
        assert_eq!(shown, 1, "the pages are read from memory, or nothing is tried");
        let next_term = opened.store.term().0;
        opened.close().await;
        let events = bed.disk().recorded();
        let known = |until| match until < answering {
            true => Known { acknowledged: 0, asked: 1, term: term.0 },
            false => Known { acknowledged: shown, asked: shown, term: next_term },
        };
        let promised = |until| Promise { states: &states, known: known(until), logs: &base.logs };
        everywhere(platter, &events, promised).await;
    });
}

/// The power goes after each of these events, and before the first.
async fn everywhere<'a>(
    mut platter: Platter,
    events: &[Event],
    promised: impl Fn(usize) -> Promise<'a>,
) {
    let mut draw = Draw::new(10);
    for until in 0..=events.len() {
        if let Some(Event::Changed(name, change)) = until.checked_sub(1).map(|at| &events[at]) {
            platter.apply(name, change);
        }
        let random = [(); 3].map(|()| Crash::Random(draw.number()));
        for kind in [Crash::Dropped, Crash::Kept].into_iter().chain(random) {
            let kept = keeps(&Bed::from(&platter.image(kind)), &promised(until)).await;
            assert_eq!(kept, Ok(()), "event {until} of {}, {kind:?}", events.len());
        }
    }
}
