//! How keys and aliases are stored.
//!
//! | key | value |
//! |---|---|
//! | `p` | the producer number under which changes are committed |
//! | `a` account (8) region `0` name | an alias |
//! | `k` account (8) region `0` id | a key |
//!
//! Numbers in keys are big-endian. The page `host/docs/formats/keys.md` is the reference.

use std::sync::Arc;

use bytes::{BufMut, Bytes};
use domain::{AccountId, Millis, Region};
use storage::codec::{Decoded, Reader, Writer};

use super::facts::{Alias, Key, Manager, Material, Rotation, State};
use super::index::{Entry, Name};
use super::policy::KeyPolicy;
use crate::vault::Sealed;

/// What keys of facts of keys begin with.
pub(super) const KEYS: &[u8] = b"k";

const VERSION: u8 = 1;
/// The layout of keys that have a policy: as the first, and the policy behind it.
const WITH_POLICY: u8 = 2;
/// A nonce, 32 bytes of material, a tag.
const SEALED_BYTES: usize = 12 + 32 + 16;

/// The key of a fact.
pub(super) fn key(name: &Name) -> Bytes {
    let (kind, (account, region, rest)) = match name {
        Name::Alias(account, region, name) => (b'a', (account, region, name)),
        Name::Key(account, region, id) => (b'k', (account, region, id)),
    };
    let mut key = vec![kind];
    key.put_u64(account.number());
    key.put_slice(region.as_str().as_bytes());
    key.put_u8(0);
    key.put_slice(rest.as_bytes());
    key.into()
}

/// What material is sealed for: so none opens as that of another key or version.
pub(super) fn material_place(of: &Key, version: u32) -> Vec<u8> {
    let mut place = key(&Name::Key(of.account, of.region.clone(), of.id.clone())).to_vec();
    place.put_u8(0);
    place.put_u32(version);
    place
}

pub(super) fn encode(entry: &Entry) -> Bytes {
    let mut out = Writer::new(match entry {
        Entry::Key(it) if it.policy.is_some() => WITH_POLICY,
        Entry::Key(_) | Entry::Alias(_) => VERSION,
    });
    match entry {
        Entry::Alias(it) => {
            out.text(&it.target);
            out.u64(it.created.0);
            out.u64(it.updated.0);
        }
        Entry::Key(it) => encode_key(it, &mut out),
    }
    out.finish()
}

fn encode_key(key: &Key, out: &mut Writer) {
    out.u8(match key.manager {
        Manager::Customer => 0,
        Manager::Aws => 1,
    });
    let (state, at) = match key.state {
        State::Enabled => (0, Millis(0)),
        State::Disabled => (1, Millis(0)),
        State::PendingDeletion(at) => (2, at),
    };
    out.u8(state);
    out.u64(at.0);
    out.u64(key.created.0);
    out.text(&key.description);
    out.pairs(&key.tags);
    let none = Rotation { days: 0, next: Millis(0) };
    let rotation = key.rotation.unwrap_or(none);
    out.u32(rotation.days);
    out.u64(rotation.next.0);
    out.u32(u32::try_from(key.materials.len()).expect("versions are numbered in four bytes"));
    for material in &key.materials {
        out.u32(material.version);
        out.u64(material.created.0);
        out.u8(material.on_demand.into());
        out.bytes(&material.sealed.0);
    }
    if let Some(policy) = &key.policy {
        out.bytes(policy.text().as_bytes());
    }
}

/// A fact as it was stored.
pub(super) fn decode(key: &[u8], value: &[u8]) -> Decoded<Entry> {
    let unknown = || format!("key {:?} is not known", key.escape_ascii().to_string());
    let (kind, rest) = key.split_first().ok_or_else(unknown)?;
    let (account, rest) = rest.split_first_chunk().ok_or_else(unknown)?;
    let account = AccountId::from_number(u64::from_be_bytes(*account));
    let account = account.map_err(|error| error.to_string())?;
    let rest = std::str::from_utf8(rest).map_err(|error| error.to_string())?;
    let (region, name) = rest.split_once('\0').ok_or_else(unknown)?;
    let region: Region = region.parse().map_err(|_invalid| format!("{region:?} is no region"))?;
    match kind {
        b'a' => decode_alias((account, region, name), Reader::new(VERSION, value)?),
        b'k' if value.first() == Some(&WITH_POLICY) => {
            decode_key((account, region, name), Reader::new(WITH_POLICY, value)?, true)
        }
        b'k' => decode_key((account, region, name), Reader::new(VERSION, value)?, false),
        _ => Err(unknown()),
    }
}

fn decode_alias(
    (account, region, name): (AccountId, Region, &str),
    mut reader: Reader<'_>,
) -> Decoded<Entry> {
    let alias = Alias {
        account,
        region,
        name: name.to_owned(),
        target: reader.text()?,
        created: Millis(reader.u64()?),
        updated: Millis(reader.u64()?),
    };
    reader.end()?;
    Ok(Entry::Alias(Arc::new(alias)))
}

fn decode_key(
    (account, region, id): (AccountId, Region, &str),
    mut reader: Reader<'_>,
    has_policy: bool,
) -> Decoded<Entry> {
    let manager = match reader.u8()? {
        0 => Manager::Customer,
        1 => Manager::Aws,
        other => return Err(format!("key {id} has unknown manager {other}")),
    };
    let state = match (reader.u8()?, Millis(reader.u64()?)) {
        (0, _) => State::Enabled,
        (1, _) => State::Disabled,
        (2, at) => State::PendingDeletion(at),
        (other, _) => return Err(format!("key {id} has unknown state {other}")),
    };
    let created = Millis(reader.u64()?);
    let (description, tags) = (reader.text()?, reader.pairs()?);
    let (days, next) = (reader.u32()?, Millis(reader.u64()?));
    let rotation = (days > 0).then_some(Rotation { days, next });
    let mut materials = Vec::new();
    for _ in 0..reader.u32()? {
        materials.push(Material {
            version: reader.u32()?,
            created: Millis(reader.u64()?),
            on_demand: reader.u8()? != 0,
            sealed: Sealed(reader.take::<SEALED_BYTES>()?.to_vec()),
        });
    }
    let policy = match has_policy {
        true => Some(KeyPolicy::stored(&reader.rest()?)),
        false => {
            reader.end()?;
            None
        }
    };
    if materials.is_empty() {
        return Err(format!("key {id} has no material"));
    }
    let id = id.to_owned();
    Ok(Entry::Key(Arc::new(Key {
        account,
        region,
        id,
        manager,
        state,
        created,
        description,
        tags,
        rotation,
        policy,
        materials,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_with(policy: Option<KeyPolicy>) -> Key {
        Key {
            account: "123456789012".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            id: "k".to_owned(),
            manager: Manager::Customer,
            state: State::Enabled,
            created: Millis(9),
            description: "d".to_owned(),
            tags: vec![("a".to_owned(), "b".to_owned())],
            rotation: None,
            policy,
            materials: vec![Material {
                version: 1,
                created: Millis(8),
                on_demand: true,
                sealed: Sealed(vec![7; SEALED_BYTES]),
            }],
        }
    }

    fn first_layout() -> Vec<u8> {
        let mut value = vec![1, 0, 0];
        value.extend([0; 8]);
        value.extend(9u64.to_le_bytes());
        value.extend([1, 0, b'd', 1, 0, 1, 0, b'a', 1, 0, b'b']);
        value.extend([0; 12]);
        value.extend([1, 0, 0, 0, 1, 0, 0, 0]);
        value.extend(8u64.to_le_bytes());
        value.push(1);
        value.extend([7; SEALED_BYTES]);
        value
    }

    fn round_trips(it: Key, value: &[u8]) {
        let name = Name::Key(it.account, it.region.clone(), it.id.clone());
        let entry = Entry::Key(Arc::new(it.clone()));
        assert_eq!(encode(&entry), value);
        match decode(&key(&name), value) {
            Ok(Entry::Key(read)) => assert_eq!(*read, it),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_without_a_policy_are_as_version_one_wrote_them() {
        round_trips(key_with(None), &first_layout());
    }

    #[test]
    fn a_policy_stands_behind_all_else() {
        let text = r#"{"Statement": []}"#;
        let mut value = first_layout();
        value[0] = 2;
        value.extend(text.as_bytes());
        round_trips(key_with(Some(KeyPolicy::stored(text))), &value);
        value[0] = 3;
        let name =
            Name::Key("123456789012".parse().unwrap(), "us-east-1".parse().unwrap(), String::new());
        assert_eq!(decode(&key(&name), &value).unwrap_err(), "layout 3 is not known");
    }
}
