//! How all that is stored.
//!
//! | key | value |
//! |---|---|
//! | `p` | the producer number under which changes are committed |
//! | `a` account (8) | an account |
//! | `k` account (8) id | an access key |
//! | `r` account (8) name | a role |
//! | `s` account (8) region `0` name | a secret |
//! | `u` account (8) name | a user |
//!
//! Numbers in keys are big-endian, so that keys are read in order. The page `host/docs/formats/identity.md` is the
//! reference.

use std::sync::Arc;

use bytes::{BufMut, Bytes};
use domain::{AccountId, Millis};
use storage::codec::{Decoded, Reader, Writer};

use super::facts::{AccessKey, Account, Entry, Kind, Member, Name, StoredSecret};
use crate::vault::Sealed;

const VERSION: u8 = 1;

/// The key of a fact; what is sealed in the fact is sealed for it.
pub(crate) fn key(name: &Name) -> Bytes {
    let (kind, account, rest) = match name {
        Name::Account(account) => (b'a', account, String::new()),
        Name::Key(account, id) => (b'k', account, id.clone()),
        Name::Role(account, name) => (b'r', account, name.clone()),
        Name::Secret(account, region, name) => (b's', account, format!("{region}\0{name}")),
        Name::User(account, name) => (b'u', account, name.clone()),
    };
    let mut key = vec![kind];
    key.put_u64(account.number());
    key.put_slice(rest.as_bytes());
    key.into()
}

pub(crate) fn encode(entry: &Entry) -> Bytes {
    let mut value = Writer::new(VERSION);
    match entry {
        Entry::Account(it) => {
            value.text(&it.name);
            value.u64(it.created.unwrap_or(Millis(0)).0);
            value.u8(it.is_closed.into());
        }
        Entry::Key(it) => {
            value.optional_text(it.user.as_ref().map(|user| user.as_str()));
            value.u8(it.is_enabled.into());
            value.u64(it.created.0);
            value.bytes(&it.sealed.0);
        }
        Entry::Member(it) => {
            value.text(&it.id);
            value.u64(it.created.0);
            value.pairs(&it.tags);
            value.pairs(&it.policies);
            value.text(&it.trust);
        }
        Entry::Secret(it) => {
            value.u64(it.version);
            value.u64(it.created.0);
            value.u64(it.changed.0);
            value.bytes(&it.sealed.0);
        }
    }
    value.finish()
}

/// A fact as it was stored.
pub(crate) fn decode(key: &[u8], value: &[u8]) -> Decoded<Entry> {
    let unknown = || format!("key {:?} is not known", key.escape_ascii().to_string());
    let (kind, rest) = key.split_first().ok_or_else(unknown)?;
    let (account, rest) = rest.split_first_chunk().ok_or_else(unknown)?;
    let account = AccountId::from_number(u64::from_be_bytes(*account));
    let account = account.map_err(|error| error.to_string())?;
    let rest = std::str::from_utf8(rest).map_err(|error| error.to_string())?;
    let reader = Reader::new(VERSION, value)?;
    match kind {
        b'a' if rest.is_empty() => decode_account(account, reader),
        b'k' => decode_key(account, rest, reader),
        b'r' => decode_member(Kind::Role, account, rest, reader),
        b's' => decode_secret(account, rest, reader),
        b'u' => decode_member(Kind::User, account, rest, reader),
        _ => Err(unknown()),
    }
}

fn decode_account(id: AccountId, mut reader: Reader<'_>) -> Decoded<Entry> {
    let name = reader.text()?;
    let created = Some(Millis(reader.u64()?));
    let is_closed = flag(&mut reader)?;
    reader.end()?;
    Ok(Entry::Account(Arc::new(Account { id, name, created, is_closed })))
}

fn decode_key(account: AccountId, id: &str, mut reader: Reader<'_>) -> Decoded<Entry> {
    let user = reader.optional_text()?.map(|user| parsed(&user)).transpose()?;
    let is_enabled = flag(&mut reader)?;
    let created = Millis(reader.u64()?);
    let (id, sealed) = (id.to_owned(), Sealed(reader.all().to_vec()));
    Ok(Entry::Key(Arc::new(AccessKey { account, id, user, is_enabled, created, sealed })))
}

fn decode_member(
    kind: Kind,
    account: AccountId,
    name: &str,
    mut reader: Reader<'_>,
) -> Decoded<Entry> {
    let member = Member {
        kind,
        account,
        name: parsed(name)?,
        id: reader.text()?,
        created: Millis(reader.u64()?),
        tags: reader.pairs()?,
        policies: reader.pairs()?,
        trust: reader.text()?,
    };
    reader.end()?;
    Ok(Entry::Member(Arc::new(member)))
}

fn decode_secret(account: AccountId, key: &str, mut reader: Reader<'_>) -> Decoded<Entry> {
    let (region, name) = key.split_once('\0').ok_or("key of a secret has no region")?;
    Ok(Entry::Secret(Arc::new(StoredSecret {
        account,
        region: parsed(region)?,
        name: parsed(name)?,
        version: reader.u64()?,
        created: Millis(reader.u64()?),
        changed: Millis(reader.u64()?),
        sealed: Sealed(reader.all().to_vec()),
    })))
}

fn flag(reader: &mut Reader<'_>) -> Decoded<bool> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(format!("{other} where 0 or 1 was due")),
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Decoded<T> {
    text.parse().map_err(|error| format!("{text:?}: {error}"))
}
