//! In which order the frames of a group are put into their table, so that they fill its pages.
//!
//! SQLite puts a row behind all others on the table's last page, and takes a new page if it does not fit. A row that no
//! page holds leaves between an eighth of a page and all of one there, and fills pages of its own with the rest. So in
//! the order of their logs, the frames of many logs left much of each page empty: of 1,054 bytes that a record of 1 KiB
//! takes, 170 more with 200 shards and 1 or 16 clients, 74 with 64, and as much again in the write-ahead log. Here the
//! largest that still fits comes next (first-fit decreasing, page by page).

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::connection::PAGE_BYTES;

/// What rows may take of a page: all but its header.
const ROOM: u64 = PAGE_BYTES - 8;
/// The longest row that stands on a page as a whole, what at least stands there of a longer one, and what a page of
/// its own holds of the rest (sqlite.org/fileformat2.html, section 1.6: X, M, U - 4).
const WHOLE_MAX: u64 = PAGE_BYTES - 35;
const PART_MIN: u64 = (PAGE_BYTES - 12) * 32 / 255 - 23;
const REST: u64 = PAGE_BYTES - 4;
/// Bytes of a row beside the frame, the other columns and the types of all: at least, and how many more there may be.
const COLUMNS: u64 = 40;
const COLUMNS_MORE: u64 = 18;
/// Bytes at most that a page notes of each row: where it is, how long it is, its id, and the page of the rest.
const NOTES: u64 = 2 + 4 + 5 + 4;

/// The newest page of the `frame` table.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Page {
    /// Bytes that are free, as far as this life of the store knows: a wrong number costs room, and nothing else.
    free: u64,
}

impl Page {
    fn put(&mut self, bytes: u64) {
        let free = if bytes <= self.free { self.free } else { ROOM };
        self.free = free.saturating_sub(bytes);
    }
}

/// Frames, each by the number of its log and its number among those of that log, as they are to be put. Those of one
/// log stay in order. `length` tells how long one is, if there is one.
pub(super) fn order(
    logs: usize,
    length: impl Fn(usize, usize) -> Option<u64>,
    page: &mut Page,
) -> Vec<(usize, usize)> {
    // Of two that are as long, that of the lesser log is the greater: the order follows logs where that makes no difference.
    let head =
        |log, number| length(log, number).map(|bytes| (on_page(bytes), Reverse(log), number));
    let mut heads: BTreeSet<_> = (0..logs).filter_map(|log| head(log, 0)).collect();
    let mut order = Vec::with_capacity(heads.len());
    loop {
        let fits = heads.range(..(page.free + 1, Reverse(usize::MAX), 0)).next_back();
        let Some(next) = fits.or_else(|| heads.last()).copied() else { return order };
        heads.remove(&next);
        let (bytes, Reverse(log), number) = next;
        page.put(bytes);
        order.push((log, number));
        heads.extend(head(log, number + 1));
    }
}

/// Bytes at most that the row of a frame takes of the table's last page.
fn on_page(frame: u64) -> u64 {
    // Counted from the shortest row that it may be: a longer one leaves more there, or just the least.
    (part_on_page(frame + COLUMNS) + COLUMNS_MORE).min(WHOLE_MAX) + NOTES
}

/// How much of a row stands on the table's page.
fn part_on_page(row: u64) -> u64 {
    match row.checked_sub(PART_MIN).map(|more| PART_MIN + more % REST) {
        _ if row <= WHOLE_MAX => row,
        Some(part) if part <= WHOLE_MAX => part,
        _ => PART_MIN,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::{Connection, params};

    use super::*;

    /// Frames of 200 logs in each of 20 groups, between half and one and a half of a length.
    fn groups(length: u64) -> Vec<Vec<u64>> {
        let mut drawn = 1u64;
        let mut draw = || {
            drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            length / 2 + (drawn >> 33) % length
        };
        (0..20).map(|_| (0..200).map(|_| draw()).collect()).collect()
    }

    /// Pages of a table that rows were put into one after the other.
    fn pages(frames: impl IntoIterator<Item = u64>) -> u64 {
        let db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "page_size", PAGE_BYTES.to_string()).unwrap();
        db.execute_batch(include_str!("../migrations/0001_first.sql")).unwrap();
        let sql = "INSERT INTO frame VALUES (?1, 1790000000, 40, 1790000000000, zeroblob(32), zeroblob(?2))";
        let count = || crate::connection::number(&db, "page_count").unwrap();
        let before = count();
        db.execute_batch("BEGIN").unwrap();
        for (id, length) in (1i64..).zip(frames) {
            db.execute(sql, params![id, i64::try_from(length).unwrap()]).unwrap();
        }
        u64::try_from(count() - before).unwrap()
    }

    fn ordered(groups: &[Vec<u64>]) -> Vec<u64> {
        let mut page = Page::default();
        let mut all = Vec::new();
        for group in groups {
            let length = |log: usize, number| (number == 0).then(|| group[log]);
            let order = order(group.len(), length, &mut page);
            all.extend(order.into_iter().map(|(log, _)| group[log]));
        }
        all
    }

    #[test]
    fn pages_are_filled() {
        for (length, was, is) in [(2_700, 1.12, 1.06), (21_000, 1.15, 1.06), (42_000, 1.07, 1.02)] {
            let groups = groups(length);
            let bytes: u64 = groups.iter().flatten().sum();
            let taken = |pages: u64| (pages * PAGE_BYTES) as f64 / bytes as f64;
            let by_log = taken(pages(groups.iter().flatten().copied()));
            assert!(
                by_log > was,
                "{length}: {by_log} times the frames: nothing is left to be gained"
            );
            let in_order = taken(pages(ordered(&groups)));
            assert!(in_order < is, "{length}: {in_order} times the frames");
        }
    }

    proptest! {
        #[test]
        fn each_frame_comes_once_and_those_of_a_log_in_order(
            logs in prop::collection::vec(prop::collection::vec(0u64..40_000, 0..4), 0..20),
            free in 0..ROOM,
        ) {
            let mut page = Page { free };
            let order = order(logs.len(), |log, at| logs[log].get(at).copied(), &mut page);
            for (log, frames) in logs.iter().enumerate() {
                let numbers: Vec<usize> =
                    order.iter().filter(|(of, _)| *of == log).map(|(_, number)| *number).collect();
                prop_assert_eq!(numbers, (0..frames.len()).collect::<Vec<_>>());
            }
            prop_assert_eq!(order.len(), logs.iter().map(Vec::len).sum::<usize>());
        }

        #[test]
        fn no_row_takes_more_than_was_thought(
            frame in prop_oneof![16_250u64..16_400, 32_630u64..32_780, 88u64..2_000_000],
            columns in COLUMNS..=COLUMNS + COLUMNS_MORE,
        ) {
            prop_assert!(on_page(frame) >= part_on_page(frame + columns) + NOTES);
            prop_assert!(on_page(frame) <= ROOM);
        }
    }
}
