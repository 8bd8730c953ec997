//! A process that is killed between two commits of one flush.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use domain::ShardId;
use storage::{Position, Term};

use super::super::{Book, Bounds, Clocks, Place, WRITES_MAX, decode_chunk, decode_cursor};
use super::WALL;

const BOUNDS: Bounds = Bounds { in_flight: 10_000, dead: 10_000 };
const CLOCKS: Clocks = Clocks { wall: WALL, monotonic: Duration::ZERO };
const UNTIL: Duration = Duration::from_secs(30);

type Stored = BTreeMap<Bytes, Bytes>;

fn place(shard: u32, chunk: u64) -> Place {
    let position = Position { term: Term(1), offset: chunk * 64 };
    Place { shard: ShardId(shard), position }
}

/// One commit of what is to be written. Whether it was the last.
fn commit(book: &mut Book, stored: &mut Stored) -> bool {
    let (dirty, is_all) = book.take_dirty(WRITES_MAX);
    for write in book.encode(&dirty, CLOCKS) {
        match write.value {
            Some(value) => stored.insert(write.key, value),
            None => stored.remove(&write.key),
        };
    }
    is_all
}

fn load(stored: &Stored) -> Result<Book, String> {
    let mut book = Book::new(BOUNDS, None);
    for (key, value) in stored {
        if let Some((shard, position)) = decode_cursor(key, value)? {
            book.load_cursor(shard, position);
        } else {
            let records = decode_chunk(key, value)?;
            records.into_iter().try_for_each(|record| book.load(record, CLOCKS))?;
        }
    }
    Ok(book)
}

/// One record of shard 0 in each of more chunks than a commit writes, all of it stored.
fn sparse() -> (Book, Stored) {
    let (mut book, mut stored) = (Book::new(BOUNDS, None), Stored::new());
    for chunk in 0..=WRITES_MAX as u64 {
        book.take_new(place(0, chunk), UNTIL, WALL);
    }
    while !commit(&mut book, &mut stored) {}
    (book, stored)
}

#[test]
fn a_shard_that_was_forgotten_in_part_is_forgotten_again_after_the_restart() {
    let (mut book, mut stored) = sparse();
    book.forget(ShardId(0));
    assert!(!commit(&mut book, &mut stored), "it takes two commits");
    let mut again = load(&stored).expect("what is left can be read");
    assert!(again.shards().contains(&ShardId(0)));
    again.forget(ShardId(0));
    while !commit(&mut again, &mut stored) {}
    assert!(stored.is_empty());
    while !commit(&mut book, &mut stored) {}
    assert!(stored.is_empty());
}

#[test]
fn a_record_that_is_given_out_while_much_else_changed_is_not_lost() {
    let (mut book, mut stored) = sparse();
    book.expire(ShardId(0), place(0, WRITES_MAX as u64 + 1).position);
    let new = [place(0, WRITES_MAX as u64 + 1), place(1, 0)];
    for place in new {
        book.take_new(place, UNTIL, WALL);
    }
    assert!(!commit(&mut book, &mut stored), "it takes two commits");
    let again = load(&stored).unwrap();
    for place in new {
        assert_eq!(again.cursor(place.shard), Some(place.position.next()));
        assert!(again.entries.contains_key(&place), "{place:?} was given out and not acknowledged");
    }
}

#[test]
fn what_a_failed_commit_was_to_write_goes_with_the_next() {
    let (mut book, mut stored) = sparse();
    book.expire(ShardId(0), place(0, WRITES_MAX as u64 + 1).position);
    let new = place(1, 0);
    book.take_new(new, UNTIL, WALL);
    let (dirty, _) = book.take_dirty(WRITES_MAX);
    book.mark_dirty(dirty);
    assert!(!commit(&mut book, &mut stored));
    assert!(load(&stored).unwrap().entries.contains_key(&new));
    while !commit(&mut book, &mut stored) {}
    assert_eq!(load(&stored).unwrap().entries.len(), 1);
}
