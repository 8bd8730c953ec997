//! The promises of `storage`, kept by this store.

use std::sync::Arc;

use async_trait::async_trait;
use storage::Store;
use storage_conformance::Harness;

use crate::support::{Bed, Opened};

struct OnDisk {
    open: tokio::sync::Mutex<Option<(Bed, Opened)>>,
}

impl OnDisk {
    fn new() -> Self {
        Self { open: tokio::sync::Mutex::new(None) }
    }

    async fn close(&self) -> Option<Bed> {
        let (bed, opened) = self.open.lock().await.take()?;
        opened.close().await;
        Some(bed)
    }

    async fn keep(&self, bed: Bed) -> Arc<dyn Store> {
        let opened = bed.open();
        let store: Arc<dyn Store> = Arc::clone(&opened.store) as _;
        *self.open.lock().await = Some((bed, opened));
        store
    }
}

#[async_trait]
impl Harness for OnDisk {
    async fn open(&self) -> Arc<dyn Store> {
        self.close().await;
        self.keep(Bed::new()).await
    }

    async fn reopen(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        drop(store);
        let bed = self.close().await.unwrap();
        self.keep(bed).await
    }
}

storage_conformance::conformance!(OnDisk::new());
