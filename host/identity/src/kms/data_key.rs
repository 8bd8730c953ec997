//! A data key that seals frames: AES-256-GCM with a random nonce for each.
//!
//! 96 random bits keep 2^32 frames under one key safe (NIST SP 800-38D); whoever uses one replaces it long before.
//! A counter would do as long as a key is used by one process; a machine that is copied while it runs would then use
//! nonces twice, which gives the data away.

use std::fmt;
use std::sync::Arc;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use stdx::Entropy;
use storage::frame::{self, Cipher, KeyId, Tag};

/// A key in use. It does not print.
pub struct DataKey {
    id: KeyId,
    key: LessSafeKey,
    entropy: Arc<dyn Entropy>,
}

impl DataKey {
    /// The key with this number.
    ///
    /// # Panics
    /// Never: the cipher's keys have 32 bytes.
    pub fn new(id: KeyId, key: &[u8; 32], entropy: Arc<dyn Entropy>) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("a key of AES-256 has 32 bytes");
        Self { id, key: LessSafeKey::new(key), entropy }
    }
}

impl Cipher for DataKey {
    fn key(&self) -> KeyId {
        self.id
    }

    fn nonce(&self) -> frame::Nonce {
        self.entropy.bytes()
    }

    /// # Panics
    /// Never: a frame is far below the cipher's 64 GiB.
    fn seal(&self, nonce: frame::Nonce, header: &[u8], body: &mut [u8]) -> Tag {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(header), body);
        let tag = tag.expect("a frame is far below the cipher's limit");
        let mut out = Tag::default();
        out.copy_from_slice(tag.as_ref());
        out
    }

    fn open(&self, nonce: frame::Nonce, header: &[u8], body: &mut [u8], tag: Tag) -> bool {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let (aad, tag) = (Aad::from(header), ring::aead::Tag::from(tag));
        self.key.open_in_place_separate_tag(nonce, aad, tag, body, 0..).is_ok()
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use stdx::SeededEntropy;

    use super::*;

    fn key(byte: u8) -> DataKey {
        let id = KeyId::new(7).unwrap();
        DataKey::new(id, &[byte; 32], Arc::new(SeededEntropy::new(1)))
    }

    /// Test case 16 of the GCM specification (McGrew and Viega): AES-256 with additional data.
    #[test]
    fn is_the_cipher_of_the_specification() {
        let bytes = |text: &str| -> Vec<u8> {
            let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
            (0..text.len()).step_by(2).map(digit).collect()
        };
        let raw = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let id = KeyId::new(1).unwrap();
        let entropy = Arc::new(SeededEntropy::new(1));
        let key = DataKey::new(id, raw.as_slice().try_into().unwrap(), entropy);
        let nonce: frame::Nonce = bytes("cafebabefacedbaddecaf888").try_into().unwrap();
        let header = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let mut body = plain.clone();
        let tag = key.seal(nonce, &header, &mut body);
        let sealed = bytes(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        );
        assert_eq!(body, sealed);
        assert_eq!(tag.to_vec(), bytes("76fc6ece0f4e1768cddf8853bb2d551b"));
        assert!(key.open(nonce, &header, &mut body, tag));
        assert_eq!(body, plain);
    }

    #[test]
    fn another_key_header_nonce_or_tag_opens_nothing() {
        let mut sealed = *b"plain";
        let nonce = key(1).nonce();
        let tag = key(1).seal(nonce, b"header", &mut sealed);
        let opens = |key: &DataKey, nonce, header: &[u8], tag| {
            key.open(nonce, header, &mut sealed.clone(), tag)
        };
        assert!(opens(&key(1), nonce, b"header", tag));
        assert!(!opens(&key(2), nonce, b"header", tag));
        assert!(!opens(&key(1), nonce, b"Header", tag));
        assert!(!opens(&key(1), [0; 12], b"header", tag));
        assert!(!opens(&key(1), nonce, b"header", [0; 16]));
        assert!(!format!("{:?}", key(1)).contains("[1"));
    }
}
