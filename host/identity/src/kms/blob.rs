//! What was encrypted, as callers keep it: opaque to them.
//!
//! `version (1) · key id (16) · material version (4) · salt (16) · nonce (12) · ciphertext · tag (16)`. All before the
//! nonce and the encryption context are authenticated. Each blob has a key of its own, derived of the material with the
//! salt, so one material may encrypt without a bound.

use std::collections::BTreeMap;

use ring::aead::NONCE_LEN;
use stdx::Entropy;
use zeroize::Zeroizing;

use crate::vault::{Sealed, Vault};

const VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + 16 + 4 + SALT_BYTES;
const PURPOSE: &[u8] = b"shardmill what a key encrypts, 1";

/// Pairs that must be given again to decrypt: who has the blob alone cannot use it elsewhere.
pub type Context = BTreeMap<String, String>;

/// The head of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) key: String,
    pub(super) material: u32,
    bytes: [u8; HEAD_BYTES],
}

/// What a blob says before it is opened; nothing if it is none.
pub(super) fn head(blob: &[u8]) -> Option<Head> {
    let bytes = *blob.first_chunk::<HEAD_BYTES>()?;
    if bytes[0] != VERSION || blob.len() < HEAD_BYTES + NONCE_LEN {
        return None;
    }
    let id = u128::from_be_bytes(*bytes[1..].first_chunk()?);
    let material = u32::from_be_bytes(*bytes[17..].first_chunk()?);
    Some(Head { key: spell(id), material, bytes })
}

/// A UUID as text.
fn spell(id: u128) -> String {
    let hex = format!("{id:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// A UUID as a number.
fn number(id: &str) -> Option<u128> {
    let hex: String = id.split('-').collect();
    u128::from_str_radix(&hex, 16).ok().filter(|number| spell(*number) == id)
}

/// Encrypts `plain` with this version of a key's material.
pub(super) fn seal(
    (key, version, material): (&str, u32, &[u8; 32]),
    context: &Context,
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Vec<u8> {
    let mut blob = vec![VERSION];
    blob.extend_from_slice(&number(key).unwrap_or_default().to_be_bytes());
    blob.extend_from_slice(&version.to_be_bytes());
    blob.extend_from_slice(&entropy.bytes::<SALT_BYTES>());
    let sealed = vault(material, &blob).seal(entropy, &bound(&blob, context), plain);
    blob.extend_from_slice(&sealed.0);
    blob
}

/// Decrypts a blob; nothing if it was made with other material or another context, or was changed.
pub(super) fn open(
    head: &Head,
    material: &[u8; 32],
    context: &Context,
    blob: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let sealed = Sealed(blob.get(HEAD_BYTES..)?.to_vec());
    vault(material, &head.bytes).open(&bound(&head.bytes, context), &sealed)
}

fn vault(material: &[u8; 32], head: &[u8]) -> Vault {
    let salt = &head[HEAD_BYTES - SALT_BYTES..];
    Vault::derived(material, &[PURPOSE, salt])
}

/// What is authenticated: the head, and the pairs in the order of their keys, each with its length.
fn bound(head: &[u8], context: &Context) -> Vec<u8> {
    let mut out = head.to_vec();
    for text in context.iter().flat_map(|(key, value)| [key, value]) {
        out.extend_from_slice(&(text.len() as u64).to_be_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stdx::SeededEntropy;

    use super::*;

    const KEY: &str = "12345678-90ab-4cde-8fed-0123456789ab";

    fn context(value: &str) -> Context {
        Context::from([("stream".to_owned(), value.to_owned())])
    }

    proptest! {
        #[test]
        fn opens_what_it_sealed_and_nothing_else(
            plain in prop::collection::vec(any::<u8>(), 0..200),
            at: prop::sample::Index,
            bit in 0..8u32,
        ) {
            let sealed = seal((KEY, 3, &[7; 32]), &context("a"), &plain, &SeededEntropy::new(1));
            let found = head(&sealed).unwrap();
            prop_assert_eq!((found.key.as_str(), found.material), (KEY, 3));
            let opened = open(&found, &[7; 32], &context("a"), &sealed);
            prop_assert_eq!(opened.as_deref(), Some(&plain));
            prop_assert!(open(&found, &[8; 32], &context("a"), &sealed).is_none());
            prop_assert!(open(&found, &[7; 32], &context("b"), &sealed).is_none());
            prop_assert!(open(&found, &[7; 32], &Context::new(), &sealed).is_none());
            let mut changed = sealed.clone();
            changed[at.index(sealed.len())] ^= 1 << bit;
            if let Some(found) = head(&changed) {
                prop_assert!(open(&found, &[7; 32], &context("a"), &changed).is_none());
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            if let Some(found) = head(&bytes) {
                prop_assert!(open(&found, &[7; 32], &Context::new(), &bytes).is_none());
            }
        }
    }

    #[test]
    fn pairs_are_told_apart() {
        let pair = |key: &str, value: &str| Context::from([(key.to_owned(), value.to_owned())]);
        assert_ne!(bound(b"", &pair("ab", "c")), bound(b"", &pair("a", "bc")));
    }
}
