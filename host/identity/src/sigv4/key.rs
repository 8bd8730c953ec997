//! Derived signing keys and a bounded cache of them.
//!
//! A signing key follows from the secret by four HMACs over date, region, service and terminator;
//! the cache saves those for keys in steady use. It promises that a key derived from one secret
//! never verifies for another, even when a rotation and a request overlap: each entry remembers
//! the digest of its secret. Only a request whose signature held may add an entry, so strangers
//! cannot fill it. Nothing expires by itself; keys of past days leave when room is needed.
//!
//! What is kept is zeroised when it is dropped. The copies that the HMAC makes on the stack while
//! it computes are out of reach.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use ring::hmac;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::TERMINATOR;
use super::credential::Credential;
use super::payload::{body_sha256, to_array};

/// The key that signs every request of one secret, day, region and service.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    /// `date` is `YYYYMMDD`.
    pub fn derive(secret: &[u8], date: &str, region: &str, service: &str) -> Self {
        let mut start = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
        start.extend_from_slice(b"AWS4");
        start.extend_from_slice(secret);
        let mut key = Zeroizing::new(hmac_sha256(&start, date.as_bytes()));
        for element in [region, service, TERMINATOR] {
            let mut next = hmac_sha256(&*key, element.as_bytes());
            key.copy_from_slice(&next);
            next.zeroize();
        }
        Self(key)
    }

    pub(super) fn sign(&self, text: &[u8]) -> [u8; 32] {
        hmac_sha256(&*self.0, text)
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Bounded store of derived keys. When it is full the oldest entry makes room: deriving it again
/// costs a few microseconds, so the order matters little.
pub struct KeyCache {
    entries: Mutex<Entries>,
    capacity: usize,
}

impl KeyCache {
    /// A capacity of zero turns the cache off.
    pub fn new(capacity: usize) -> Self {
        Self { entries: Mutex::new(Entries::default()), capacity }
    }

    /// Forgets all keys of `access_key_id`: call it when the key is disabled or rotated.
    pub fn invalidate(&self, access_key_id: &str) {
        let mut entries = self.entries.lock();
        let stays = |credential: &str| owner(credential) != access_key_id;
        entries.by_credential.retain(|credential, _| stays(credential));
        entries.by_age.retain(|credential| stays(credential));
    }

    pub fn len(&self) -> usize {
        self.entries.lock().by_credential.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key for `credential`, if one is held that came from this very secret.
    pub(super) fn get(&self, credential: &Credential, secret: &[u8]) -> Option<SigningKey> {
        if self.capacity == 0 {
            return None;
        }
        let secret_sha256 = Zeroizing::new(body_sha256(secret));
        let entries = self.entries.lock();
        let entry = entries.by_credential.get(credential.text())?;
        let same_secret = bool::from(entry.secret_sha256.ct_eq(&*secret_sha256));
        same_secret.then(|| entry.key.clone())
    }

    pub(super) fn insert(&self, credential: &Credential, secret: &[u8], key: SigningKey) {
        if self.capacity == 0 {
            return;
        }
        let secret_sha256 = Zeroizing::new(body_sha256(secret));
        let name: Box<str> = credential.text().into();
        let mut entries = self.entries.lock();
        let replaced = entries.by_credential.insert(name.clone(), Entry { secret_sha256, key });
        if replaced.is_some() {
            return;
        }
        entries.by_age.push_back(name);
        if entries.by_age.len() > self.capacity
            && let Some(oldest) = entries.by_age.pop_front()
        {
            entries.by_credential.remove(&oldest);
        }
    }
}

/// Both hold the same credentials, always.
#[derive(Default)]
struct Entries {
    by_credential: HashMap<Box<str>, Entry>,
    by_age: VecDeque<Box<str>>,
}

struct Entry {
    secret_sha256: Zeroizing<[u8; 32]>,
    key: SigningKey,
}

/// The access key id, up to the credential's first slash.
fn owner(credential: &str) -> &str {
    credential.split('/').next().unwrap_or(credential)
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    to_array(hmac::sign(&key, text).as_ref())
}
