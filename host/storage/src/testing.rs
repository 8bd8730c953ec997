//! A cipher for tests: no secret is safe with it, and every change is noticed.

use crate::frame::{Cipher, KeyId, Nonce, Tag};

/// Adds a stream of bytes that follows from the key and the nonce; the tag is a hash over everything.
#[derive(Debug)]
pub struct Toy {
    key: KeyId,
}

impl Toy {
    /// The cipher whose key and number are this.
    ///
    /// # Panics
    /// If the number is 0.
    pub fn new(key: u64) -> Self {
        Self { key: KeyId::new(key).expect("0 is no number of a key") }
    }

    fn mask(&self, nonce: Nonce, body: &mut [u8]) {
        let mut mask = vec![0; body.len()];
        let seed = [&self.key.get().to_le_bytes()[..], &nonce].concat();
        blake3::Hasher::new().update(&seed).finalize_xof().fill(&mut mask);
        body.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }

    fn tag(&self, header: &[u8], body: &[u8]) -> Tag {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.key.get().to_le_bytes());
        hasher.update(&(header.len() as u64).to_le_bytes());
        hasher.update(header).update(body);
        *hasher.finalize().as_bytes().first_chunk().expect("a hash is longer than a tag")
    }
}

impl Cipher for Toy {
    fn key(&self) -> KeyId {
        self.key
    }

    fn nonce(&self) -> Nonce {
        [7; 12]
    }

    fn seal(&self, nonce: Nonce, header: &[u8], body: &mut [u8]) -> Tag {
        self.mask(nonce, body);
        self.tag(header, body)
    }

    fn open(&self, nonce: Nonce, header: &[u8], body: &mut [u8], tag: Tag) -> bool {
        let is_same = self.tag(header, body) == tag;
        self.mask(nonce, body);
        is_same
    }
}
