//! Enhanced fan-out: who is registered to read a stream, and what is pushed to them.
//!
//! [`registry`] keeps consumers, as facts of their own. [`leases`] knows who reads which shard now. A
//! [`Subscription`] is one reader of one shard for five minutes: it has no task of its own, but is asked for the
//! next event by whoever carries it away, so one that is not read costs nothing but its place. Those that stand at
//! the end of a shard find there what the first of them has read and written: [`shared`].

mod consumer;
mod fact;
mod index;
mod leases;
mod measures;
mod read;
mod registry;
mod shared;
mod subscription;

use std::sync::Arc;

use storage::Store;
use storage::ledger::Ledger;

use crate::Result;
use index::Consumers;
use leases::Leases;
use shared::Shared;

pub use consumer::{Consumer, ConsumerFacts, ConsumerId};
pub use read::{Encoding, Event};
pub use subscription::Subscription;

/// What all of it is kept in.
pub(crate) struct Fanout {
    consumers: Ledger<Consumers>,
    leases: Arc<Leases>,
    shared: Shared,
}

impl Fanout {
    /// Reads which consumers there are.
    pub(crate) async fn load(store: Arc<dyn Store>) -> Result<Self> {
        let consumers = Ledger::load(store).await?;
        Ok(Self { consumers, leases: Arc::default(), shared: Shared::default() })
    }
}
