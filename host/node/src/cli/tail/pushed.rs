//! Reading one shard as a consumer to which records are pushed.

use std::time::Duration;

use tokio::time::timeout;

use super::cursor::{Cursor, Read, Source};
use super::merge::Got;
use super::{PUSH_ROUND, ROUND};
use crate::client::{Client, ClientError, Pushed, Start, Subscription, parse};
use crate::refusal::Refusal;

/// How often to look whether a consumer that was just registered is ready.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A consumer to read through.
pub(super) struct Consumer {
    pub(super) arn: String,
    /// Whether it was registered for this command, and goes with it.
    is_own: bool,
}

impl Consumer {
    /// The consumer with this name. One that is missing is registered.
    ///
    /// # Errors
    /// If it cannot be found nor registered.
    pub(super) async fn find(client: &Client, stream: &str, name: &str) -> anyhow::Result<Self> {
        let stream = client.stream(stream).await?.stream_arn;
        let (arn, is_own) = match client.consumer(&stream, name).await {
            Ok(consumer) => (consumer.arn, false),
            Err(error) if error.code() == Some("ResourceNotFoundException") => {
                (client.register_consumer(&stream, name).await?, true)
            }
            Err(error) => return Err(error.into()),
        };
        while client.consumer(&stream, name).await?.consumer_status == "CREATING" {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(Self { arn, is_own })
    }

    /// Deregisters it if it was registered for this command.
    ///
    /// # Errors
    /// If that fails; then it stays.
    pub(super) async fn leave(self, client: &Client) -> anyhow::Result<()> {
        if !self.is_own {
            return Ok(());
        }
        match client.deregister_consumer(&self.arn).await {
            // It went with its stream, or somebody else did it.
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(()),
            Err(error) => {
                let what = format!("consumer {} is still registered", self.arn);
                Err(Refusal::failed(what).because(error).into())
            }
            Ok(()) => Ok(()),
        }
    }
}

/// The next event, if one comes soon. A subscription that ended begins again where it ended.
pub(super) async fn read(
    cursor: &mut Cursor,
    client: &Client,
    consumer: &str,
) -> Result<Read, ClientError> {
    let mut subscription = match &mut cursor.source {
        Some(Source::Subscription(subscription)) => subscription.take(),
        Some(Source::Iterator(_)) | None => return Ok(Read::nothing()),
    };
    if subscription.is_none() {
        match client.subscribe(consumer, &cursor.shard, &cursor.again).await {
            Ok(begun) => subscription = Some(Box::new(begun)),
            Err(error) => return again(cursor, error).await,
        }
    }
    let Some(mut subscription) = subscription else { return Ok(Read::nothing()) };
    // Nothing is lost where the time ends first: what came stays in the subscription.
    let Ok(event) = timeout(PUSH_ROUND, subscription.next()).await else {
        keep(cursor, subscription);
        return Ok(Read::nothing());
    };
    match event {
        // It has lived long enough.
        Ok(None) => Ok(Read::nothing()),
        Err(error) if is_refused(&error) => Err(error),
        Err(error) => again(cursor, error).await,
        Ok(Some(event)) => {
            cursor.worked();
            let event: Pushed<'_> = parse(&event)?;
            let records = event.records.iter().map(|record| Got::new(&cursor.shard, record));
            let records: Vec<Got> = records.collect::<Result<_, _>>()?;
            cursor.is_behind = event.millis_behind_latest > 0;
            match event.continuation_sequence_number {
                Some(number) => {
                    cursor.again = Start::After(number);
                    keep(cursor, subscription);
                }
                // The shard is closed, and this was its end.
                None => cursor.source = None,
            }
            Ok(Read::Records(records))
        }
    }
}

fn keep(cursor: &mut Cursor, subscription: Box<Subscription>) {
    cursor.source = Some(Source::Subscription(Some(subscription)));
}

/// Somebody else reads for the consumer now, or it is gone.
fn is_refused(error: &ClientError) -> bool {
    matches!(error.code(), Some("ResourceInUseException" | "ResourceNotFoundException"))
}

/// What failed and is tried again. A place that was taken less than five seconds ago is not given yet: whoever
/// waits gets it.
async fn again(cursor: &mut Cursor, error: ClientError) -> Result<Read, ClientError> {
    let is_early = error.is_throttling() || error.code() == Some("ResourceInUseException");
    // A server that cannot be reached was there before: it may just start anew.
    if !is_early && !error.is_retryable() {
        return Err(error);
    }
    tokio::time::sleep(ROUND).await;
    Ok(if is_early { Read::nothing() } else { cursor.failed(error) })
}
