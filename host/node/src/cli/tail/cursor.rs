//! Reading one shard, read by read.

use domain::{HashRange, Millis};

use super::lineage::Ready;
use super::merge::Got;
use super::pushed;
use crate::client::{Client, ClientError, GetRecordsReply, Start, Subscription, parse};

/// Records that one read brings at most.
const READ_RECORDS_MAX: usize = 1000;
/// Reads that may fail one after the other: some seconds, in which a server can start again.
const FAILURES_MAX: u32 = 10;

/// Where one shard is being read.
pub(super) struct Cursor {
    pub(super) shard: String,
    pub(super) range: HashRange,
    /// `None` when the shard is closed and read to its end.
    pub(super) source: Option<Source>,
    /// Where to begin again if the iterator expired or the subscription ended.
    pub(super) again: Start,
    /// Whether the last read said that there is more.
    pub(super) is_behind: bool,
    /// A closed shard has an end, which a reader must reach to go on with its children.
    is_closed: bool,
    /// Reads that failed since the last one that worked.
    failures: u32,
    /// When a place was last taken, or a read begun that worked.
    seen_at: Option<Millis>,
    /// Why the subscription ended, if that is still to be told.
    pub(super) broken: Option<ClientError>,
}

/// Where records come from.
pub(super) enum Source {
    /// They are asked for, from here on; there is no place yet before the first read, nor after it expired.
    Iterator(Option<String>),
    /// They are pushed to a consumer; nothing before the subscription begins, or begins again.
    Subscription(Option<Box<Subscription>>),
}

/// What a read brought.
pub(super) enum Read {
    Records(Vec<Got>),
    /// Nothing, and so it was again and again, for this reason.
    Stuck(ClientError),
}

impl Cursor {
    /// A shard that was not read yet: the first read asks for a place in it, or subscribes.
    pub(super) fn new(consumer: Option<&str>, ready: Ready) -> Self {
        let Ready { shard, range, start, is_closed } = ready;
        let source = match consumer {
            Some(_) => Source::Subscription(None),
            None => Source::Iterator(None),
        };
        Self {
            shard,
            range,
            source: Some(source),
            again: start,
            is_behind: true,
            is_closed,
            failures: 0,
            seen_at: None,
            broken: None,
        }
    }

    /// Whether the shard is closed and everything of it was read.
    pub(super) fn is_at_end(&self) -> bool {
        self.source.is_none()
    }

    /// Whether there may be more right now.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind || self.is_closed
    }

    /// Where reading stopped, for people.
    pub(super) fn place(&self) -> String {
        let Self { shard, .. } = self;
        match &self.again {
            Start::After(number) => format!("shard {shard} after {number}"),
            Start::At(_) | Start::Latest | Start::TrimHorizon => {
                format!("the start of shard {shard}")
            }
        }
    }

    /// Where a place is to be taken. Who began with what comes next and has no record yet had nothing to begin behind:
    /// what came since the last look is next, and not what comes after now.
    pub(super) fn place_to_take(&self) -> Start {
        match (&self.again, self.seen_at) {
            (Start::Latest, Some(seen_at)) => Start::At(seen_at),
            (again, _) => again.clone(),
        }
    }

    /// Reads once; a throttled read brings nothing.
    pub(super) async fn read(
        &mut self,
        client: &Client,
        stream: &str,
        consumer: Option<&str>,
    ) -> Result<Read, ClientError> {
        match (&self.source, consumer) {
            (Some(Source::Iterator(_)), _) => self.ask(client, stream).await,
            (Some(Source::Subscription(_)), Some(consumer)) => {
                pushed::read(self, client, consumer).await
            }
            (Some(Source::Subscription(_)), None) | (None, _) => Ok(Read::nothing()),
        }
    }

    async fn ask(&mut self, client: &Client, stream: &str) -> Result<Read, ClientError> {
        let begun = client.now();
        let asked = match &self.source {
            Some(Source::Iterator(Some(iterator))) => {
                client.get_records(iterator, READ_RECORDS_MAX).await
            }
            _ => match client.shard_iterator(stream, &self.shard, &self.place_to_take()).await {
                Ok(iterator) => {
                    self.seen(begun);
                    let asked = client.get_records(&iterator, READ_RECORDS_MAX).await;
                    self.source = Some(Source::Iterator(Some(iterator)));
                    asked
                }
                Err(error) => Err(error),
            },
        };
        let reply = match asked {
            Ok(reply) => reply,
            Err(error) if error.code() == Some("ExpiredIteratorException") => {
                self.source = Some(Source::Iterator(None));
                return Ok(Read::nothing());
            }
            Err(error) if error.is_throttling() => return Ok(Read::nothing()),
            // A server that cannot be reached was there before: it may just start anew.
            Err(error) if error.is_retryable() => return Ok(self.failed(error)),
            Err(error) => return Err(error),
        };
        self.worked();
        self.seen(begun);
        let reply: GetRecordsReply<'_> = parse(&reply)?;
        let records = reply.records.iter().map(|record| Got::new(&self.shard, record));
        let records: Vec<Got> = records.collect::<Result<_, _>>()?;
        if let Some(last) = records.last() {
            self.again = Start::After(last.sequence_number.clone());
        }
        // A full read says more than the time: not every server tells how far behind a reader is.
        self.is_behind = reply.millis_behind_latest > 0 || records.len() == READ_RECORDS_MAX;
        self.source = reply.next_shard_iterator.map(|next| Source::Iterator(Some(next)));
        Ok(Read::Records(records))
    }

    /// A read failed, and is tried again.
    pub(super) fn failed(&mut self, error: ClientError) -> Read {
        tracing::debug!(%error, "read is tried again");
        self.failures += 1;
        let is_stuck = self.failures.is_multiple_of(FAILURES_MAX);
        if is_stuck { Read::Stuck(error) } else { Read::nothing() }
    }

    /// What came before is read, or is not wanted.
    pub(super) fn seen(&mut self, at: Millis) {
        self.seen_at = Some(at);
    }

    /// A read worked.
    pub(super) fn worked(&mut self) {
        self.failures = 0;
    }
}

impl Read {
    /// No records, this time.
    pub(super) fn nothing() -> Self {
        Self::Records(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{client, client_of};
    use super::*;

    #[tokio::test]
    async fn who_follows_waits_for_a_server_that_starts_anew() {
        let client = client();
        let cursor = |source| Cursor {
            shard: "shardId-000000000000".to_owned(),
            range: HashRange::ALL,
            source: Some(source),
            again: Start::TrimHorizon,
            is_behind: false,
            is_closed: false,
            failures: 0,
            seen_at: None,
            broken: None,
        };
        let mut asking = cursor(Source::Iterator(Some("iterator".to_owned())));
        for _ in 1..FAILURES_MAX {
            let read = asking.read(&client, "s", None).await.unwrap();
            assert!(matches!(read, Read::Records(none) if none.is_empty()));
        }
        let read = asking.read(&client, "s", None).await.unwrap();
        assert!(matches!(read, Read::Stuck(ClientError::Connect { .. })), "it is told");
        let mut new = cursor(Source::Iterator(None));
        let read = new.read(&client, "s", None).await.unwrap();
        assert!(matches!(read, Read::Records(none) if none.is_empty()), "it may be a child");
        let mut pushed = cursor(Source::Subscription(None));
        let read = pushed.read(&client, "s", Some("consumer")).await.unwrap();
        assert!(matches!(read, Read::Records(none) if none.is_empty()));
    }

    #[tokio::test]
    async fn who_has_seen_nothing_yet_goes_on_where_it_last_looked() {
        let expired = r#"{"__type":"ExpiredIteratorException","message":"m"}"#;
        let answer = format!(
            "HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n{expired}",
            expired.len()
        );
        let client = client_of(answer.into_bytes()).await;
        let ready = Ready {
            shard: "shardId-000000000000".to_owned(),
            range: HashRange::ALL,
            start: Start::Latest,
            is_closed: false,
        };
        let mut cursor = Cursor::new(None, ready);
        assert_eq!(cursor.place_to_take(), Start::Latest, "it has not looked yet");
        cursor.seen(Millis(7));
        cursor.source = Some(Source::Iterator(Some("iterator".to_owned())));
        cursor.read(&client, "s", None).await.unwrap();
        assert!(matches!(cursor.source, Some(Source::Iterator(None))));
        assert_eq!(cursor.place_to_take(), Start::At(Millis(7)));
        cursor.again = Start::After("49".to_owned());
        assert_eq!(cursor.place_to_take(), cursor.again);
    }
}
