//! Tables of which a witness tells what all of their rows add up to. They are read in looks, each one read transaction
//! and so one state between two commits: nothing that a commit does is ever seen halfway.

use rusqlite::{Connection, Row, Rows, Statement, params};

use crate::error::{Result, damaged};
use crate::facts;
use crate::log_state::{LogView, Slot};
use crate::table;
use crate::walk::finding;
use crate::witness::Witness;

/// What is read in one look: some 10 ms. A table that is no larger is checked against its sum.
pub(super) const LOOK_BYTES: u64 = 4 * 1024 * 1024;
/// What a row weighs at least.
const ROW_BYTES: u64 = 256;
/// Findings of one look. A table with more is left for this round: there is no telling how it goes on.
const FINDINGS_MAX: usize = 64;

/// What the scrub has to know of a table.
pub(super) trait Table {
    /// Where a row stands, as the table is ordered.
    type Place: Clone + PartialOrd;

    /// What is said if the sum does not hold.
    const ALTERED: &str;
    /// The rows behind a place, in order.
    const SQL: &str;

    /// Before all rows.
    fn start() -> Self::Place;

    fn rows<'s>(
        statement: &'s mut Statement<'_>,
        behind: &Self::Place,
    ) -> rusqlite::Result<Rows<'s>>;

    /// Reads and checks a row: its place, its bytes, and what it adds to the sum.
    fn read(row: &Row<'_>) -> Result<(Self::Place, u64, u128)>;

    fn sum(witness: &Witness) -> u128;
}

/// What a look came to.
#[derive(Debug)]
pub(super) struct Seen<P> {
    /// It was read up to here.
    pub(super) behind: P,
    pub(super) bytes: u64,
    /// Whether nothing more is to be read.
    pub(super) is_end: bool,
    sum: u128,
}

/// Looks at the rows behind a place, of about so many bytes; what is wrong with them.
pub(super) fn look<T: Table>(
    db: &Connection,
    behind: &T::Place,
    budget: u64,
) -> Result<(Seen<T::Place>, Vec<String>)> {
    let snapshot = db.unchecked_transaction()?;
    let mut findings = Vec::new();
    let seen = read::<T>(&snapshot, behind, budget, &mut findings)?;
    if *behind == T::start() && seen.is_end && findings.is_empty() {
        let mut unreadable = Vec::new();
        let newest = table::last_witness(&snapshot, &mut unreadable)?;
        // If the newest one is damaged, that is said elsewhere.
        if unreadable.is_empty() && T::sum(&newest) != seen.sum {
            findings.push(T::ALTERED.to_owned());
        }
    }
    Ok((seen, findings))
}

fn read<T: Table>(
    db: &Connection,
    behind: &T::Place,
    budget: u64,
    findings: &mut Vec<String>,
) -> Result<Seen<T::Place>> {
    let mut statement = db.prepare_cached(T::SQL)?;
    let mut rows = T::rows(&mut statement, behind)?;
    let mut seen = Seen { behind: behind.clone(), bytes: 0, is_end: true, sum: 0 };
    while findings.len() < FINDINGS_MAX {
        let read = match rows.next() {
            Ok(None) => break,
            Ok(Some(row)) => T::read(row),
            Err(error) => {
                // Nor can it be read on.
                findings.push(finding(error.into())?);
                break;
            }
        };
        // It goes on behind a row that is sound: what a damaged one says of its place may lead anywhere.
        match read {
            Ok((place, bytes, share)) if place > seen.behind => {
                seen.behind = place;
                seen.bytes = seen.bytes.saturating_add(bytes.max(ROW_BYTES));
                seen.sum = seen.sum.wrapping_add(share);
                if seen.bytes >= budget {
                    seen.is_end = false;
                    break;
                }
            }
            Ok(_) => findings.push("rows are out of order".to_owned()),
            Err(stop) => findings.push(finding(stop)?),
        }
    }
    Ok(seen)
}

pub(super) struct Facts;

impl Table for Facts {
    /// Scope and key.
    type Place = (String, i64, Vec<u8>);

    const ALTERED: &str = "facts are missing or altered";
    const SQL: &str = "SELECT scope, number, key, version, crc, value FROM fact
        WHERE (scope, number, key) > (?1, ?2, ?3) ORDER BY scope, number, key";

    fn start() -> Self::Place {
        (String::new(), i64::MIN, Vec::new())
    }

    fn rows<'s>(
        statement: &'s mut Statement<'_>,
        (scope, number, key): &Self::Place,
    ) -> rusqlite::Result<Rows<'s>> {
        statement.query(params![scope, number, key])
    }

    fn read(row: &Row<'_>) -> Result<(Self::Place, u64, u128)> {
        let (scope, number, fact) = facts::placed(row)?;
        let share = facts::fact_share((&scope, number), &fact);
        let bytes = (fact.key.len() + fact.value.len()) as u64;
        Ok(((scope, facts::signed(number), fact.key.into()), bytes, share))
    }

    fn sum(witness: &Witness) -> u128 {
        witness.facts
    }
}

pub(super) struct LogRows;

impl Table for LogRows {
    /// The slot; none is below 0.
    type Place = i64;

    const ALTERED: &str = "log rows are missing or altered";
    const SQL: &str = "SELECT slot, state FROM log WHERE slot > ?1 ORDER BY slot";

    fn start() -> Self::Place {
        -1
    }

    fn rows<'s>(
        statement: &'s mut Statement<'_>,
        behind: &Self::Place,
    ) -> rusqlite::Result<Rows<'s>> {
        statement.query(params![behind])
    }

    fn read(row: &Row<'_>) -> Result<(Self::Place, u64, u128)> {
        let slot: u32 = row.get(0)?;
        let bytes: Vec<u8> = row.get(1)?;
        let log = LogView::decode(Slot(slot), &bytes);
        let log = log.ok_or_else(|| damaged(format!("log row {slot} fails its checksum")))?;
        Ok((slot.into(), bytes.len() as u64, log.share()))
    }

    fn sum(witness: &Witness) -> u128 {
        witness.logs
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use storage::{Fact, Scope};

    use super::*;
    use crate::connection;

    const SCOPE: Scope = Scope("test", 7);

    /// A database with facts of 1,000 bytes, and a witness of them.
    fn with_facts(count: u64) -> (tempfile::TempDir, Connection) {
        let temp = tempfile::tempdir().unwrap();
        let db = connection::writer(&crate::testing::data_dir(temp.path())).unwrap();
        for number in 0..count {
            let key = Bytes::from(number.to_be_bytes().to_vec());
            let fact = Fact { key, value: vec![1; 1000].into(), version: number };
            facts::put(&db, &SCOPE, &fact).unwrap();
        }
        let facts = facts::sum(&db).unwrap();
        table::put_witness(&db, &Witness { version: 1, facts, ..Witness::NONE }).unwrap();
        (temp, db)
    }

    /// Reads all facts in looks of so many bytes: what is found, and how many looks it took.
    fn read_all(db: &Connection, budget: u64) -> (Vec<String>, usize) {
        let (mut behind, mut all) = (Facts::start(), Vec::new());
        for looks in 1..1000 {
            let (seen, findings) = look::<Facts>(db, &behind, budget).unwrap();
            all.extend(findings);
            if seen.is_end {
                return (all, looks);
            }
            assert!(seen.behind > behind, "it goes on");
            behind = seen.behind;
        }
        panic!("it does not end");
    }

    #[test]
    fn sound_facts_are_read_once_in_as_many_looks_as_they_need() {
        let (_temp, db) = with_facts(50);
        assert_eq!(read_all(&db, LOOK_BYTES), (Vec::new(), 1));
        assert_eq!(read_all(&db, 10_000), (Vec::new(), 6));
    }

    #[test]
    fn what_is_missing_is_seen_where_one_look_sees_all() {
        let (_temp, db) = with_facts(50);
        db.execute("DELETE FROM fact WHERE version = 20", []).unwrap();
        assert_eq!(read_all(&db, LOOK_BYTES).0, [Facts::ALTERED]);
        assert_eq!(read_all(&db, 10_000).0, Vec::<String>::new());
        db.execute("UPDATE witness SET body = zeroblob(100)", []).unwrap();
        assert_eq!(read_all(&db, LOOK_BYTES).0, Vec::<String>::new(), "nobody knows the sum");
    }

    #[test]
    fn damaged_facts_are_found_one_by_one_and_passed_over() {
        let (_temp, db) = with_facts(50);
        db.execute("UPDATE fact SET value = x'00' WHERE version % 10 = 9", []).unwrap();
        for budget in [1, 10_000, LOOK_BYTES] {
            let (found, _) = read_all(&db, budget);
            assert_eq!(found, vec!["fact in test 7 fails its checksum"; 5], "{budget}");
        }
    }

    #[test]
    fn a_table_of_nothing_but_damage_is_left_alone() {
        let (_temp, db) = with_facts(500);
        db.execute("UPDATE fact SET value = x'00' WHERE version >= 100", []).unwrap();
        for budget in [1, 10_000, LOOK_BYTES] {
            assert_eq!(read_all(&db, budget).0.len(), FINDINGS_MAX, "{budget}");
        }
    }

    #[test]
    fn a_row_out_of_place_does_not_lead_back() {
        struct Disordered;
        impl Table for Disordered {
            type Place = i64;
            const ALTERED: &str = "";
            const SQL: &str = "SELECT column1 FROM (VALUES (3), (1), (4)) WHERE ?1 < 9";
            fn start() -> i64 {
                -1
            }
            fn rows<'s>(
                statement: &'s mut Statement<'_>,
                behind: &i64,
            ) -> rusqlite::Result<Rows<'s>> {
                statement.query(params![behind])
            }
            fn read(row: &Row<'_>) -> Result<(i64, u64, u128)> {
                Ok((row.get(0)?, 1, 0))
            }
            fn sum(_: &Witness) -> u128 {
                0
            }
        }
        let (_temp, db) = with_facts(0);
        let (seen, findings) = look::<Disordered>(&db, &-1, LOOK_BYTES).unwrap();
        assert_eq!((seen.behind, findings), (4, vec!["rows are out of order".to_owned()]));
    }
}
