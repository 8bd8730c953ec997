//! Where the command line runs a component without a server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use stdx::Secret;
use tempfile::TempDir;
use wasm::{Call, ComponentId, Components, Ended, Event, Host, Keyed, Options, Sandbox};

use super::worker::compile_worker;
use super::{open_dir, open_or_make_dir};
use crate::client::Seams;
use crate::refusal::Refusal;

/// A sandbox for one component, which forgets everything when it is dropped.
pub(crate) struct LoneSandbox {
    host: Host,
    component: ComponentId,
    bytes: Bytes,
    key: [u8; 32],
    // If it is temporary, removed after the host is gone.
    cache: Kept,
}

/// Where compiled code is.
enum Kept {
    Temporary(TempDir),
    Named(PathBuf),
}

impl Kept {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(dir) => dir.path(),
            Self::Named(path) => path,
        }
    }
}

/// In a cache that is kept: what its code is sealed with.
const KEY_FILE: &str = "guest-cache.key";

impl LoneSandbox {
    /// Compiles `component`, which was checked, or finds that it was compiled in `cache` before. Without that, nothing
    /// is kept.
    ///
    /// # Errors
    /// If it cannot be compiled, or there is no place to run it.
    pub(crate) async fn start(
        component: Vec<u8>,
        cache: Option<&Path>,
        seams: &Seams,
    ) -> anyhow::Result<Self> {
        let cache = match cache {
            Some(path) => Kept::Named(path.to_owned()),
            None => Kept::Temporary(
                tempfile::Builder::new()
                    .prefix("shardmill-guest-")
                    .tempdir()
                    .context("cannot make a temporary directory")?,
            ),
        };
        let key = key(&cache, seams)?;
        let bytes = Bytes::from(component);
        let host = host(&cache, key, &bytes, seams)?;
        let admitted = host.admit(bytes.clone()).await;
        let admitted = admitted.map_err(|rejection| {
            Refusal::failed("the component cannot be compiled").because(rejection)
        })?;
        Ok(Self { host, component: admitted.id, bytes, key, cache })
    }

    /// Starts anew, as a server does: what was compiled is in the cache, and nothing is at hand.
    ///
    /// # Errors
    /// If there is no place to run it.
    pub(crate) async fn restart(self, seams: &Seams) -> anyhow::Result<Self> {
        self.host.shutdown().await;
        let host = host(&self.cache, self.key, &self.bytes, seams)?;
        Ok(Self { host, ..self })
    }

    /// Brings the component to hand.
    ///
    /// # Errors
    /// If it cannot be loaded.
    pub(crate) async fn load(&self) -> anyhow::Result<()> {
        self.host.load(self.component).await.context("cannot load the component")
    }

    /// What calls name.
    pub(crate) fn component(&self) -> ComponentId {
        self.component
    }

    /// Runs one call of a transform to its end.
    pub(crate) async fn call(&self, call: Call) -> Ended {
        self.host.call(call).await
    }

    /// Runs one call of a handler to its end.
    pub(crate) async fn handle(&self, call: Call<Event>) -> Ended<Bytes> {
        self.host.handle(call).await
    }

    /// Runs one call of a consumer to its end.
    pub(crate) async fn consume(&self, call: Call<Keyed>) -> Ended {
        self.host.consume(call).await
    }

    /// Waits for what still runs.
    pub(crate) async fn stop(self) {
        self.host.shutdown().await;
    }
}

/// The key of a cache: whoever knows it can put code there that runs.
fn key(cache: &Kept, seams: &Seams) -> anyhow::Result<[u8; 32]> {
    let mut key = [0; 32];
    seams.entropy.fill(&mut key);
    let Kept::Named(path) = cache else { return Ok(key) };
    let dir = open_or_make_dir(path)?;
    // Runs at one time end up with the same key: the last one that was written, or a compilation too many.
    let known = dir.read(KEY_FILE).context("cannot read the key of the cache")?;
    match known.and_then(|bytes| bytes.try_into().ok()) {
        Some(known) if dir.mode(KEY_FILE).is_none_or(|mode| mode & 0o077 == 0) => Ok(known),
        _ => {
            dir.replace(KEY_FILE, &key, 0o600).context("cannot write the key of the cache")?;
            Ok(key)
        }
    }
}

/// A host with this cache and key, for one component.
fn host(cache: &Kept, key: [u8; 32], bytes: &Bytes, seams: &Seams) -> anyhow::Result<Host> {
    let dir = open_dir(cache.path()).context("cannot open the directory of compiled code")?;
    let options = Options::new(compile_worker()?, dir, Secret::new(key));
    let only = Only { id: ComponentId(*blake3::hash(bytes).as_bytes()), bytes: bytes.clone() };
    Host::new(options, Arc::new(only), Arc::clone(&seams.clock))
        .context("cannot run functions here")
}

/// The one component that there is.
struct Only {
    id: ComponentId,
    bytes: Bytes,
}

#[async_trait]
impl Components for Only {
    async fn fetch(&self, id: ComponentId) -> Result<Bytes, String> {
        (id == self.id).then(|| self.bytes.clone()).ok_or_else(|| "there is only one".to_owned())
    }
}
