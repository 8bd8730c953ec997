//! Rows of the `fact` table: read and written with their checksum and their share of the sum.

use bytes::Bytes;
use rusqlite::{Connection, Row, params};
use storage::{Fact, Room, Scope};

use crate::error::{Result, damaged};
use crate::witness::share;

/// The scope of the store's own facts.
pub(crate) const HOST: Scope = Scope("store", 0);

/// CRC-32C over where a fact lies and what it says.
fn crc(scope: (&str, u64), fact: &Fact) -> u32 {
    let parts: [&[u8]; 7] = [
        scope.0.as_bytes(),
        &[0],
        &scope.1.to_le_bytes(),
        &(fact.key.len() as u64).to_le_bytes(),
        &fact.key,
        &fact.version.to_le_bytes(),
        &fact.value,
    ];
    parts.into_iter().fold(0, crc32c::crc32c_append)
}

/// What a fact adds to the sum over all facts.
pub(crate) fn fact_share(scope: (&str, u64), fact: &Fact) -> u128 {
    let (name, number) = (scope.0.as_bytes(), scope.1.to_le_bytes());
    share(&[b"fact", name, &number, &fact.key, &fact.version.to_le_bytes(), &fact.value])
}

/// SQLite's integers are signed; ours travel as their bit patterns.
pub(crate) fn signed(value: u64) -> i64 {
    value.cast_signed()
}

pub(crate) fn unsigned(value: i64) -> u64 {
    value.cast_unsigned()
}

/// A row's fact, if its checksum holds.
fn checked(scope: (&str, u64), fact: Fact, stored: i64) -> Result<Fact> {
    if i64::from(crc(scope, &fact)) == stored {
        Ok(fact)
    } else {
        Err(damaged(format!("fact in {} {} fails its checksum", scope.0, scope.1)))
    }
}

/// Reads `version, crc, value` from column `at` on.
fn read(scope: (&str, u64), key: Vec<u8>, row: &Row<'_>, at: usize) -> Result<Fact> {
    let value: Vec<u8> = row.get(at + 2)?;
    let version = unsigned(row.get(at)?);
    let fact = Fact { key: key.into(), value: value.into(), version };
    checked(scope, fact, row.get(at + 1)?)
}

/// The fact under `key`.
pub(crate) fn get(db: &Connection, scope: &Scope, key: &[u8]) -> Result<Option<Fact>> {
    let sql = "SELECT version, crc, value FROM fact WHERE scope = ?1 AND number = ?2 AND key = ?3";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![scope.0, signed(scope.1), key])?;
    rows.next()?.map(|row| read((scope.0, scope.1), key.to_vec(), row, 0)).transpose()
}

/// The facts under `keys`, as many as have room.
pub(crate) fn get_many(
    db: &Connection,
    scope: &Scope,
    keys: &[Bytes],
    mut room: Room,
) -> Result<Vec<Option<Fact>>> {
    let mut facts = Vec::with_capacity(keys.len());
    for key in keys {
        let fact = get(db, scope, key)?;
        if !room.takes(fact.as_ref()) && !facts.is_empty() {
            break;
        }
        facts.push(fact);
    }
    Ok(facts)
}

/// Up to `limit` facts that start with `prefix` and come after `after`, and none after those whose values take
/// `bytes_max` or more.
pub(crate) fn scan(
    db: &Connection,
    scope: &Scope,
    prefix: &[u8],
    after: Option<&[u8]>,
    (limit, bytes_max): (usize, usize),
) -> Result<Vec<Fact>> {
    let sql = "SELECT key, version, crc, value FROM fact
        WHERE scope = ?1 AND number = ?2 AND key >= ?3 ORDER BY key";
    let start = after.map_or(prefix, |after| after.max(prefix));
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![scope.0, signed(scope.1), start])?;
    let mut facts: Vec<Fact> = Vec::new();
    let mut bytes = 0;
    while facts.len() < limit
        && (bytes < bytes_max || facts.is_empty())
        && let Some(row) = rows.next()?
    {
        let key: Vec<u8> = row.get(0)?;
        if !key.starts_with(prefix) {
            break;
        }
        if after.is_some_and(|after| key == after) {
            continue;
        }
        let fact = read((scope.0, scope.1), key, row, 1)?;
        bytes += fact.value.len();
        facts.push(fact);
    }
    Ok(facts)
}

/// Writes a fact.
pub(crate) fn put(db: &Connection, scope: &Scope, fact: &Fact) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO fact (scope, number, key, version, crc, value)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let crc = crc((scope.0, scope.1), fact);
    let (version, number) = (signed(fact.version), signed(scope.1));
    db.prepare_cached(sql)?.execute(params![
        scope.0,
        number,
        &fact.key[..],
        version,
        crc,
        &fact.value[..]
    ])?;
    Ok(())
}

/// Removes a fact.
pub(crate) fn delete(db: &Connection, scope: &Scope, key: &[u8]) -> Result<()> {
    let sql = "DELETE FROM fact WHERE scope = ?1 AND number = ?2 AND key = ?3";
    db.prepare_cached(sql)?.execute(params![scope.0, signed(scope.1), key])?;
    Ok(())
}

/// Reads `scope, number, key, version, crc, value`: a scope, and a fact of it.
pub(crate) fn placed(row: &Row<'_>) -> Result<(String, u64, Fact)> {
    let name: String = row.get(0)?;
    let number = unsigned(row.get(1)?);
    let fact = read((&name, number), row.get(2)?, row, 3)?;
    Ok((name, number, fact))
}

/// The sum over all facts, each checked.
pub(crate) fn sum(db: &Connection) -> Result<u128> {
    let sql = "SELECT scope, number, key, version, crc, value FROM fact";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut sum = 0u128;
    while let Some(row) = rows.next()? {
        let (name, number, fact) = placed(row)?;
        sum = sum.wrapping_add(fact_share((&name, number), &fact));
    }
    Ok(sum)
}

/// Where the facts lie whose checksum does not hold.
pub(crate) fn unreadable(db: &Connection) -> Result<Vec<(String, i64, Vec<u8>)>> {
    let sql = "SELECT scope, number, key, version, crc, value FROM fact";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut unreadable = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, number): (String, i64) = (row.get(0)?, row.get(1)?);
        let key: Vec<u8> = row.get(2)?;
        if read((name.as_str(), unsigned(number)), key.clone(), row, 3).is_err() {
            unreadable.push((name, number, key));
        }
    }
    Ok(unreadable)
}
