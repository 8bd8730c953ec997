//! Encryption of streams: data keys, drawn of a key of the key service, seal the frames of one stream for a few
//! minutes.
//!
//! A data key is stored, encrypted, before it seals anything; what is stored opens only with the key of the key
//! service, whose state is asked each time, so a key that is disabled stops writes and reads at once and loses nothing.
//! No data key seals in two lives of the process, nor longer than [`limits::DATA_KEY_LIFE_MS`].

mod change;
mod draw;
mod fact;
mod held;
mod permission;
mod read;
mod sweep;
mod write;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use domain::{StreamId, limits};
use identity::kms::{self, Key, Keys};
use parking_lot::Mutex;
use stdx::Entropy;
use tokio::sync::Notify;

use crate::stream::Stream;
use crate::{Error, Result};
use held::Held;
use write::Slot;

pub(crate) use write::Sealer;

/// How long a data key is used; also how long one that was opened for reading is kept.
const LIFE: Duration = Duration::from_millis(limits::DATA_KEY_LIFE_MS);

/// What streams seal and open with.
pub(crate) struct Sealing {
    /// The key service; without it no stream can be encrypted.
    keys: Option<Arc<Keys>>,
    entropy: Arc<dyn Entropy>,
    /// For each encrypted stream that was written to, what it is written with.
    slots: Mutex<HashMap<StreamId, Arc<Slot>>>,
    /// Data keys that were opened for reading.
    held: Mutex<Held>,
    /// Streams that somebody who cannot wait needs a data key for.
    wanted: Mutex<BTreeSet<StreamId>>,
    want: Notify,
    /// When data keys that nothing needs any more were last looked for.
    swept: Mutex<Option<Duration>>,
}

impl Sealing {
    pub(crate) fn new(keys: Option<Arc<Keys>>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            keys,
            entropy,
            slots: Mutex::default(),
            held: Mutex::new(Held::new(limits::DATA_KEYS_HELD_MAX)),
            wanted: Mutex::default(),
            want: Notify::new(),
            swept: Mutex::new(None),
        }
    }

    /// The key service.
    fn keys(&self, named: &str) -> Result<&Arc<Keys>> {
        let missing = || kms::Error::NoKeyId(named.to_owned());
        self.keys.as_ref().ok_or_else(|| missing().into())
    }

    /// Whether what is written to a stream now could be read: its key can be used, or it has none.
    pub(crate) fn check(&self, stream: &Stream) -> Result<()> {
        match &stream.facts.protection.key {
            Some(named) => self.key_of(stream, named).map(drop),
            None => Ok(()),
        }
    }

    /// The key of the key service that a stream names, if it can be used.
    fn key_of(&self, stream: &Stream, named: &str) -> Result<Arc<Key>> {
        let key = self.find(stream, named)?;
        key.check_enabled()?;
        Ok(key)
    }

    /// The key of the key service that a stream names. That of another account is as good as none.
    fn find(&self, stream: &Stream, named: &str) -> Result<Arc<Key>> {
        let (account, region) = (stream.facts.account, &stream.facts.region);
        let key = self.keys(named)?.find(account, region, named)?;
        if key.account == account {
            Ok(key)
        } else {
            Err(Error::from(kms::Error::NoKey(key.arn())))
        }
    }
}
