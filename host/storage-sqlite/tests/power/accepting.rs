//! The power goes while a loss is being accepted: what is left is either still a loss, which can be accepted
//! again, or a store that takes writes; and no position of before is given a second time.

use bytes::Bytes;
use storage::{Health, Store};
use storage_sqlite::verify;

use crate::bed::{Bed, run};
use crate::check::sound;
use crate::draw::Draw;
use crate::ledger::{Found, Plan};
use crate::nth_call::Base;
use crate::platter::{Image, Kind, Platter};

const DATABASE: &str = "shardmill.db";

/// A store that was put back to an older copy, with the term that it had reached.
pub(crate) async fn shortened() -> (Base, u32) {
    let mut base = Base::make().await;
    let bed = Bed::from(&base.image);
    let opened = bed.open().unwrap();
    let mut plan = Plan::new();
    plan.append(base.logs[0], vec![(Bytes::from_static(b"key"), Bytes::from_static(b"lost"))]);
    opened.store.commit(plan.commit).await.unwrap();
    let term = opened.store.term().0;
    assert!(opened.close().await);
    let old = base.image[DATABASE].clone();
    base.image = bed.image();
    base.image.insert(DATABASE.to_owned(), old);
    (base, term)
}

/// Makes rows unreadable that accepting puts together again or gives up.
fn meddle(image: &Image) -> Image {
    let bed = Bed::from(image);
    let db = rusqlite::Connection::open(bed.dir.path().join(DATABASE)).unwrap();
    db.execute_batch(
        "UPDATE log SET state = zeroblob(120) WHERE slot = 1;
         UPDATE fact SET crc = 0 WHERE scope = 'power' AND key = (SELECT min(key) FROM fact WHERE scope = 'power');
         DELETE FROM place WHERE key % 3 = 0;
         PRAGMA wal_checkpoint(TRUNCATE)",
    )
    .unwrap();
    drop(db);
    bed.image()
}

/// Goes on with what a crash left; whether the loss was still to be accepted. If `is_whole`, all that the older
/// copy held is there.
async fn goes_on(image: &Image, base: &Base, term: u32, is_whole: bool) -> Result<bool, String> {
    let bed = Bed::from(image);
    let opened = bed.open().map_err(|error| error.to_string())?;
    let was_lost = match opened.store.health() {
        Health::Ready => false,
        Health::DataLossDetected(_) => true,
        health => return Err(format!("{health:?}")),
    };
    opened.close().await;
    if was_lost {
        let accepted = verify(&bed.dir, true, &mut |_| {}).map_err(|error| error.to_string())?;
        if accepted.accepted.is_empty() {
            return Err("a loss that cannot be accepted".to_owned());
        }
    }
    sound(&bed)?;
    let opened = bed.open().map_err(|error| error.to_string())?;
    if is_whole
        && let Some(differs) = Found::read(&*opened.store, &base.logs).await?.differs(&base.state)
    {
        return Err(differs);
    }
    let mut plan = Plan::new();
    plan.append(base.logs[0], vec![(Bytes::from_static(b"key"), Bytes::from_static(b"new"))]);
    let done = opened.store.commit(plan.commit).await.map_err(|error| error.to_string())?;
    opened.close().await;
    if done.appends[0].first.term.0 <= term {
        return Err(format!("term {} again", done.appends[0].first.term.0));
    }
    Ok(was_lost)
}

#[test]
fn the_power_may_go_while_a_loss_is_accepted() {
    run(async {
        let (base, term) = shortened().await;
        let mut draw = Draw::new(7);
        for (image, is_whole) in [(base.image.clone(), true), (meddle(&base.image), false)] {
            let bed = Bed::from(&image).watch();
            bed.disk().record();
            let report = verify(&bed.dir, true, &mut |_| {}).unwrap();
            assert!(!report.accepted.is_empty());
            let events = bed.disk().recorded();
            let mut seen = [0, 0];
            for until in 0..=events.len() {
                let platter = Platter::after(&image, &events[..until]);
                for kind in [Kind::Dropped, Kind::Kept, Kind::Random(draw.number())] {
                    let was_lost = goes_on(&platter.image(kind), &base, term, is_whole).await;
                    let here = format!("event {until} of {}, {kind:?}", events.len());
                    let was_lost = was_lost.unwrap_or_else(|error| panic!("{here}: {error}"));
                    assert!(
                        was_lost || until > 0,
                        "nothing was done, and the loss is gone: {here}"
                    );
                    seen[usize::from(was_lost)] += 1;
                }
            }
            assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
        }
    });
}
