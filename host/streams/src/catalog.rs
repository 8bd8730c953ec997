//! Which streams there are.
//!
//! All facts lie in one scope: at its start the service does not know which accounts there are, and a scope
//! is found only by its name. The catalogue is held in memory and changed only after the commit that writes
//! its facts has succeeded, one change at a time.
//!
//! A change whose caller goes away while it is under way is kept and sent again, under the same commit id,
//! before the next one or by the next sweep: it happens once, and memory and store agree about it.

mod fact;
mod index;
mod load;
mod write;

use std::sync::Arc;

use domain::{AccountId, Region, StreamId, StreamName};
use parking_lot::RwLock;
use storage::{Outcome, Producer, Scope, Sending, Store};
use tokio::sync::{Mutex, watch};

use crate::Result;
use crate::reshape::Reshaped;
use crate::stream::Stream;

pub(crate) use index::Index;

/// Where the facts lie.
pub(crate) const SCOPE: Scope = Scope("streams", 0);

/// The catalogue, in memory and in the store.
pub(crate) struct Catalog {
    store: Arc<dyn Store>,
    index: RwLock<Index>,
    /// The version of the newest change that was applied.
    changed: watch::Sender<u64>,
    changes: Mutex<Changes>,
}

/// The one change that is under way, if any, and how changes are numbered.
struct Changes {
    producer: Producer,
    pending: Option<Pending>,
}

struct Pending {
    sending: Sending,
    change: Change,
}

/// A change of the catalogue.
#[derive(Clone)]
pub(crate) enum Change {
    /// A new stream.
    Add(Arc<Stream>),
    /// Other facts for a stream, apart from its shards. Its version is that of what it replaces.
    Update(Arc<Stream>),
    /// Other shards for a stream, and what is known of it with them.
    Reshape(Arc<Reshaped>),
    /// A stream goes, with all its records.
    Remove(Arc<Stream>),
}

impl Catalog {
    /// The stream with this name.
    pub(crate) fn by_name(
        &self,
        account: AccountId,
        region: &Region,
        name: &StreamName,
    ) -> Option<Arc<Stream>> {
        self.index.read().by_name(account, region, name)
    }

    /// The stream with this number.
    pub(crate) fn by_id(&self, id: StreamId) -> Option<Arc<Stream>> {
        self.index.read().by_id(id)
    }

    /// All streams.
    pub(crate) fn all(&self) -> Vec<Arc<Stream>> {
        self.index.read().all()
    }

    /// What `look` sees in the index.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Index) -> T) -> T {
        look(&self.index.read())
    }

    /// Makes the change that `decide` finds right, if any, unless the store finds that somebody else was
    /// faster.
    pub(crate) async fn change(
        &self,
        decide: impl FnOnce(&Index) -> Result<Option<Change>>,
    ) -> Result<()> {
        let mut changes = self.changes.lock().await;
        self.finish(&mut changes).await?;
        let Some(change) = self.decide(decide)? else {
            return Ok(());
        };
        let id = changes.producer.next(self.store.term());
        let sending = Sending::new(write::commit(&change, id));
        changes.pending = Some(Pending { sending, change });
        self.send(&mut changes).await?;
        Ok(())
    }

    /// Nobody reads between the moment at which a change is decided and that from which its stream is held:
    /// hence the lock for writing.
    fn decide(
        &self,
        decide: impl FnOnce(&Index) -> Result<Option<Change>>,
    ) -> Result<Option<Change>> {
        let mut index = self.index.write();
        let decided = decide(&index)?;
        if let Some(Change::Update(stream)) = &decided {
            index.hold(stream);
        }
        Ok(decided)
    }

    /// Changes after each change of the catalogue.
    pub(crate) fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Finishes a change whose caller went away.
    pub(crate) async fn settle(&self) -> Result<()> {
        let mut changes = self.changes.lock().await;
        self.finish(&mut changes).await
    }

    /// Comes to an end with what somebody else began; that it failed is not the present caller's business.
    async fn finish(&self, changes: &mut Changes) -> Result<()> {
        match self.send(changes).await {
            Err(error) if changes.pending.is_some() => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn send(&self, changes: &mut Changes) -> storage::Result<()> {
        let Some(Pending { sending, change }) = &mut changes.pending else {
            return Ok(());
        };
        match sending.send(&*self.store).await {
            Outcome::Happened(committed) => {
                self.index.write().apply(change.clone(), &committed);
                self.changed.send_replace(committed.version);
                changes.pending = None;
                Ok(())
            }
            Outcome::Void(error) => {
                changes.pending = None;
                self.index.write().release();
                Err(error)
            }
            Outcome::Unknown(error) => Err(error),
        }
    }
}
