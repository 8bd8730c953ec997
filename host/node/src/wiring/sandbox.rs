//! Where the command line runs a component without a server.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use stdx::Secret;
use tempfile::TempDir;
use wasm::{Call, ComponentId, Components, Ended, Event, Host, Keyed, Options, Sandbox};

use super::open_dir;
use super::worker::compile_worker;
use crate::client::Seams;
use crate::refusal::Refusal;

/// A sandbox for one component, which forgets everything when it is dropped.
pub(crate) struct LoneSandbox {
    host: Host,
    component: ComponentId,
    // Removed after the host is gone.
    _cache: TempDir,
}

impl LoneSandbox {
    /// Compiles `component`, which was checked.
    ///
    /// # Errors
    /// If it cannot be compiled, or there is no place to run it.
    pub(crate) async fn start(component: Vec<u8>, seams: &Seams) -> anyhow::Result<Self> {
        let cache = tempfile::Builder::new()
            .prefix("shardmill-guest-")
            .tempdir()
            .context("cannot make a temporary directory")?;
        let dir = open_dir(cache.path()).context("cannot open the temporary directory")?;
        let mut key = [0; 32];
        seams.entropy.fill(&mut key);
        let options = Options::new(compile_worker()?, dir, Secret::new(key));
        let bytes = Bytes::from(component);
        let only = Only { id: ComponentId(*blake3::hash(&bytes).as_bytes()), bytes: bytes.clone() };
        let host = Host::new(options, Arc::new(only), Arc::clone(&seams.clock))
            .context("cannot run functions here")?;
        let admitted = host.admit(bytes).await;
        let admitted = admitted.map_err(|rejection| {
            Refusal::failed("the component cannot be compiled").because(rejection)
        })?;
        Ok(Self { host, component: admitted.id, _cache: cache })
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
