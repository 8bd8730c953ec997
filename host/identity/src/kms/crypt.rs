//! What a key does: encrypts, decrypts, makes data keys. Its material is open only as long as that takes.

use std::sync::Arc;

use stdx::Secret;
use zeroize::Zeroizing;

use super::blob::{self, Context};
use super::error::Error;
use super::facts::{Key, Material};
use super::{Keys, fact};

/// A data key: as it is, to be used and forgotten, and encrypted, to be kept.
#[derive(Debug)]
pub struct Generated {
    /// The key itself.
    pub plain: Secret<Vec<u8>>,
    /// The same, encrypted.
    pub blob: Vec<u8>,
}

/// What was encrypted.
#[derive(Debug)]
pub struct Opened {
    /// The key that it was encrypted with.
    pub key: Arc<Key>,
    /// As it was.
    pub plain: Secret<Vec<u8>>,
}

impl Keys {
    /// Encrypts `plain` so that whoever decrypts it has to name the same context.
    ///
    /// # Errors
    /// If the key cannot be used.
    pub fn encrypt(&self, key: &Key, context: &Context, plain: &[u8]) -> Result<Vec<u8>, Error> {
        key.check_enabled()?;
        let newest = key.materials.last().ok_or_else(|| Error::Sealed(key.id.clone()))?;
        let material = self.material(key, newest)?;
        let with = (key.id.as_str(), newest.version, &*material);
        Ok(blob::seal(with, context, plain, &*self.around.entropy))
    }

    /// Draws `bytes` random bytes and encrypts them.
    ///
    /// # Errors
    /// As [`Keys::encrypt`].
    pub fn generate(&self, key: &Key, context: &Context, bytes: usize) -> Result<Generated, Error> {
        let mut drawn = Zeroizing::new(vec![0; bytes]);
        self.around.entropy.fill(&mut drawn);
        let blob = self.encrypt(key, context, &drawn)?;
        Ok(Generated { plain: Secret::new(std::mem::take(&mut *drawn)), blob })
    }

    /// Which key `blob` was encrypted with.
    ///
    /// # Errors
    /// If that cannot be told, or there is no such key (any more).
    pub fn key_of(&self, blob: &[u8]) -> Result<Arc<Key>, Error> {
        let head = blob::head(blob).ok_or(Error::Ciphertext)?;
        let found = self.ledger.look(|index| index.key_by_id(&head.key).cloned());
        found.ok_or(Error::Ciphertext)
    }

    /// Decrypts what [`Keys::encrypt`] or [`Keys::generate`] encrypted.
    ///
    /// # Errors
    /// If the key cannot be used, or the blob or the context are not what they were.
    pub fn decrypt(&self, context: &Context, blob: &[u8]) -> Result<Opened, Error> {
        let head = blob::head(blob).ok_or(Error::Ciphertext)?;
        let key = self.key_of(blob)?;
        key.check_enabled()?;
        let with = key.materials.iter().find(|material| material.version == head.material);
        let material = self.material(&key, with.ok_or(Error::Ciphertext)?)?;
        let mut plain = blob::open(&head, &material, context, blob).ok_or(Error::Ciphertext)?;
        let plain = Secret::new(std::mem::take(&mut *plain));
        Ok(Opened { key, plain })
    }

    fn material(&self, key: &Key, material: &Material) -> Result<Zeroizing<[u8; 32]>, Error> {
        let place = fact::material_place(key, material.version);
        let opened = self.vault.open(&place, &material.sealed);
        let sealed = || Error::Sealed(key.id.clone());
        let opened = opened.ok_or_else(sealed)?;
        opened.first_chunk().map(|bytes| Zeroizing::new(*bytes)).ok_or_else(sealed)
    }

    /// New material for a key.
    pub(super) fn draw(&self, key: &Key, version: u32, on_demand: bool) -> Material {
        let entropy = &*self.around.entropy;
        let drawn: Zeroizing<[u8; 32]> = Zeroizing::new(entropy.bytes());
        let place = fact::material_place(key, version);
        let sealed = self.vault.seal(entropy, &place, &*drawn);
        Material { version, created: self.now(), on_demand, sealed }
    }
}
