//! What a stream is written with: its data key of the moment, or nothing if it is not encrypted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{StreamId, limits};
use identity::kms::DataKey;
use parking_lot::Mutex;
use storage::frame::Cipher;
use tokio::sync::Mutex as AsyncMutex;

use super::{LIFE, Sealing};
use crate::stream::Stream;
use crate::{Result, Streams};

/// What seals the records of a call, if anything does.
pub(crate) type Sealer = Option<Arc<dyn Cipher>>;

/// The data key of one stream.
#[derive(Default)]
pub(super) struct Slot {
    current: Mutex<Option<Current>>,
    /// Held by the one who draws the next.
    pub(super) drawing: AsyncMutex<()>,
}

/// A data key in use.
pub(super) struct Current {
    pub(super) data: Arc<DataKey>,
    /// The id of the key of the key service.
    pub(super) key: String,
    pub(super) since: Duration,
    pub(super) sealed_bytes: AtomicU64,
}

impl Slot {
    /// The data key, if it may seal `bytes` more under this key of the key service.
    fn usable(&self, key: &str, bytes: usize, now: Duration) -> Option<Arc<dyn Cipher>> {
        let current = self.current.lock();
        let current = current.as_ref()?;
        let bytes = bytes as u64;
        let is_usable = current.key == key
            && now.saturating_sub(current.since) < LIFE
            && current.sealed_bytes.load(Ordering::Relaxed) < limits::DATA_KEY_BYTES_SEALED_MAX;
        if !is_usable {
            return None;
        }
        current.sealed_bytes.fetch_add(bytes, Ordering::Relaxed);
        Some(Arc::clone(&current.data) as Arc<dyn Cipher>)
    }

    pub(super) fn set(&self, current: Current) {
        *self.current.lock() = Some(current);
    }

    /// Wipes a data key that may not be used any more.
    pub(super) fn forget_old(&self, now: Duration) {
        let mut current = self.current.lock();
        if current.as_ref().is_some_and(|it| now.saturating_sub(it.since) >= LIFE) {
            *current = None;
        }
    }
}

impl Sealing {
    pub(super) fn slot(&self, stream: StreamId) -> Arc<Slot> {
        Arc::clone(self.slots.lock().entry(stream).or_default())
    }
}

impl Streams {
    /// What `bytes` of records for this stream are sealed with. A new data key is drawn if there is none that may be
    /// used.
    ///
    /// # Errors
    /// If the stream's key cannot be used, or the store does not take a new data key.
    pub(crate) async fn sealer(&self, stream: &Stream, bytes: usize) -> Result<Sealer> {
        let Some(named) = &stream.facts.protection.key else { return Ok(None) };
        let key = self.sealing.key_of(stream, named)?;
        let slot = self.sealing.slot(stream.facts.id);
        let usable = || slot.usable(&key.id, bytes, self.clock.monotonic());
        if let Some(cipher) = usable() {
            return Ok(Some(cipher));
        }
        let _drawing = slot.drawing.lock().await;
        if let Some(cipher) = usable() {
            return Ok(Some(cipher));
        }
        let drawn = self.draw_data_key(stream, &key).await?;
        let cipher = Arc::clone(&drawn.data) as Arc<dyn Cipher>;
        drawn.sealed_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        slot.set(drawn);
        Ok(Some(cipher))
    }

    /// The same for who cannot wait: nothing inside of nothing if there is no data key yet, which is drawn meanwhile.
    pub(crate) fn sealer_now(&self, stream: &Stream, bytes: usize) -> Result<Option<Sealer>> {
        let Some(named) = &stream.facts.protection.key else { return Ok(Some(None)) };
        let key = self.sealing.key_of(stream, named)?;
        let slot = self.sealing.slot(stream.facts.id);
        let usable = slot.usable(&key.id, bytes, self.clock.monotonic());
        if usable.is_none() {
            self.sealing.wanted.lock().insert(stream.facts.id);
            self.sealing.want.notify_one();
        }
        Ok(usable.map(Some))
    }
}
