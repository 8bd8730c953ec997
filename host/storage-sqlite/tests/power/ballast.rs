//! A disk that has no room left but that of the ballast when the process comes: it is given up before anything else
//! needs room, or a server that crashed there would not start any more.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use storage::{Health, Store};
use storage_sqlite::{FreeSpace, Reserve, verify};

use crate::accepting::shortened;
use crate::bed::{Bed, run};
use crate::check::{Promise, keeps};
use crate::disk::{Failure, Known, What};
use crate::nth_call::Base;

const BALLAST: &str = "ballast";
const BALLAST_BYTES: u64 = 2 << 20;

/// Whether the ballast is there, and with it no room.
#[derive(Clone, Debug)]
struct Full(Arc<AtomicBool>);

impl FreeSpace for Full {
    fn free_bytes(&self) -> io::Result<u64> {
        Ok(if self.0.load(Ordering::SeqCst) { 0 } else { BALLAST_BYTES })
    }
}

impl Full {
    /// Puts the ballast there, which takes the last room.
    fn fill(bed: &mut Bed) -> Self {
        bed.dir.hold(BALLAST, BALLAST_BYTES).unwrap();
        let full = Self(Arc::new(AtomicBool::new(true)));
        let is_full = Arc::clone(&full.0);
        bed.disk().obey(move |call| match call.what {
            What::Remove if call.name == BALLAST => {
                is_full.store(false, Ordering::SeqCst);
                Ok(())
            }
            // It has its room and is written in place.
            What::Write(..) if call.name == "shardmill.mark" => Ok(()),
            What::Write(..) | What::Create | What::MakeDir | What::Map
                if is_full.load(Ordering::SeqCst) =>
            {
                Err(Failure::Full(0))
            }
            _ => Ok(()),
        });
        bed.options.reserve =
            Reserve { low_water_bytes: 4 * BALLAST_BYTES, ballast_bytes: BALLAST_BYTES };
        bed.options.free_space = Some(Arc::new(full.clone()));
        full
    }
}

#[test]
fn a_store_that_was_killed_on_a_full_disk_opens_in_the_room_of_the_ballast() {
    run(async {
        let base = Base::left(false).await;
        let mut bed = base.bed();
        let full = Full::fill(&mut bed);
        let opened = bed.open().unwrap();
        assert!(matches!(opened.store.health(), Health::Full(_)), "{:?}", opened.store.health());
        assert!(!full.0.load(Ordering::SeqCst) && !bed.dir.exists(BALLAST));
        assert!(opened.close().await);
        bed.disk().mend();
        let known = Known { acknowledged: 0, asked: 0, term: base.term };
        let states = std::slice::from_ref(&base.state);
        let kept =
            keeps(&Bed::from(&bed.image()), &Promise { states, known, logs: &base.logs }).await;
        assert_eq!(kept, Ok(()));
    });
}

#[test]
fn a_loss_is_accepted_on_a_full_disk_in_the_room_of_the_ballast() {
    run(async {
        let (base, _) = shortened().await;
        let mut bed = base.bed();
        Full::fill(&mut bed);
        let report = verify(&bed.dir, true, &mut |_| {}).unwrap();
        assert!(!report.accepted.is_empty() && !bed.dir.exists(BALLAST));
        bed.disk().mend();
        assert_eq!(bed.verify().unwrap().findings, Vec::<String>::new());
    });
}
