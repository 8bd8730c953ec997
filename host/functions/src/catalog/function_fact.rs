//! How functions are stored.
//!
//! | key | value |
//! |---|---|
//! | `p` | the producer number under which changes are committed |
//! | `n` account (8) region `0` name | a function |
//! | `q` account (8) region `0` name `0` qualifier | a policy: `policy_fact` |
//! | `u`, `v`, `w` account (8) region `0` name .. | versions and aliases: `version_fact` |
//! | `b` digest (32) | a component that is, or was to be, a function's |
//!
//! Numbers in keys are big-endian, so that keys are read in order. The page `host/docs/formats/functions.md`
//! is the reference.

use bytes::{BufMut, Bytes};
use domain::{
    AccountId, AliasName, FunctionArn, FunctionId, FunctionName, Millis, Qualifier, Region,
};
use storage::codec::{Decoded, Reader, Writer};
use storage::{Digest, LogId};
use wasm::World;

use super::policy_fact;
use crate::function::{Architecture, Code, Config, FunctionFacts};
use crate::language::Language;

/// The layouts that are read; the last one is written. The first knew no reserved calls, the first two no worlds:
/// every component was a transform. The first three knew no source code.
const VERSIONS: [u8; 4] = [1, 2, 3, 4];
const COMPONENT_VERSION: u8 = 1;
const NAMES: u8 = b'n';
const COMPONENTS: u8 = b'b';
// Behind that of functions: what hangs on a function is read after it.
const POLICIES: u8 = b'q';
const LAST_NUMBERS: u8 = b'u';
const PUBLISHED: u8 = b'v';
const ALIASES: u8 = b'w';

/// What a key says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    Function(AccountId, Region, FunctionName),
    Policy(FunctionArn, Option<Qualifier>),
    Last(FunctionArn),
    Version(FunctionArn, u64),
    Alias(FunctionArn, AliasName),
    Component(Digest),
}

pub(super) fn name_key(facts: &FunctionFacts) -> Bytes {
    named(NAMES, facts).into()
}

pub(super) fn policy_key(facts: &FunctionFacts, qualifier: Option<&Qualifier>) -> Bytes {
    let mut key = named(POLICIES, facts);
    key.put_u8(0);
    key.put_slice(policy_fact::qualifier_text(qualifier).as_bytes());
    key.into()
}

pub(super) fn last_key(facts: &FunctionFacts) -> Bytes {
    named(LAST_NUMBERS, facts).into()
}

pub(super) fn version_key(facts: &FunctionFacts, number: u64) -> Bytes {
    let mut key = named(PUBLISHED, facts);
    key.put_u8(0);
    key.put_u64(number);
    key.into()
}

pub(super) fn alias_key(facts: &FunctionFacts, name: &AliasName) -> Bytes {
    let mut key = named(ALIASES, facts);
    key.put_u8(0);
    key.put_slice(name.as_str().as_bytes());
    key.into()
}

/// A key that begins with the name of a function.
fn named(kind: u8, facts: &FunctionFacts) -> Vec<u8> {
    let mut key = vec![kind];
    key.put_u64(facts.account.number());
    key.put_slice(facts.region.as_str().as_bytes());
    key.put_u8(0);
    key.put_slice(facts.name.as_str().as_bytes());
    key
}

pub(super) fn component_key(component: Digest) -> Bytes {
    let mut key = vec![COMPONENTS];
    key.put_slice(&component.0);
    key.into()
}

pub(super) fn decode_key(key: &[u8]) -> Decoded<Key> {
    let decoded = match key.split_first() {
        Some((&NAMES, rest)) => decode_name(rest),
        Some((&POLICIES, rest)) => decode_policy_key(rest),
        Some((&LAST_NUMBERS, rest)) => decode_arn(rest).map(Key::Last),
        Some((&PUBLISHED, rest)) => decode_version_key(rest),
        Some((&ALIASES, rest)) => decode_alias_key(rest),
        Some((&COMPONENTS, rest)) => rest.try_into().ok().map(|it| Key::Component(Digest(it))),
        Some(_) | None => None,
    };
    decoded.ok_or_else(|| format!("key {:?} is not known", key.escape_ascii().to_string()))
}

fn decode_name(key: &[u8]) -> Option<Key> {
    let (account, rest) = key.split_first_chunk()?;
    let account = AccountId::from_number(u64::from_be_bytes(*account)).ok()?;
    let (region, name) = std::str::from_utf8(rest).ok()?.split_once('\0')?;
    Some(Key::Function(account, region.parse().ok()?, name.parse().ok()?))
}

fn decode_arn(key: &[u8]) -> Option<FunctionArn> {
    let Key::Function(account, region, name) = decode_name(key)? else { return None };
    Some(FunctionArn { region, account, name })
}

/// The function that a key begins with, and what stands behind its name.
fn split(key: &[u8]) -> Option<(FunctionArn, &[u8])> {
    // The number of an account may hold zeros.
    let mut zeros = key.iter().enumerate().skip(8).filter(|(_, byte)| **byte == 0);
    let (at, _) = zeros.nth(1)?;
    Some((decode_arn(&key[..at])?, &key[at + 1..]))
}

fn decode_policy_key(key: &[u8]) -> Option<Key> {
    let (function, rest) = split(key)?;
    let qualifier = policy_fact::decode_qualifier(std::str::from_utf8(rest).ok()?)?;
    Some(Key::Policy(function, qualifier))
}

fn decode_version_key(key: &[u8]) -> Option<Key> {
    let (function, rest) = split(key)?;
    let number = u64::from_be_bytes(rest.try_into().ok()?);
    Some(Key::Version(function, number))
}

fn decode_alias_key(key: &[u8]) -> Option<Key> {
    let (function, rest) = split(key)?;
    let name = std::str::from_utf8(rest).ok()?.parse().ok()?;
    Some(Key::Alias(function, name))
}

/// A component's note says nothing but that it is there.
pub(super) fn encode_component() -> Bytes {
    Writer::new(COMPONENT_VERSION).finish()
}

pub(super) fn decode_component(value: &[u8]) -> Decoded<()> {
    Reader::new(COMPONENT_VERSION, value)?.end()
}

pub(super) fn encode(facts: &FunctionFacts) -> Bytes {
    let FunctionFacts { config, code, .. } = facts;
    let mut value = Writer::new(VERSIONS[3]);
    value.u64(facts.id.0);
    value.u64(facts.created.0);
    value.u64(facts.log.0);
    value.u64(facts.edition);
    value.text(&facts.revision);
    value.u64(facts.modified.0);
    value.text(&config.description);
    value.optional_text(config.runtime.as_deref());
    value.optional_text(config.handler.as_deref());
    value.text(config.role.as_str());
    value.u8(match config.architecture {
        Architecture::X86 => 0,
        Architecture::Arm => 1,
    });
    value.u32(config.memory_mib);
    value.u32(config.timeout_seconds);
    value.pairs(&config.environment);
    value.bytes(&code.component.0);
    value.bytes(&code.sha256);
    value.u64(code.bytes);
    value.pairs(&facts.tags);
    value.optional_u32(facts.reserved);
    value.u8(match code.world {
        World::Transform => 0,
        World::Handler => 1,
        World::Consumer => 2,
    });
    value.u8(match code.language {
        None => 0,
        Some(Language::JavaScript) => 1,
        Some(Language::Python) => 2,
    });
    value.finish()
}

pub(super) fn decode(
    (account, region, name): (AccountId, Region, FunctionName),
    value: &[u8],
) -> Decoded<FunctionFacts> {
    let (version, mut reader) = Reader::versions(&VERSIONS, value)?;
    let id = FunctionId(reader.u64()?);
    let created = Millis(reader.u64()?);
    let log = LogId(reader.u64()?);
    let edition = reader.u64()?;
    let revision = reader.text()?;
    let modified = Millis(reader.u64()?);
    let config = decode_config(&mut reader)?;
    let component = Digest(reader.take()?);
    let (sha256, bytes) = (reader.take()?, reader.u64()?);
    let tags = reader.pairs()?;
    let reserved = if version == VERSIONS[0] { None } else { reader.optional_u32()? };
    let world = if version < VERSIONS[2] { World::Transform } else { decode_world(&mut reader)? };
    let language = if version < VERSIONS[3] { None } else { decode_language(&mut reader)? };
    let code = Code { component, sha256, bytes, world, language };
    reader.end()?;
    Ok(FunctionFacts {
        id,
        account,
        region,
        name,
        created,
        log,
        edition,
        revision,
        modified,
        config,
        code,
        tags,
        reserved,
    })
}

fn decode_world(reader: &mut Reader<'_>) -> Decoded<World> {
    match reader.u8()? {
        0 => Ok(World::Transform),
        1 => Ok(World::Handler),
        2 => Ok(World::Consumer),
        other => Err(format!("world {other} is not known")),
    }
}

fn decode_language(reader: &mut Reader<'_>) -> Decoded<Option<Language>> {
    match reader.u8()? {
        0 => Ok(None),
        1 => Ok(Some(Language::JavaScript)),
        2 => Ok(Some(Language::Python)),
        other => Err(format!("language {other} is not known")),
    }
}

fn decode_config(reader: &mut Reader<'_>) -> Decoded<Config> {
    Ok(Config {
        description: reader.text()?,
        runtime: reader.optional_text()?,
        handler: reader.optional_text()?,
        role: reader.parsed()?,
        architecture: match reader.u8()? {
            0 => Architecture::X86,
            1 => Architecture::Arm,
            other => return Err(format!("architecture {other} is not known")),
        },
        memory_mib: reader.u32()?,
        timeout_seconds: reader.u32()?,
        environment: reader.pairs()?.into(),
    })
}
