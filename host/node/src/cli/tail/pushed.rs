//! Reading one shard as a consumer to which records are pushed.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::cursor::{Cursor, Read, Source};
use super::merge::Got;
use super::{PUSH_ROUND, ROUND};
use crate::client::{Client, ClientError, Pushed, Start, Subscription, parse};
use crate::refusal::Refusal;

/// How often to look whether a consumer that was just registered is ready.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// With so many records, or bytes of data, a round is over before its time; the event that goes beyond is part of it.
const ROUND_RECORDS: usize = 10_000;
const ROUND_BYTES: usize = 8 * 1024 * 1024;

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

/// What became of a subscription.
enum After {
    /// It goes on.
    More,
    /// It has lived long enough.
    Over,
    /// The shard is closed, and this was its end.
    End,
}

/// What comes soon. A subscription that ended begins again where it ended.
pub(super) async fn read(
    cursor: &mut Cursor,
    client: &Client,
    consumer: &str,
) -> Result<Read, ClientError> {
    let kept = match &mut cursor.source {
        Some(Source::Subscription(subscription)) => subscription.take(),
        Some(Source::Iterator(_)) | None => return Ok(Read::nothing()),
    };
    if let Some(error) = cursor.broken.take() {
        return broke(cursor, error).await;
    }
    let mut subscription = match kept {
        Some(subscription) => subscription,
        None => {
            let (now, start) = (client.now(), cursor.place_to_take());
            match client.subscribe(consumer, &cursor.shard, &start).await {
                Ok(begun) => {
                    cursor.seen(now);
                    Box::new(begun)
                }
                Err(error) => return again(cursor, error).await,
            }
        }
    };
    let mut records = Vec::new();
    match gather(cursor, &mut subscription, &mut records).await {
        Ok(After::More) => keep(cursor, subscription),
        Ok(After::Over) => {}
        Ok(After::End) => cursor.source = None,
        Err(error) if records.is_empty() => return broke(cursor, error).await,
        // What came before it is shown first.
        Err(error) => cursor.broken = Some(error),
    }
    Ok(Read::Records(records))
}

/// Takes events until a round is over or holds enough. Nothing is lost where the time ends first: what came stays in
/// the subscription.
async fn gather(
    cursor: &mut Cursor,
    subscription: &mut Subscription,
    records: &mut Vec<Got>,
) -> Result<After, ClientError> {
    let end = Instant::now() + PUSH_ROUND;
    let mut bytes = 0;
    // The time is looked at here, too: where events lie ready, no timer is.
    while records.len() < ROUND_RECORDS && bytes < ROUND_BYTES && Instant::now() < end {
        let Ok(event) = timeout_at(end, subscription.next()).await else { break };
        let Some(event) = event? else { return Ok(After::Over) };
        cursor.worked();
        let event: Pushed<'_> = parse(&event)?;
        for record in &event.records {
            let record = Got::new(&cursor.shard, record)?;
            bytes += record.data.len();
            records.push(record);
        }
        cursor.is_behind = event.millis_behind_latest > 0;
        match event.continuation_sequence_number {
            Some(number) => cursor.again = Start::After(number),
            None => return Ok(After::End),
        }
    }
    Ok(After::More)
}

/// A subscription that ended with an error: begun again, unless it was taken away.
async fn broke(cursor: &mut Cursor, error: ClientError) -> Result<Read, ClientError> {
    if is_refused(&error) { Err(error) } else { again(cursor, error).await }
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::HashRange;
    use wire::event_stream;
    use wire::protocol::Protocol;

    use super::super::lineage::Ready;
    use super::super::tests::client_of;
    use super::*;

    fn cursor() -> Cursor {
        let (shard, start) = ("shardId-000000000000".to_owned(), Start::Latest);
        let ready = Ready { shard, range: HashRange::ALL, start, is_closed: false };
        Cursor::new(Some("consumer"), ready)
    }

    fn event(number: usize) -> Bytes {
        let told = serde_json::json!({
            "Records": [{ "SequenceNumber": number.to_string(), "PartitionKey": "k", "Data": "eA==" }],
            "ContinuationSequenceNumber": number.to_string(), "MillisBehindLatest": 0,
        });
        let told = told.to_string();
        event_stream::event(Protocol::AwsJson11, "SubscribeToShardEvent", told.as_bytes())
    }

    /// The whole answer of a subscription.
    fn answer(messages: &[Bytes]) -> Vec<u8> {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
            event_stream::CONTENT_TYPE,
            messages.iter().map(Bytes::len).sum::<usize>()
        );
        [head.as_bytes(), &messages.concat()].concat()
    }

    #[tokio::test]
    async fn one_round_takes_all_events_that_are_there() {
        let events: Vec<Bytes> = (0..200).map(event).collect();
        let client = client_of(answer(&events)).await;
        let (mut cursor, mut got, mut rounds) = (cursor(), Vec::new(), 0);
        while got.len() < events.len() {
            let read = read(&mut cursor, &client, "consumer").await.unwrap();
            let Read::Records(records) = read else { panic!("it is there") };
            rounds += usize::from(!records.is_empty());
            got.extend(records.into_iter().map(|record| record.sequence_number));
        }
        assert_eq!(got, (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
        assert!(rounds < 50, "{rounds} rounds for 200 events");
        assert_eq!(cursor.again, Start::After("199".to_owned()));
    }

    #[tokio::test]
    async fn what_came_before_an_error_is_shown_before_it_is_told() {
        let refused = br#"{"__type":"ResourceInUseException","message":"m"}"#;
        let refused =
            event_stream::exception(Protocol::AwsJson11, "ResourceInUseException", refused);
        let client = client_of(answer(&[event(1), event(2), refused])).await;
        let (mut cursor, mut got) = (cursor(), Vec::new());
        let error = loop {
            match read(&mut cursor, &client, "consumer").await {
                Ok(Read::Records(records)) => got.extend(records),
                Ok(Read::Stuck(error)) => panic!("{error}"),
                Err(error) => break error,
            }
        };
        assert_eq!((got.len(), error.code()), (2, Some("ResourceInUseException")));
    }
}
