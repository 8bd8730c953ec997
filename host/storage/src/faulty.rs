//! A store that fails when a test says so, around any other store.
//!
//! Faults are decided outside, call by call, so that neither stores nor their callers carry switches for
//! tests. Nothing here sleeps or draws by chance: what is held waits for a [`Gate`] that the test opens.
//! Calls that cannot wait or fail halfway ([`Log::watch`], [`Store::term`], [`Store::health`]) pass.

mod gate;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::Millis;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::{
    Blob, Bounds, Chunk, Commit, Committed, Digest, Error, Fact, Health, Kind, Log, LogId, Meta,
    Position, ReadLimits, Result, Scope, Store, Term,
};

pub use gate::Gate;

/// A call that is about to be made.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    /// [`Log::read`]
    Read(LogId),
    /// [`Log::seek`]
    Seek(LogId),
    /// [`Log::bounds`]
    Bounds(LogId),
    /// [`Log::trim`]
    Trim(LogId),
    /// [`Meta::get`]
    Get(&'a Scope, &'a [u8]),
    /// [`Meta::scan`]
    Scan(&'a Scope, &'a [u8]),
    /// [`Blob::put_blob`]
    PutBlob(&'a [u8]),
    /// [`Blob::get_blob`]
    GetBlob(Digest),
    /// [`Blob::delete_blob`]
    DeleteBlob(Digest),
    /// [`Blob::list_blobs`]
    ListBlobs,
    /// [`Store::commit`]
    Commit(&'a Commit),
    /// [`Store::new_ids`]
    NewIds(u64),
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is made.
    Pass,
    /// It is not made: `Unavailable`.
    FailBefore,
    /// It is made and its answer lost: `Indefinite`.
    LoseAnswer,
    /// It is made when the gate opens.
    HoldBefore(Gate),
    /// It is made and answered when the gate opens.
    HoldAnswer(Gate),
}

/// A store around another that fails where it is told to.
pub struct Faulty<S: ?Sized> {
    decide: Box<dyn Fn(&Call<'_>) -> Fate + Send + Sync>,
    inner: Arc<S>,
}

impl<S: Store + ?Sized> Faulty<S> {
    /// `inner`, each call to which meets the fate that `decide` gives it.
    pub fn new(inner: Arc<S>, decide: impl Fn(&Call<'_>) -> Fate + Send + Sync + 'static) -> Self {
        Self { decide: Box::new(decide), inner }
    }

    /// `inner`, the commits of which meet `fates`, one after the other; everything else passes.
    pub fn commits(inner: Arc<S>, fates: impl IntoIterator<Item = Fate>) -> Self {
        let fates: Mutex<VecDeque<Fate>> = Mutex::new(fates.into_iter().collect());
        Self::new(inner, move |call| match call {
            Call::Commit(_) => fates.lock().pop_front().unwrap_or(Fate::Pass),
            _ => Fate::Pass,
        })
    }

    /// The store within, which nothing happens to.
    pub fn inner(&self) -> &Arc<S> {
        &self.inner
    }

    fn fate(&self, call: Call<'_>) -> Fate {
        (self.decide)(&call)
    }
}

impl Fate {
    async fn befall<T>(self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        match self {
            Self::Pass => call.await,
            Self::FailBefore => Err(Error::new(Kind::Unavailable, "failed before, as told")),
            Self::LoseAnswer => {
                // An error is not an answer to lose: it says itself what happened.
                call.await?;
                Err(Error::new(Kind::Indefinite, "answer lost, as told"))
            }
            Self::HoldBefore(gate) => {
                gate.pass().await;
                call.await
            }
            Self::HoldAnswer(gate) => {
                let answer = call.await;
                gate.pass().await;
                answer
            }
        }
    }
}

impl<S: ?Sized> fmt::Debug for Faulty<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").finish_non_exhaustive()
    }
}

#[async_trait]
impl<S: Store + ?Sized> Log for Faulty<S> {
    async fn read(&self, log: LogId, from: Position, limits: ReadLimits) -> Result<Chunk> {
        let fate = self.fate(Call::Read(log));
        fate.befall(self.inner.read(log, from, limits)).await
    }

    async fn seek(&self, log: LogId, arrival: Millis) -> Result<Position> {
        let fate = self.fate(Call::Seek(log));
        fate.befall(self.inner.seek(log, arrival)).await
    }

    async fn bounds(&self, log: LogId) -> Result<Bounds> {
        let fate = self.fate(Call::Bounds(log));
        fate.befall(self.inner.bounds(log)).await
    }

    async fn trim(&self, log: LogId, before: Position) -> Result<()> {
        let fate = self.fate(Call::Trim(log));
        fate.befall(self.inner.trim(log, before)).await
    }

    fn watch(&self, log: LogId) -> Result<watch::Receiver<Position>> {
        self.inner.watch(log)
    }
}

#[async_trait]
impl<S: Store + ?Sized> Meta for Faulty<S> {
    async fn get(&self, scope: &Scope, key: &[u8]) -> Result<Option<Fact>> {
        let fate = self.fate(Call::Get(scope, key));
        fate.befall(self.inner.get(scope, key)).await
    }

    async fn scan_within(
        &self,
        scope: &Scope,
        prefix: &[u8],
        after: Option<&[u8]>,
        most: (usize, usize),
    ) -> Result<Vec<Fact>> {
        let fate = self.fate(Call::Scan(scope, prefix));
        fate.befall(self.inner.scan_within(scope, prefix, after, most)).await
    }
}

#[async_trait]
impl<S: Store + ?Sized> Blob for Faulty<S> {
    async fn put_blob(&self, bytes: Bytes) -> Result<Digest> {
        let fate = self.fate(Call::PutBlob(&bytes));
        fate.befall(self.inner.put_blob(bytes)).await
    }

    async fn get_blob(&self, digest: Digest) -> Result<Bytes> {
        let fate = self.fate(Call::GetBlob(digest));
        fate.befall(self.inner.get_blob(digest)).await
    }

    async fn delete_blob(&self, digest: Digest) -> Result<()> {
        let fate = self.fate(Call::DeleteBlob(digest));
        fate.befall(self.inner.delete_blob(digest)).await
    }

    async fn list_blobs(&self) -> Result<Vec<Digest>> {
        let fate = self.fate(Call::ListBlobs);
        fate.befall(self.inner.list_blobs()).await
    }
}

#[async_trait]
impl<S: Store + ?Sized> Store for Faulty<S> {
    async fn commit(&self, commit: Commit) -> Result<Committed> {
        let fate = self.fate(Call::Commit(&commit));
        fate.befall(self.inner.commit(commit)).await
    }

    async fn new_ids(&self, count: u64) -> Result<u64> {
        let fate = self.fate(Call::NewIds(count));
        fate.befall(self.inner.new_ids(count)).await
    }

    fn term(&self) -> Term {
        self.inner.term()
    }

    fn health(&self) -> Health {
        self.inner.health()
    }
}
