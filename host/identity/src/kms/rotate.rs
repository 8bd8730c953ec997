//! New material for keys: now and then, or when somebody asks. Old material is kept, for decrypting.

use std::sync::Arc;

use domain::limits;

use super::Keys;
use super::error::{Error, Limit};
use super::facts::{Key, Manager, Rotation, State};

const DAY_MS: u64 = 24 * 3_600_000;
/// How often a key that a service uses gets new material (KMS developer guide: about every year).
const MANAGED_DAYS: u32 = limits::KEY_ROTATION_DAYS_DEFAULT;

impl Keys {
    /// Gives a key new material every so many days from now on, or no more.
    ///
    /// # Errors
    /// If there is none, it cannot be used, is looked after by the server, or the store does not take it.
    pub async fn set_rotation(&self, key: &Key, days: Option<u32>) -> Result<(), Error> {
        let now = self.now();
        self.change_key(key, |key| {
            key.check_enabled()?;
            key.rotation =
                days.map(|days| Rotation { days, next: now.plus(u64::from(days) * DAY_MS) });
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Gives a key new material now.
    ///
    /// # Errors
    /// As [`Keys::set_rotation`]; or if that was asked for too often.
    pub async fn rotate(&self, key: &Key) -> Result<(), Error> {
        self.change_key(key, |key| {
            key.check_enabled()?;
            let asked = key.materials.iter().filter(|material| material.on_demand).count();
            if asked >= limits::KEY_ROTATIONS_ON_DEMAND_MAX {
                return Err(Error::Limit(Limit::Rotations));
            }
            self.renew(key, true);
            Ok(())
        })
        .await?;
        Ok(())
    }

    fn renew(&self, key: &mut Key, on_demand: bool) {
        let version = key.materials.last().map_or(0, |newest| newest.version) + 1;
        let material = self.draw(key, version, on_demand);
        key.materials.push(material);
    }

    /// When a key gets new material next, if it will by itself.
    pub fn next_rotation(key: &Key) -> Option<Rotation> {
        let newest = key.materials.last()?;
        match key.manager {
            Manager::Customer => key.rotation,
            Manager::Aws => {
                let next = newest.created.plus(u64::from(MANAGED_DAYS) * DAY_MS);
                Some(Rotation { days: MANAGED_DAYS, next })
            }
        }
    }

    /// Rotates the keys that are due; those that cannot be used wait.
    pub(super) async fn rotate_due(&self) -> Result<(), Error> {
        let now = self.now();
        let is_due = |key: &Key| {
            key.state == State::Enabled
                && Self::next_rotation(key).is_some_and(|rotation| rotation.next <= now)
        };
        let due: Vec<Arc<Key>> =
            self.ledger.look(|index| index.keys().filter(|key| is_due(key)).cloned().collect());
        let mut first = Ok(());
        for key in due {
            let rotated = self.rewrite(&key, |key| {
                if is_due(key) {
                    self.renew(key, false);
                    if let Some(rotation) = &mut key.rotation {
                        rotation.next = now.plus(u64::from(rotation.days) * DAY_MS);
                    }
                }
                Ok(())
            });
            first = first.and(rotated.await);
        }
        first
    }
}
