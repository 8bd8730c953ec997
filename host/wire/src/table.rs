//! The one table of a service, from which dispatch, action names, the compatibility page, metrics and the coverage
//! tests are derived.

use std::sync::Arc;

use async_trait::async_trait;

use crate::forms::Forms;
use crate::operation::{Call, Entry, Info, State};
use crate::{Failure, Reply};

/// A service as the door sees it.
#[async_trait]
pub trait Api: Send + Sync {
    /// The names that clients sign with, the first of which names the service in metrics: `kinesis`.
    fn signing_names(&self) -> &'static [&'static str];

    /// What stands before the dot in `X-Amz-Target`: `Kinesis_20131202`; empty if no operation is bound so.
    fn target_prefix(&self) -> &'static str;

    /// The forms of requests that it takes besides.
    fn forms(&self) -> Forms;

    /// All operations, by name.
    fn operations(&self) -> Vec<&'static Info>;

    /// The operation with this name.
    fn find(&self, operation: &str) -> Option<&'static Info>;

    /// Answers a call of `operation`, which [`Api::find`] found.
    ///
    /// # Errors
    /// The failure to render.
    async fn call(&self, operation: &'static Info, call: Call<'_>) -> Result<Reply, Failure>;
}

/// A service and its table.
pub struct Table<S: 'static> {
    /// The names that clients sign with.
    pub signing_names: &'static [&'static str],
    /// What stands before the dot in `X-Amz-Target`; empty if no operation is bound so.
    pub target_prefix: &'static str,
    /// The forms of requests that it takes besides.
    pub forms: Forms,
    /// The operations, sorted by name.
    pub entries: &'static [Entry<S>],
    /// What they work on.
    pub service: Arc<S>,
}

impl<S: Send + Sync> Table<S> {
    fn entry(&self, operation: &str) -> Option<&'static Entry<S>> {
        let entries = self.entries;
        let at = entries.binary_search_by(|entry| entry.info.name.cmp(operation)).ok()?;
        entries.get(at)
    }
}

#[async_trait]
impl<S: Send + Sync> Api for Table<S> {
    fn signing_names(&self) -> &'static [&'static str] {
        self.signing_names
    }

    fn target_prefix(&self) -> &'static str {
        self.target_prefix
    }

    fn forms(&self) -> Forms {
        self.forms
    }

    fn operations(&self) -> Vec<&'static Info> {
        self.entries.iter().map(|entry| &entry.info).collect()
    }

    fn find(&self, operation: &str) -> Option<&'static Info> {
        self.entry(operation).map(|entry| &entry.info)
    }

    async fn call(&self, operation: &'static Info, call: Call<'_>) -> Result<Reply, Failure> {
        let entry = self.entry(operation.name);
        match (entry.and_then(|entry| entry.run), operation.state) {
            (Some(run), _) => run(&self.service, call).await,
            (None, State::Refused(reason)) => {
                let name = operation.name;
                let message = format!("{name} is not supported by this server: {reason}");
                Err(Failure::caller(operation.refused_with, message))
            }
            (None, State::Works) => Err(Failure::bare("UnknownOperationException")),
        }
    }
}
