//! Turning the encryption of a stream on and off.

use domain::{Millis, limits};

use crate::error::Quota;
use crate::record_settings::check_active;
use crate::stream::{Stream, StreamFacts};
use crate::{Error, Result, Streams};

/// Over how long changes are counted.
const DAY_MS: u64 = 24 * 3_600_000;

impl Streams {
    /// Encrypts what is written to a stream from now on with the key that its owner names; the key that every account
    /// has for data streams is made if it is named and not there yet.
    ///
    /// # Errors
    /// If there is no such key, it cannot be used, the shards are being changed, the encryption was changed too often
    /// within a day, the stream was deleted, or the store does not take it.
    pub async fn start_encryption(&self, stream: &Stream, key: &str) -> Result<()> {
        let facts = &stream.facts;
        let own = identity::kms::KINESIS;
        if key == own || key.strip_prefix("arn:").is_some_and(|arn| arn.ends_with(own)) {
            self.sealing.keys(key)?.of_kinesis(facts.account, &facts.region).await?;
        }
        self.sealing.key_of(stream, key)?;
        self.change_encryption(stream, Some(key.to_owned())).await
    }

    /// Leaves what is written to a stream from now on in clear text; what was encrypted stays so.
    ///
    /// # Errors
    /// As [`Streams::start_encryption`], without what is about the key.
    pub async fn stop_encryption(&self, stream: &Stream) -> Result<()> {
        self.change_encryption(stream, None).await
    }

    async fn change_encryption(&self, stream: &Stream, key: Option<String>) -> Result<()> {
        let now = self.clock.now();
        let change = |facts: &mut StreamFacts| {
            check_active(facts)?;
            let protection = &mut facts.protection;
            if protection.key == key {
                return Ok(());
            }
            protection.changed.retain(|at| is_recent(*at, now));
            let is_limited = self.settings.limits;
            if is_limited && protection.changed.len() >= limits::STREAM_ENCRYPTION_CHANGES_MAX {
                return Err(Error::Quota(Quota::EncryptionChanges { stream: stream.named() }));
            }
            protection.changed.push(now);
            // Without limits, too, no more is noted than is asked for.
            let noted = protection.changed.len().min(limits::STREAM_ENCRYPTION_CHANGES_MAX);
            protection.changed.drain(..protection.changed.len() - noted);
            protection.key = key;
            Ok(())
        };
        self.change_facts(stream, change).await
    }
}

/// Whether a change counts. One that a clock noted which was ahead does as well, until that time has come and gone.
fn is_recent(at: Millis, now: Millis) -> bool {
    at.plus(DAY_MS) > now
}
