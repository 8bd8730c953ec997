//! What an owner may set about the records of a stream: how large they may be, who spreads them, and whether they are
//! compressed.

use domain::{StreamMode, StreamStatus};
use storage::frame::Codec;

use crate::error::{Invalid, Setting};
use crate::stream::{Spread, Stream, StreamFacts};
use crate::{Error, Result, Streams};

impl Streams {
    /// Sets how large a record may be that is put from now on, in KiB. Those that are there stay.
    ///
    /// # Errors
    /// If the stream's shards are being changed, it was deleted, or the store does not take it.
    pub async fn change_record_size(&self, stream: &Stream, kib: u32) -> Result<()> {
        let change = |facts: &mut StreamFacts| {
            check_active(facts)?;
            facts.record_kib_max = kib;
            Ok(())
        };
        self.change_facts(stream, change).await
    }

    /// Sets who spreads the records that are put from now on. Those that are there stay where they are.
    ///
    /// # Errors
    /// If the stream is not on demand, its shards are being changed, it was deleted, or the store does not take
    /// it.
    pub async fn change_spread(&self, stream: &Stream, spread: Spread) -> Result<()> {
        let change = |facts: &mut StreamFacts| {
            if facts.mode == StreamMode::Provisioned {
                let setting = Setting::SpreadOfProvisioned(facts.named());
                return Err(Error::Invalid(Invalid::Setting(setting)));
            }
            check_active(facts)?;
            facts.spread = spread;
            Ok(())
        };
        self.change_facts(stream, change).await
    }

    /// Sets what the records that are put from now on are compressed with. Those that are there stay as they are.
    ///
    /// # Errors
    /// If the stream was deleted, or the store does not take it.
    pub async fn change_codec(&self, stream: &Stream, codec: Codec) -> Result<()> {
        let change = |facts: &mut StreamFacts| {
            facts.codec = codec;
            Ok(())
        };
        self.change_facts(stream, change).await
    }
}

/// No change of the shards is under way.
pub(crate) fn check_active(facts: &StreamFacts) -> Result<()> {
    match facts.scaling.update {
        Some(_) => {
            let stream = facts.named();
            Err(Error::NotActive { stream, status: StreamStatus::Updating })
        }
        None => Ok(()),
    }
}
