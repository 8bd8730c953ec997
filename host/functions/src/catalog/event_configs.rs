//! How functions want to be called asynchronously, in memory.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use domain::{FunctionId, Qualifier};
use storage::codec::Decoded;
use storage::ledger::{Index, erase, write};
use storage::{Commit, Expect, Fact, Scope};

use super::event_config_fact as fact;
use crate::Error;
use crate::events::EventConfig;

/// What a configuration is about: a function, as it is (`$LATEST`), or a version or an alias of it.
pub(crate) type About = (FunctionId, Qualifier);

/// All configurations.
#[derive(Default)]
pub(crate) struct EventConfigIndex(BTreeMap<About, Arc<EventConfig>>);

/// A change of them.
#[derive(Clone)]
pub(crate) enum EventConfigChange {
    /// A configuration as it is from now on.
    Put(About, EventConfig),
    /// It goes; whose it was.
    Remove(About, Arc<EventConfig>),
}

impl EventConfigIndex {
    pub(crate) fn get(&self, about: &About) -> Option<Arc<EventConfig>> {
        self.0.get(about).cloned()
    }

    /// Those of a function, by qualifier, behind `after`.
    pub(crate) fn list(
        &self,
        function: FunctionId,
        after: Option<Qualifier>,
    ) -> impl Iterator<Item = (&Qualifier, &Arc<EventConfig>)> {
        let start = match after {
            Some(after) => Bound::Excluded((function, after)),
            None => Bound::Included((function, Qualifier::Latest)),
        };
        let all = self.0.range((start, Bound::Unbounded));
        all.take_while(move |((of, _), _)| *of == function)
            .map(|((_, qualifier), config)| (qualifier, config))
    }

    /// What each is about.
    pub(crate) fn all(&self) -> Vec<About> {
        self.0.keys().cloned().collect()
    }
}

impl Index for EventConfigIndex {
    type Change = EventConfigChange;
    type Error = Error;
    const SCOPE: Scope = Scope("event configs", 0);

    fn commit(change: &EventConfigChange) -> Commit {
        let (account, write) = match change {
            EventConfigChange::Put((function, qualifier), config) => {
                let key = fact::key(*function, qualifier);
                (config.account, write(key, fact::encode(config), Expect::Anything))
            }
            EventConfigChange::Remove((function, qualifier), config) => {
                (config.account, erase(fact::key(*function, qualifier), Expect::Anything))
            }
        };
        let mut commit = Commit::new(account.number(), Self::SCOPE);
        commit.facts.push(write);
        commit
    }

    fn apply(&mut self, change: EventConfigChange, _version: u64) {
        match change {
            EventConfigChange::Put(about, config) => {
                self.0.insert(about, Arc::new(config));
            }
            EventConfigChange::Remove(about, _) => {
                self.0.remove(&about);
            }
        }
    }

    fn load(&mut self, stored: &Fact) -> Decoded<()> {
        let about = fact::decode_key(&stored.key)?;
        self.0.insert(about, Arc::new(fact::decode(&stored.value)?));
        Ok(())
    }
}
