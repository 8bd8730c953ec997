//! Access keys in memory: what a signature is checked against.
//!
//! Reads take a shared lock for the time of one look-up; changes are rare. Storing keys is left to others.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use domain::AccountId;
use parking_lot::RwLock;
use stdx::Secret;

use crate::sigv4::KeyCache;

/// What belongs to an access key id.
#[derive(Clone, Debug)]
pub struct Key {
    /// The secret access key.
    pub secret: Secret<String>,
    /// The account that the key acts in.
    pub account: AccountId,
    /// The ARN of the user, role session or root that the key belongs to.
    pub principal: Arc<str>,
    /// A disabled key is not known to anybody who asks with it.
    pub enabled: bool,
}

/// One signing key per access key, day, region and service in steady use; a few hundred bytes each.
const DERIVED_KEYS_MAX: usize = 10_000;

/// All access keys by id, and the signing keys that were derived from them.
pub struct KeyRing {
    keys: RwLock<HashMap<String, Arc<Key>>>,
    derived: KeyCache,
}

impl KeyRing {
    /// No keys yet.
    pub fn new() -> Self {
        Self { keys: RwLock::default(), derived: KeyCache::new(DERIVED_KEYS_MAX) }
    }

    /// The signing keys in use. A key that is changed, disabled or removed here leaves it at once.
    pub fn derived(&self) -> &KeyCache {
        &self.derived
    }

    /// The key with this id, if it is there and enabled.
    pub fn find(&self, access_key_id: &str) -> Option<Arc<Key>> {
        let keys = self.keys.read();
        keys.get(access_key_id).filter(|key| key.enabled).cloned()
    }

    /// Adds a key, in place of any with the same id.
    pub fn insert(&self, access_key_id: impl Into<String>, key: Key) {
        self.keys.write().insert(access_key_id.into(), Arc::new(key));
    }

    /// Enables or disables a key; tells whether it is there.
    pub fn set_enabled(&self, access_key_id: &str, enabled: bool) -> bool {
        self.derived.invalidate(access_key_id);
        let mut keys = self.keys.write();
        let found = keys.get_mut(access_key_id);
        found.is_some_and(|key| {
            Arc::make_mut(key).enabled = enabled;
            true
        })
    }

    /// Removes a key; tells whether it was there.
    pub fn remove(&self, access_key_id: &str) -> bool {
        self.derived.invalidate(access_key_id);
        self.keys.write().remove(access_key_id).is_some()
    }

    /// How many keys there are, disabled ones included.
    pub fn len(&self) -> usize {
        self.keys.read().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for KeyRing {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key {
            secret: Secret::new("secret".to_owned()),
            account: AccountId::DEV,
            principal: "arn:aws:iam::000000000000:root".into(),
            enabled: true,
        }
    }

    #[test]
    fn only_enabled_keys_are_found() {
        let ring = KeyRing::new();
        ring.insert("a", key());
        assert_eq!(ring.find("a").unwrap().secret.expose(), "secret");
        assert!(ring.find("b").is_none());
        assert!(ring.set_enabled("a", false));
        assert!(ring.find("a").is_none());
        assert!(ring.set_enabled("a", true));
        assert!(ring.find("a").is_some());
        assert!(ring.remove("a"));
        assert!(!ring.remove("a"));
        assert!(!ring.set_enabled("a", true));
        assert!(ring.is_empty());
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", key()).contains("\"secret\""));
    }
}
