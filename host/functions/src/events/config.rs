//! How a function wants to be called asynchronously: what is stored, and what holds if nothing is.

use std::sync::Arc;

use domain::{AccountId, FunctionId, Millis, QualifiedArn, Qualifier, limits};

use crate::catalog::{EventConfigChange, EventConfigIndex};
use crate::destination::Destination;
use crate::error::Missing;
use crate::{Error, Functions, Result};

/// What a function's owner said, for the function, a version or an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventConfig {
    /// The account of the function.
    pub(crate) account: AccountId,
    /// Attempts after the first.
    pub(crate) retries: Option<u32>,
    /// How old an event may get.
    pub(crate) age_seconds: Option<u32>,
    /// Where is told of events that the function took.
    pub(crate) on_success: Option<Destination>,
    /// Where is told of events that are given up.
    pub(crate) on_failure: Option<Destination>,
    /// When it was changed last.
    pub(crate) modified: Millis,
}

impl EventConfig {
    /// Nothing said yet.
    pub(crate) fn new(account: AccountId) -> Self {
        Self {
            account,
            retries: None,
            age_seconds: None,
            on_success: None,
            on_failure: None,
            modified: Millis(0),
        }
    }

    /// Attempts after the first.
    pub(crate) fn retries(&self) -> u32 {
        self.retries.unwrap_or(limits::EVENT_RETRIES_MAX)
    }

    /// How old an event may get.
    pub(crate) fn age_ms(&self) -> u64 {
        u64::from(self.age_seconds.unwrap_or(limits::EVENT_AGE_SECONDS_MAX)) * 1000
    }
}

impl Functions {
    /// What a configuration of this is about.
    ///
    /// # Errors
    /// If there is no such function, version or alias.
    fn about(&self, arn: &QualifiedArn) -> Result<(FunctionId, Qualifier)> {
        let function = self.find(arn)?;
        Ok((function.facts.id, arn.qualifier.clone().unwrap_or(Qualifier::Latest)))
    }

    /// What was said for just this, if anything.
    ///
    /// # Errors
    /// If there is no such function, version or alias, or nothing was said for it.
    pub(crate) fn event_config(&self, arn: &QualifiedArn) -> Result<Arc<EventConfig>> {
        let about = self.about(arn)?;
        let found = self.event_configs.look(|index| index.get(&about));
        found.ok_or_else(|| absent(arn))
    }

    /// What holds for calls of this.
    pub(crate) fn effective_event_config(
        &self,
        function: FunctionId,
        arn: &QualifiedArn,
    ) -> Arc<EventConfig> {
        let about = (function, arn.qualifier.clone().unwrap_or(Qualifier::Latest));
        let found = self.event_configs.look(|index| index.get(&about));
        found.unwrap_or_else(|| Arc::new(EventConfig::new(arn.function.account)))
    }

    /// Says something for this: `change` gets what was said before.
    ///
    /// # Errors
    /// If there is no such function, version or alias, `change` refuses, or the store does not take it.
    pub(crate) async fn put_event_config(
        &self,
        arn: &QualifiedArn,
        change: impl FnOnce(Option<&EventConfig>) -> Result<EventConfig>,
    ) -> Result<Arc<EventConfig>> {
        let about = self.about(arn)?;
        let now = self.around.clock.now();
        let named = about.clone();
        let changed = self.event_configs.change(|index| {
            let config = change(index.get(&about).as_deref())?;
            Ok(EventConfigChange::Put(about, EventConfig { modified: now, ..config }))
        });
        changed.await?;
        self.event_configs.look(|index| index.get(&named)).ok_or_else(|| absent(arn))
    }

    /// Forgets what was said for this.
    ///
    /// # Errors
    /// As [`Functions::event_config`], and if the store does not take it.
    pub(crate) async fn delete_event_config(&self, arn: &QualifiedArn) -> Result<()> {
        let about = self.about(arn)?;
        self.forget_event_config(about).await?.ok_or_else(|| absent(arn))
    }

    /// Forgets what was said; tells whether something was.
    async fn forget_event_config(&self, about: (FunctionId, Qualifier)) -> Result<Option<()>> {
        let mut is_there = true;
        let changed = self.event_configs.change(|index| match index.get(&about) {
            Some(config) => Ok(EventConfigChange::Remove(about, config)),
            None => {
                is_there = false;
                Err(Error::NotFound(Missing::Mapping))
            }
        });
        match changed.await {
            Err(_) if !is_there => Ok(None),
            done => done.map(Some),
        }
    }

    /// Forgets what was said for functions, versions and aliases that are no longer there, so that it does not hold for
    /// others of their names.
    ///
    /// # Errors
    /// If the store does not take it.
    pub(crate) async fn sweep_event_configs(&self) -> Result<()> {
        let all = self.event_configs.look(EventConfigIndex::all);
        for about in self.functions.look(|index| index.absent(all)) {
            self.forget_event_config(about).await?;
        }
        Ok(())
    }
}

/// No configuration was put for this.
pub(crate) fn absent(arn: &QualifiedArn) -> Error {
    Error::NotFound(Missing::EventConfig(shown(arn)))
}

/// The name that is shown of what a configuration is about: always with a qualifier.
pub(crate) fn shown(arn: &QualifiedArn) -> String {
    let QualifiedArn { function, qualifier } = arn;
    let qualifier = qualifier.clone().unwrap_or(Qualifier::Latest);
    QualifiedArn { function: function.clone(), qualifier: Some(qualifier) }.to_string()
}
