//! Reading a shard for those inside the program: everything that is kept, without the limits of GetRecords.

use storage::{Chunk, Position, ReadLimits};
use tokio::sync::watch;

use crate::stream::{Shard, Stream};
use crate::{Error, Result, Streams};

/// What a read for a follower brought.
#[derive(Debug)]
pub struct Followed {
    /// The records, as whole frames.
    pub chunk: Chunk,
    /// How many records between the place asked for and the first that is kept are gone: they were trimmed,
    /// or are older than the retention.
    pub lost: u64,
}

impl Streams {
    /// Reads on from `from`, about `bytes` of records.
    ///
    /// # Errors
    /// If the stream was deleted, or the store cannot be read.
    pub async fn follow(
        &self,
        stream: &Stream,
        shard: &Shard,
        from: Position,
        bytes: usize,
    ) -> Result<Followed> {
        let limits =
            ReadLimits { tenant: stream.facts.account.number(), records: usize::MAX, bytes };
        let chunk = self.read_kept(stream, shard, from, limits).await?;
        // In a log that was shortened, offsets start again below places that were given before.
        let lost = chunk.from.offset.saturating_sub(from.offset);
        Ok(Followed { chunk, lost })
    }

    /// Carries the shard's next position and changes when records come and when the shard ends; ends with the stream,
    /// or when the shard is forgotten. That a shard ended is known to the catalogue a moment later: who waits for its
    /// children waits for [`Streams::changed`] as well.
    ///
    /// # Errors
    /// If the stream was deleted.
    pub fn watch(&self, stream: &Stream, shard: &Shard) -> Result<watch::Receiver<Position>> {
        let watch = self.store.watch(shard.facts.log);
        watch.map_err(|error| Error::of_stream(error, stream))
    }

    /// The position of the oldest record that is kept at this moment.
    ///
    /// # Errors
    /// If the stream was deleted, or the store cannot be read.
    pub async fn oldest(&self, stream: &Stream, shard: &Shard) -> Result<Position> {
        let oldest = self.store.seek(shard.facts.log, self.horizon(stream)).await;
        oldest.map_err(|error| Error::of_stream(error, stream))
    }
}
