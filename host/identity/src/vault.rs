//! Secrets at rest: sealed with AES-256-GCM under a key that follows from the host's own.
//!
//! Sealed is `nonce (12, random) · ciphertext · tag (16)`; the fact's key is authenticated with it, so that what was
//! sealed for one place does not open in another. 96 random bits of nonce keep 2^32 secrets under one key safe.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use stdx::Entropy;
use zeroize::Zeroizing;

/// Says what the derived key is for: another use of the host key has another word.
const PURPOSE: &[u8] = b"shardmill secrets at rest, 1";

/// Seals and opens.
pub(crate) struct Vault {
    key: LessSafeKey,
}

/// A secret that only a [`Vault`] opens.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sealed(pub(crate) Vec<u8>);

impl Vault {
    /// The vault of the host with this key.
    ///
    /// # Panics
    /// Never: the derivation gives as many bytes as the cipher's key has.
    pub(crate) fn new(host_key: &[u8; 32]) -> Self {
        Self::derived(host_key, &[PURPOSE])
    }

    /// A vault whose key follows from `secret` and from what it is for.
    ///
    /// # Panics
    /// As [`Vault::new`].
    pub(crate) fn derived(secret: &[u8; 32], purpose: &[&[u8]]) -> Self {
        let secret = Salt::new(HKDF_SHA256, b"shardmill").extract(secret);
        let key = secret.expand(purpose, &AES_256_GCM);
        let key = key.expect("HKDF-SHA-256 gives up to 8,160 bytes");
        Self { key: LessSafeKey::new(UnboundKey::from(key)) }
    }

    /// Seals `plain` for `place`.
    ///
    /// # Panics
    /// Never: secrets are far below the cipher's 64 GiB.
    pub(crate) fn seal(&self, entropy: &dyn Entropy, place: &[u8], plain: &[u8]) -> Sealed {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        // As long as it will be, so that no plain text stays behind in memory that was given back.
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let unique = Nonce::assume_unique_for_key(nonce);
        let (_, body) = sealed.split_at_mut(NONCE_LEN);
        let tag = self
            .key
            .seal_in_place_separate_tag(unique, Aad::from(place), body)
            .expect("a secret is far below the cipher's limit");
        sealed.extend_from_slice(tag.as_ref());
        Sealed(sealed)
    }

    /// What was sealed for `place`; nothing if it was sealed elsewhere, with another key, or was changed.
    pub(crate) fn open(&self, place: &[u8], sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.0.split_first_chunk::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut body = Zeroizing::new(body.to_vec());
        let length = self.key.open_in_place(nonce, Aad::from(place), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[sealed, {} bytes]", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use stdx::SeededEntropy;

    use super::*;

    fn vault() -> Vault {
        Vault::new(&[7; 32])
    }

    proptest! {
        #[test]
        fn opens_what_it_sealed_and_nothing_else(
            place in prop::collection::vec(any::<u8>(), 0..40),
            plain in prop::collection::vec(any::<u8>(), 0..200),
            at: prop::sample::Index,
        ) {
            let sealed = vault().seal(&SeededEntropy::new(1), &place, &plain);
            prop_assert_eq!(sealed.0.len(), plain.len() + 28);
            let opened = vault().open(&place, &sealed);
            prop_assert_eq!(opened.as_deref(), Some(&plain));
            prop_assert!(vault().open(b"elsewhere, longer than any place that is drawn", &sealed).is_none());
            prop_assert!(Vault::new(&[8; 32]).open(&place, &sealed).is_none());
            let mut changed = sealed.clone();
            let at = at.index(changed.0.len());
            changed.0[at] ^= 1;
            prop_assert!(vault().open(&place, &changed).is_none());
            let short = Sealed(sealed.0[..at].to_vec());
            prop_assert!(vault().open(&place, &short).is_none());
        }
    }

    #[test]
    fn one_secret_is_sealed_differently_each_time() {
        let entropy = SeededEntropy::new(1);
        let seal = || vault().seal(&entropy, b"place", b"secret");
        assert_ne!(seal(), seal());
        assert!(!format!("{:?} {:?}", vault(), seal()).contains("secret"));
    }
}
