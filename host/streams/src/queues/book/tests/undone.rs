//! Two calls that change one record, of which the first or both are not written.

use std::time::Duration;

use domain::{Millis, ShardId};
use storage::{Position, Term};

use super::super::{Book, Entry, Place, Side, Stale, Undo};
use super::{BOUNDS, WALL};

const PLACE: Place = Place { shard: ShardId(0), position: Position { term: Term(1), offset: 5 } };

type Act = fn(&mut Book, u32) -> Result<Undo, Stale>;

const ACTS: [(&str, Act); 8] = [
    ("acknowledge", |book, handout| book.acknowledge(Side::Live, PLACE, handout)),
    ("acknowledge a dead one", |book, handout| book.acknowledge(Side::Dead, PLACE, handout)),
    ("hide for long", |book, handout| book.hide(Side::Live, PLACE, handout, Some(at(500)))),
    ("hide for longer", |book, handout| book.hide(Side::Live, PLACE, handout, Some(at(600)))),
    ("hide a dead one", |book, handout| book.hide(Side::Dead, PLACE, handout, Some(at(500)))),
    ("show", |book, handout| book.hide(Side::Live, PLACE, handout, None)),
    ("show a dead one", |book, handout| book.hide(Side::Dead, PLACE, handout, None)),
    ("restore", |book, handout| book.restore(PLACE, handout)),
];

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A book with one record that was just received, and its receipt.
fn received(side: Side) -> (Book, u32) {
    let mut book = Book::new(BOUNDS, Some(2));
    book.take_new(PLACE, at(30), WALL);
    let receives = if side == Side::Live { 1 } else { 2 };
    let mut handout = 1;
    for _ in 0..receives {
        book.advance(at(100));
        let from = if book.visible(Side::Dead) > 0 { Side::Dead } else { Side::Live };
        handout = book.take(from, 1, at(30 + u64::from(handout)), WALL)[0].entry.handout;
    }
    (book, handout)
}

fn entry(book: &Book) -> Option<Entry> {
    book.entries.get(&PLACE).copied()
}

/// Everything that two calls can do to a record, one after the other, each with what takes it back.
fn pairs(mut check: impl FnMut(&str, Book, Option<Entry>, [Undo; 2])) -> usize {
    let mut count = 0;
    for side in [Side::Live, Side::Dead] {
        for (first_name, first) in ACTS {
            for (second_name, second) in ACTS {
                let (mut book, handout) = received(side);
                let before = entry(&book);
                let Ok(first) = first(&mut book, handout) else { continue };
                let Ok(second) = second(&mut book, handout) else { continue };
                check(&format!("{first_name}, {second_name}"), book, before, [first, second]);
                count += 1;
            }
        }
    }
    count
}

#[test]
fn what_was_written_stands_when_an_earlier_change_is_taken_back() {
    let count = pairs(|case, mut book, _, [first, _]| {
        let written = entry(&book);
        book.undo(first);
        assert_eq!(entry(&book), written, "{case}");
    });
    assert_eq!(count, 17);
}

#[test]
fn what_was_not_written_leaves_no_trace_if_the_newest_goes_first() {
    pairs(|case, mut book, before, [first, second]| {
        book.undo(second);
        book.undo(first);
        assert_eq!(entry(&book), before, "{case}");
    });
}

#[test]
fn a_record_that_nobody_is_done_with_is_there_whichever_goes_first() {
    pairs(|case, mut book, _, [first, second]| {
        book.undo(first);
        book.undo(second);
        assert!(entry(&book).is_some(), "{case}");
    });
}

#[test]
fn time_that_passes_hinders_nobody_from_taking_a_change_back() {
    let (mut book, handout) = received(Side::Live);
    let before = book.hide(Side::Live, PLACE, handout, Some(at(900))).unwrap();
    let kept = entry(&book);
    let undo = book.hide(Side::Live, PLACE, handout, Some(at(400))).unwrap();
    book.advance(at(500));
    assert_eq!(book.in_flight(), 0);
    book.undo(undo);
    assert_eq!(entry(&book), kept);
    book.undo(before);
    assert_eq!(book.next_due(), Some(at(31)));
}

#[test]
fn a_receipt_that_was_taken_back_is_not_given_out_again() {
    let (mut book, handout) = received(Side::Dead);
    let hidden = book.hide(Side::Dead, PLACE, handout, Some(at(400))).unwrap();
    book.advance(at(500));
    let again = book.take(Side::Dead, 1, at(600), Millis(1))[0];
    book.undo(hidden);
    assert_eq!(entry(&book), Some(again.entry), "it was given out again");
    book.undo(again.undo);
    book.undo(hidden);
    let third = book.hide(Side::Dead, PLACE, handout, None);
    assert_eq!(third, Err(Stale::Superseded));
    assert_eq!(book.in_flight(), 1, "hidden as it was at first");
}

#[test]
fn a_shard_that_was_forgotten_does_not_come_back_by_one_of_its_records() {
    let (mut book, handout) = received(Side::Live);
    let undo = book.acknowledge(Side::Live, PLACE, handout).unwrap();
    book.forget(PLACE.shard);
    book.undo(undo);
    assert!(book.shards().is_empty());
}
