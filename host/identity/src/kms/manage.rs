//! Making keys, turning them off and on, destroying them.

use std::sync::Arc;

use domain::{AccountId, Region, limits};

use super::Keys;
use super::error::{Error, Limit};
use super::facts::{Key, Manager, State};
use super::index::{Change, Entry, Index};
use super::lookup::find;
use super::policy::KeyPolicy;

const DAY_MS: u64 = 24 * 3_600_000;

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Whose it will be.
    pub account: AccountId,
    /// Where it will live.
    pub region: Region,
    /// What its owner notes.
    pub description: String,
    /// Tags, by key.
    pub tags: Vec<(String, String)>,
    /// What decides who uses it; its account if nothing.
    pub policy: Option<KeyPolicy>,
}

impl Keys {
    /// Makes a key that is enabled.
    ///
    /// # Errors
    /// If the account has as many as it may, or the store does not take it.
    pub async fn create(&self, new: NewKey) -> Result<Arc<Key>, Error> {
        self.create_checked(new, |_| Ok(())).await
    }

    /// The same, if the key, whose ARN is known now, passes a last check.
    pub(super) async fn create_checked(
        &self,
        new: NewKey,
        check: impl FnOnce(&Key) -> Result<(), Error>,
    ) -> Result<Arc<Key>, Error> {
        let key = Arc::new(self.new_key(new, Manager::Customer));
        check(&key)?;
        let made = Arc::clone(&key);
        self.ledger
            .change(|index| {
                check_room(index, &key)?;
                Ok(Change::of(key.account).put(index, Entry::Key(key)))
            })
            .await?;
        Ok(made)
    }

    /// A key with its first material, not stored yet.
    pub(super) fn new_key(&self, new: NewKey, manager: Manager) -> Key {
        let NewKey { account, region, description, tags, policy } = new;
        let mut key = Key {
            account,
            region,
            id: self.around.entropy.uuid(),
            manager,
            state: State::Enabled,
            created: self.now(),
            description,
            tags,
            rotation: None,
            policy,
            materials: Vec::new(),
        };
        key.materials.push(self.draw(&key, 1, false));
        key
    }

    /// Hangs a policy on a key, in the place of the one that it has.
    ///
    /// # Errors
    /// As [`Keys::set_enabled`], and if a statement is about another resource.
    pub async fn put_policy(&self, key: &Key, policy: KeyPolicy) -> Result<(), Error> {
        policy.check_resource(&key.arn())?;
        self.change_key(key, |key| {
            key.policy = Some(policy);
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Lets a key be used, or not.
    ///
    /// # Errors
    /// If there is none, it is to be destroyed, is looked after by the server, or the store does not take it.
    pub async fn set_enabled(&self, key: &Key, is_enabled: bool) -> Result<(), Error> {
        self.change_key(key, |key| match key.state {
            State::PendingDeletion(_) => Err(Error::PendingDeletion(key.arn())),
            State::Enabled | State::Disabled => {
                key.state = if is_enabled { State::Enabled } else { State::Disabled };
                Ok(())
            }
        })
        .await?;
        Ok(())
    }

    /// Stops a key from being used, and destroys it after so many days. What it encrypted is lost then.
    ///
    /// # Errors
    /// As [`Keys::set_enabled`].
    pub async fn schedule_deletion(&self, key: &Key, days: u32) -> Result<Arc<Key>, Error> {
        let at = self.now().plus(u64::from(days) * DAY_MS);
        self.change_key(key, |key| {
            if let State::PendingDeletion(_) = key.state {
                return Err(Error::PendingDeletion(key.arn()));
            }
            key.state = State::PendingDeletion(at);
            Ok(())
        })
        .await
    }

    /// Keeps a key that was to be destroyed; it is disabled.
    ///
    /// # Errors
    /// If it was not, or the store does not take it.
    pub async fn cancel_deletion(&self, key: &Key) -> Result<(), Error> {
        self.change_key(key, |key| match key.state {
            State::PendingDeletion(_) => {
                key.state = State::Disabled;
                Ok(())
            }
            State::Enabled | State::Disabled => Err(Error::NotPendingDeletion(key.arn())),
        })
        .await?;
        Ok(())
    }

    /// Makes a change of a key that is looked after by its owner.
    pub(super) async fn change_key(
        &self,
        key: &Key,
        change: impl FnOnce(&mut Key) -> Result<(), Error>,
    ) -> Result<Arc<Key>, Error> {
        if key.manager == Manager::Aws {
            return Err(Error::Managed(key.arn()));
        }
        self.rewrite(key, change).await?;
        self.find(key.account, &key.region, &key.id)
    }

    /// Makes a change of a key, whoever looks after it.
    pub(super) async fn rewrite(
        &self,
        key: &Key,
        change: impl FnOnce(&mut Key) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Key { account, region, id, .. } = key;
        let changed = self.ledger.change(|index| {
            let mut changed = Key::clone(find(index, id, *account, region)?);
            change(&mut changed)?;
            Ok(Change::of(*account).put(index, Entry::Key(Arc::new(changed))))
        });
        changed.await
    }

    /// Destroys the keys whose time has come, with their aliases.
    pub(super) async fn destroy_due(&self) -> Result<(), Error> {
        let now = self.now();
        let is_due = |key: &Key| matches!(key.state, State::PendingDeletion(at) if at <= now);
        let due: Vec<Arc<Key>> =
            self.ledger.look(|index| index.keys().filter(|key| is_due(key)).cloned().collect());
        let mut first = Ok(());
        for key in due {
            let destroyed = self.ledger.change(|index| {
                let Key { account, region, id, .. } = &*key;
                let current = find(index, id, *account, region)?;
                if !is_due(current) {
                    return Ok(Change::of(*account));
                }
                let aliases = index.aliases_of(*account, region, "");
                let aliases = aliases.filter(|alias| alias.target == *id);
                let gone = aliases.map(|alias| Entry::Alias(Arc::clone(alias)));
                let gone = gone.chain([Entry::Key(Arc::clone(current))]);
                Ok(gone.fold(Change::of(*account), |change, entry| change.remove(index, &entry)))
            });
            match destroyed.await {
                Ok(()) => {
                    tracing::warn!(key = %key.arn(), "key was destroyed, as its owner had scheduled")
                }
                Err(error) => first = first.and(Err(error)),
            }
        }
        first
    }
}

/// Whether an account may have one more.
pub(super) fn check_room(index: &Index, key: &Key) -> Result<(), Error> {
    let have = index.key_count(key.account);
    if have >= limits::ACCOUNT_KEYS_MAX { Err(Error::Limit(Limit::Keys)) } else { Ok(()) }
}
