//! Drawing data keys: encrypted and stored first, used then.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use identity::kms::{DataKey, Key};
use stdx::Shutdown;
use storage::frame::KeyId;
use storage::{Commit, Expect, Kind};
use zeroize::Zeroizing;

use super::fact::{self, Stored};
use super::held::Open;
use super::write::Current;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

const KEY_BYTES: usize = 32;

impl Streams {
    /// A new data key for a stream, which is stored when this returns.
    pub(super) async fn draw_data_key(&self, stream: &Stream, key: &Key) -> Result<Current> {
        let id = self.store.new_ids(1).await?;
        let id = KeyId::new(id).ok_or_else(bug)?;
        let keys = self.sealing.keys(&key.id)?;
        let context = fact::context(stream.arn().to_string(), stream.facts.id, id);
        let drawn = keys.generate(key, &context, KEY_BYTES)?;
        let data = Arc::new(self.data_key(id, drawn.plain.expose())?);
        let stored = Stored { key: key.id.clone(), drawn: self.clock.now(), blob: drawn.blob };
        let mut commit = Commit::new(stream.facts.account.number(), fact::SCOPE);
        let place = fact::key(stream.facts.id, id.get());
        commit.facts.push(storage::ledger::write(place, stored.encode(), Expect::Absent));
        self.store.commit(commit).await?;
        // It lives from now on: what waiting took is not part of it.
        let since = self.clock.monotonic();
        let open = Open { data: Arc::clone(&data), key: key.id.as_str().into(), since };
        self.sealing.held.lock().put(stream.facts.id, id, open);
        Ok(Current { data, key: key.id.clone(), since, sealed_bytes: AtomicU64::new(0) })
    }

    /// The cipher of a data key.
    pub(super) fn data_key(&self, id: KeyId, plain: &[u8]) -> Result<DataKey> {
        let bytes = plain.first_chunk::<KEY_BYTES>().ok_or_else(bug)?;
        let bytes = Zeroizing::new(*bytes);
        Ok(DataKey::new(id, &bytes, Arc::clone(&self.sealing.entropy)))
    }

    /// Draws data keys for those who cannot wait for one, until it is told to stop.
    pub(crate) async fn draw_wanted(self: Arc<Self>, mut shutdown: Shutdown) {
        loop {
            let wanted = std::mem::take(&mut *self.sealing.wanted.lock());
            for id in wanted {
                let Some(stream) = self.stream_by_id(id) else { continue };
                if let Err(error) = self.sealer(&stream, 0).await {
                    let error = stdx::Chain(&error);
                    tracing::warn!(stream = %stream.arn(), %error, "no data key can be drawn");
                }
            }
            tokio::select! {
                () = shutdown.raised() => return,
                () = self.sealing.want.notified() => {}
            }
        }
    }
}

fn bug() -> Error {
    Error::Store(storage::Error::new(Kind::Bug, "data key without a number or of another length"))
}
