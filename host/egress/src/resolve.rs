//! From names to addresses.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;
use tokio::sync::Semaphore;

/// Lookups at the same time. The system's resolver blocks a thread for each.
const LOOKUPS_MAX: usize = 16;
/// Addresses of one name that are looked at.
const ADDRESSES_MAX: usize = 32;

/// Looks names up.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// The addresses of a name, the best first; at least one.
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver, which knows its files and its servers.
#[derive(Debug)]
pub struct SystemResolver {
    room: Semaphore,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self { room: Semaphore::new(LOOKUPS_MAX) }
    }
}

#[async_trait]
impl Resolve for SystemResolver {
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let _room = self.room.acquire().await.map_err(io::Error::other)?;
        let found = tokio::net::lookup_host((name, 0)).await?;
        let found: Vec<IpAddr> = found.take(ADDRESSES_MAX).map(|it| it.ip()).collect();
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        Ok(found)
    }
}
