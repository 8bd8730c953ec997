//! Opening what was read.

use std::sync::Arc;

use identity::kms;
use storage::frame::{Cipher, KeyId};
use storage::{Chunk, Error as StoreError, Kind, Meta};

use super::fact::{self, Stored};
use super::held::Open;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

impl Streams {
    /// Opens the sealed frames of a chunk. A frame that others hold, too, is opened once for all of them; that a key may
    /// be used is asked for each.
    ///
    /// # Errors
    /// If the key of one of them cannot be used, the store cannot be read, or a frame is not what was sealed.
    pub(crate) async fn open_frames(&self, stream: &Stream, chunk: &Chunk) -> Result<()> {
        let mut last: Option<Arc<dyn Cipher>> = None;
        for frame in &chunk.frames {
            let Some(id) = frame.key() else { continue };
            let cipher = match last.take().filter(|cipher| cipher.key() == id) {
                Some(cipher) => cipher,
                None => self.opener(stream, id).await?,
            };
            frame.open(&*cipher)?;
            last = Some(cipher);
        }
        Ok(())
    }

    /// The data key with this number.
    async fn opener(&self, stream: &Stream, id: KeyId) -> Result<Arc<dyn Cipher>> {
        let now = self.clock.monotonic();
        let held = self.sealing.held.lock().get(stream.facts.id, id, now);
        if let Some(open) = held {
            self.sealing.key_of(stream, &open.key)?;
            return Ok(open.data);
        }
        let place = fact::key(stream.facts.id, id.get());
        let found = Meta::get(&*self.store, &fact::SCOPE, &place).await?;
        let damaged = |what: String| Error::Store(StoreError::new(Kind::Damaged, what));
        let found = found.ok_or_else(|| damaged(format!("data key {id} is missing")))?;
        let stored = Stored::decode(&found.value).map_err(damaged)?;
        self.sealing.key_of(stream, &stored.key)?;
        let context = fact::context(stream.arn().to_string(), stream.facts.id, id);
        let opened = self.sealing.keys(&stored.key)?.decrypt(&context, &stored.blob);
        let opened = opened.map_err(|error| match error {
            kms::Error::Ciphertext => damaged(format!("data key {id} cannot be opened")),
            other => other.into(),
        })?;
        let data = Arc::new(self.data_key(id, opened.plain.expose())?);
        let open = Open { data: Arc::clone(&data), key: stored.key.into(), since: now };
        self.sealing.held.lock().put(stream.facts.id, id, open);
        Ok(data)
    }
}
