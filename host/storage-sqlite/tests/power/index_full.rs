//! The disk is full just when SQLite's index of the write-ahead log has to grow. The group lies in the log by
//! then, synced, so nobody can say that it did not happen: unlike elsewhere the process ends, as after a
//! failure of the device, and the next opening finds what was acknowledged.

use std::sync::Arc;

use bytes::Bytes;
use storage::{Health, Kind, Store};

use crate::bed::{Bed, run};
use crate::check::{Promise, keeps};
use crate::disk::{Failure, Known, What};
use crate::ledger::Plan;
use crate::nth_call::Base;

/// The first part of the index is made for some 4000 pages of 16 KiB.
const COMMITS_MAX: usize = 100;

#[test]
fn a_full_disk_under_the_index_of_the_log_ends_the_process_and_loses_nothing() {
    run(async {
        let base = Base::make().await;
        let mut bed = base.bed();
        // Nothing is copied meanwhile, so that the log grows.
        bed.options.wal_bytes = 1 << 35;
        let opened = bed.open().unwrap();
        let (store, term) = (Arc::clone(&opened.store), opened.store.term());
        bed.disk().obey(|call| match call.what {
            What::Map => Err(Failure::Full(0)),
            _ => Ok(()),
        });
        let mut states = vec![base.state.clone()];
        let error = loop {
            let mut plan = Plan::new();
            let data = Bytes::from(vec![7; 1 << 20]);
            plan.append(base.logs[0], vec![(Bytes::from_static(b"key"), data)]);
            let mut after = states[states.len() - 1].clone();
            after.commit(&plan, term).unwrap();
            states.push(after);
            match store.commit(plan.commit).await {
                Ok(_) => assert!(states.len() < COMMITS_MAX, "the index never grew"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), Kind::Indefinite);
        assert!(matches!(store.health(), Health::Failed(_)), "{:?}", store.health());
        let asked = states.len() - 1;
        assert!(asked > 50, "it failed before the index was full: {asked}");
        let known = Known { acknowledged: asked - 1, asked, term: term.0 };
        let promise = Promise { states: &states, known, logs: &base.logs };
        // Killed at once, and after the end of the process.
        assert_eq!(keeps(&Bed::from(&bed.image()), &promise).await, Ok(()));
        drop(store);
        assert!(opened.close().await);
        bed.disk().mend();
        assert_eq!(keeps(&bed, &promise).await, Ok(()));
    });
}
