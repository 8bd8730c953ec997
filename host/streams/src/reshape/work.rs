//! Doing what was asked for: step by step, for all streams in turn.

use std::sync::Arc;
use std::time::Duration;

use domain::StreamId;
use stdx::Shutdown;
use storage::Kind;

use crate::catalog::Change;
use crate::stream::Stream;
use crate::{Error, Result, Streams};

/// How long the work rests when the store did not take a step.
const RETRY: Duration = Duration::from_millis(500);

/// Whether more is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    Done,
    More,
    Failed,
}

impl Streams {
    /// Changes shards whenever there is something to change, until it is told to stop.
    pub(crate) async fn keep_reshaping(self: Arc<Self>, mut shutdown: Shutdown) {
        let mut changed = self.changed();
        while !shutdown.is_raised() {
            changed.mark_unchanged();
            match self.reshape_round().await {
                Round::More => {}
                Round::Failed => tokio::select! {
                    () = tokio::time::sleep(RETRY) => {}
                    () = shutdown.raised() => return,
                },
                Round::Done => tokio::select! {
                    changed = changed.changed() => if changed.is_err() { return },
                    () = shutdown.raised() => return,
                },
            }
        }
    }

    /// Finishes all changes of shards that were asked for. A program that called [`Streams::start`] need not
    /// call it.
    ///
    /// # Errors
    /// If the store does not take a step.
    pub async fn reshape_all(&self) -> Result<()> {
        loop {
            let updating = self.catalog.look(|index| index.updating());
            if updating.is_empty() {
                return Ok(());
            }
            for id in updating {
                self.step(id).await?;
            }
        }
    }

    async fn reshape_round(&self) -> Round {
        let updating = self.catalog.look(|index| index.updating());
        let mut round = if updating.is_empty() { Round::Done } else { Round::More };
        for id in updating {
            if let Err(error) = self.step(id).await {
                let error = stdx::Chain(&error);
                tracing::warn!(stream_id = %id, %error, "shards cannot be changed at the moment");
                round = Round::Failed;
            }
        }
        round
    }

    /// Makes the next commit of the change of a stream's shards, if one is under way.
    async fn step(&self, id: StreamId) -> Result<()> {
        let stream = self.catalog.by_id(id);
        let Some(stream) = stream.filter(|it| it.facts.scaling.update.is_some()) else {
            return Ok(());
        };
        let done = self.try_step(&stream).await;
        match done {
            Err(Error::Store(error)) if error.kind() == Kind::Refused => {
                // It would be refused again and again: the stream stays as it is, which tiles as well.
                tell_given_up(&stream, &error);
                self.give_up(id).await
            }
            other => other,
        }
    }

    async fn try_step(&self, stream: &Stream) -> Result<()> {
        let count = Self::next_children(stream);
        let first = if count == 0 { 0 } else { self.store.new_ids(count).await? };
        let Some(reshaped) = self.next_step(stream, first..first + count) else {
            tracing::error!(stream = %stream.arn(), "the stream has no shard numbers left");
            return self.give_up(stream.facts.id).await;
        };
        // Made before anybody is held up, which many shards would be felt by; what was made of a stream that was
        // changed meanwhile is made again.
        let (splits, merges) = reshaped.counts();
        let mut is_sent = false;
        let changed = self.catalog.change(|index| {
            let current = index.by_id(stream.facts.id);
            is_sent = current.is_some_and(|current| current.version == stream.version);
            Ok(is_sent.then(|| Change::Reshape(Arc::new(reshaped))))
        });
        changed.await?;
        if is_sent {
            self.metrics.streams.splits.inc_by(splits);
            self.metrics.streams.merges.inc_by(merges);
        }
        Ok(())
    }

    /// Takes the note away.
    async fn give_up(&self, id: StreamId) -> Result<()> {
        let changed = self.catalog.change(|index| {
            let Some(current) = index.by_id(id) else { return Ok(None) };
            let mut facts = current.facts.clone();
            facts.scaling.update = None;
            Ok(Some(Change::Update(Arc::new(current.with(facts)))))
        });
        changed.await
    }
}

fn tell_given_up(stream: &Stream, error: &storage::Error) {
    let error = stdx::Chain(error);
    tracing::error!(stream = %stream.arn(), %error, "the change of shards is given up");
}
