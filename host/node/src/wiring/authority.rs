//! Who decides about requests: the directory whether they may, the rates of calls when.

use std::sync::Arc;

use async_trait::async_trait;
use identity::Directory;
use stdx::Clock;
use streams::CallRates;
use wire::{Authorizer, Caller, Denied, Failure, Resource};

/// Both together.
pub(super) struct Authority {
    directory: Arc<Directory>,
    /// Nothing if limits are lifted.
    rates: Option<CallRates>,
}

impl Authority {
    pub(super) fn new(directory: Arc<Directory>, limits: bool, clock: &Arc<dyn Clock>) -> Self {
        let rates = limits.then(|| CallRates::new(Arc::clone(clock)));
        Self { directory, rates }
    }
}

#[async_trait]
impl Authorizer for Authority {
    async fn authorize(&self, caller: &Caller, asked: &Resource) -> Result<(), Denied> {
        self.directory.authorize(caller, asked).await
    }

    fn pace(&self, caller: &Caller, asked: &[Resource]) -> Result<(), Failure> {
        self.rates.as_ref().map_or(Ok(()), |rates| rates.pace(caller, asked))
    }
}
