//! From names to addresses: who looks them up, and how many at a time.
//!
//! The system's resolver blocks a thread as long as the servers of a name are silent, and nothing makes it stop. So a
//! lookup has its place until its thread has ended, not only as long as somebody waits for it, and a tenant has a few
//! places only: names that nobody answers for are in the way of their own tenant.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::AccountId;
use stdx::{Held, Tasks, Visits};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, oneshot};

/// Lookups at the same time, and so threads.
const LOOKUPS_MAX: usize = 16;
/// Lookups of one tenant at the same time.
const TENANT_LOOKUPS_MAX: usize = 4;
/// Addresses of one name that are looked at.
const ADDRESSES_MAX: usize = 32;

const _: () = assert!(TENANT_LOOKUPS_MAX < LOOKUPS_MAX);

/// Looks names up.
pub trait Resolve: Send + Sync {
    /// The addresses of a name, the best first; at least one. It is asked on a thread that it may block.
    ///
    /// # Errors
    /// If the name leads nowhere.
    fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver, which knows its files and its servers.
#[derive(Debug, Default)]
pub struct SystemResolver(());

impl Resolve for SystemResolver {
    fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = (name, 0).to_socket_addrs()?;
        let found: Vec<IpAddr> = found.take(ADDRESSES_MAX).map(|it| it.ip()).collect();
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        Ok(found)
    }
}

/// For whom a name is looked up, and how far that is: whoever ends the call can tell why nothing came of it.
#[derive(Debug)]
pub(crate) struct Asker {
    pub(crate) tenant: AccountId,
    waits_for_its_turn: AtomicBool,
}

impl Asker {
    pub(crate) fn new(tenant: AccountId) -> Self {
        Self { tenant, waits_for_its_turn: AtomicBool::new(false) }
    }

    /// Whether the lookup has not begun, because too many others are under way.
    pub(crate) fn waits_for_its_turn(&self) -> bool {
        self.waits_for_its_turn.load(Ordering::Relaxed)
    }

    async fn waiting<T>(&self, turn: impl Future<Output = T>) -> T {
        self.waits_for_its_turn.store(true, Ordering::Relaxed);
        let come = turn.await;
        self.waits_for_its_turn.store(false, Ordering::Relaxed);
        come
    }
}

/// All lookups.
pub(crate) struct Lookups {
    resolver: Arc<dyn Resolve>,
    tasks: Tasks,
    all: Arc<Semaphore>,
    each: Arc<Visits<AccountId>>,
}

/// A place for a lookup, until it is dropped.
struct Place {
    _own: Held<AccountId>,
    _all: OwnedSemaphorePermit,
}

impl Lookups {
    pub(crate) fn new(resolver: Arc<dyn Resolve>, tasks: Tasks) -> Self {
        let all = Arc::new(Semaphore::new(LOOKUPS_MAX));
        Self { resolver, tasks, all, each: Visits::new(TENANT_LOOKUPS_MAX) }
    }

    /// The addresses of a name. Waits for a place, among those of the tenant first; the caller bounds how long.
    pub(crate) async fn lookup(&self, asker: &Asker, name: &str) -> io::Result<Vec<IpAddr>> {
        let place = asker.waiting(self.place(asker.tenant)).await.map_err(io::Error::other)?;
        let (sender, receiver) = oneshot::channel();
        let (resolver, name) = (Arc::clone(&self.resolver), name.to_owned());
        let thread = self.tasks.thread("name lookup", move || {
            let found = resolver.lookup(&name);
            drop(place);
            // Whoever asked may have given up.
            let _ = sender.send(found);
        })?;
        // Nobody waits for its end: what it found comes through the channel.
        drop(thread);
        receiver.await.map_err(io::Error::other)?
    }

    async fn place(&self, tenant: AccountId) -> Result<Place, AcquireError> {
        let own = self.each.enter(tenant).hold().await?;
        let all = Arc::clone(&self.all).acquire_owned().await?;
        Ok(Place { _own: own, _all: all })
    }
}

#[cfg(test)]
mod tests;
