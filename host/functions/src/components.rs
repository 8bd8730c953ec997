//! Where components lie: as blobs of the store, named by their digest, which is the sandbox's name for them
//! as well. Those of interpreters are files that whoever runs the server put there.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use stdx::Chain;
use storage::{Digest, Store};
use wasm::ComponentId;

use crate::interpreters::Interpreters;

/// The components of a store, for a sandbox.
pub struct Components {
    store: Arc<dyn Store>,
    interpreters: Arc<Interpreters>,
}

impl Components {
    /// Those of `store`, and interpreters.
    pub fn new(store: Arc<dyn Store>, interpreters: Arc<Interpreters>) -> Self {
        Self { store, interpreters }
    }
}

#[async_trait]
impl wasm::Components for Components {
    async fn fetch(&self, id: ComponentId) -> Result<Bytes, String> {
        if let Some(interpreter) = self.interpreters.fetch(id) {
            return interpreter;
        }
        let found = self.store.get_blob(Digest(id.0)).await;
        found.map_err(|error| Chain(&error).to_string())
    }
}

impl fmt::Debug for Components {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Components").finish_non_exhaustive()
    }
}
