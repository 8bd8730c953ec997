//! What a function makes of a batch.

use std::fmt::Display;
use std::time::Duration;

use crate::batch::Record;
use crate::failure::milliseconds;

/// What a batch led to. A record of which nothing is said is done.
///
/// The records that it emits, and the note that the batch is done, become durable together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The records to be put into streams, in order.
    pub emits: Vec<Emit>,
    /// The fates of the records that are not simply done.
    pub outcomes: Vec<Outcome>,
}

/// A record to be put into a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Emit {
    /// The index of the record that it was made of.
    pub index: u32,
    /// The stream it goes to; the mapping's own target if none is named.
    pub target: Option<String>,
    /// Its partition key.
    pub partition_key: String,
    /// Decides the shard instead of the partition key.
    pub explicit_hash_key: Option<u128>,
    /// Its payload.
    pub data: Vec<u8>,
    /// What later hosts carry along, as names and values.
    pub attributes: Vec<(String, String)>,
}

/// The fate of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The record's index in the batch.
    pub index: u32,
    /// What became of it.
    pub disposition: Disposition,
}

/// What became of a record that is not simply done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disposition {
    /// It failed, for this reason.
    Failed(String),
    /// It failed and should be tried again after so many milliseconds.
    RetryAfter(u64),
    /// It was left out on purpose, for this reason.
    Dropped(String),
}

impl Reply {
    /// A reply that says of every record that it is done.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a record made of `record` into the target stream, under the same partition key. What it gives
    /// back changes the rest: `reply.emit(&record, data).key("other")`.
    pub fn emit(&mut self, record: &Record, data: impl Into<Vec<u8>>) -> &mut Emit {
        self.push(record.index, record.partition_key.clone(), data.into())
    }

    /// Puts `record` itself into the target stream, without copying it.
    pub fn forward(&mut self, record: Record) -> &mut Emit {
        self.push(record.index, record.partition_key, record.data)
    }

    /// Says that `record` failed.
    pub fn fail(&mut self, record: &Record, why: impl Display) {
        self.outcome(record, Disposition::Failed(why.to_string()));
    }

    /// Says that `record` failed and should be tried again after `time`.
    pub fn retry_after(&mut self, record: &Record, time: Duration) {
        self.outcome(record, Disposition::RetryAfter(milliseconds(time)));
    }

    /// Says that `record` was left out on purpose.
    pub fn drop_with(&mut self, record: &Record, why: impl Display) {
        self.outcome(record, Disposition::Dropped(why.to_string()));
    }

    fn outcome(&mut self, record: &Record, disposition: Disposition) {
        self.outcomes.push(Outcome { index: record.index, disposition });
    }

    pub(crate) fn push(&mut self, index: u32, partition_key: String, data: Vec<u8>) -> &mut Emit {
        self.emits.push(Emit {
            index,
            target: None,
            partition_key,
            explicit_hash_key: None,
            data,
            attributes: Vec::new(),
        });
        let last = self.emits.len() - 1;
        &mut self.emits[last]
    }
}

impl Emit {
    /// Gives it this partition key.
    pub fn key(&mut self, key: impl Into<String>) -> &mut Self {
        self.partition_key = key.into();
        self
    }

    /// Gives it this payload.
    pub fn data(&mut self, data: impl Into<Vec<u8>>) -> &mut Self {
        self.data = data.into();
        self
    }

    /// Sends it to this stream (a name or an ARN) instead of the mapping's own target.
    pub fn to(&mut self, stream: impl Into<String>) -> &mut Self {
        self.target = Some(stream.into());
        self
    }

    /// Lets this number decide the shard instead of the partition key.
    pub fn hash_key(&mut self, key: u128) -> &mut Self {
        self.explicit_hash_key = Some(key);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn an_emitted_record_takes_the_key_of_its_origin_unless_told() {
        let batch = testing::batch([("a", "1"), ("b", "2")]);
        let mut reply = Reply::new();
        reply.emit(&batch.records[1], "two");
        reply.emit(&batch.records[0], "one").key("k").to("other").hash_key(u128::MAX).data("1!");
        let shown = |emit: &Emit| {
            (emit.index, emit.partition_key.clone(), emit.target.clone(), emit.data.clone())
        };
        let expected = [
            (1, "b".to_owned(), None, b"two".to_vec()),
            (0, "k".to_owned(), Some("other".to_owned()), b"1!".to_vec()),
        ];
        assert_eq!(reply.emits.iter().map(shown).collect::<Vec<_>>(), expected);
        assert_eq!(reply.emits[1].explicit_hash_key, Some(u128::MAX));
        assert!(reply.outcomes.is_empty());
    }

    #[test]
    fn a_forwarded_record_is_not_copied() {
        let batch = testing::batch([("a", "payload")]);
        let was = batch.records[0].data.as_ptr();
        let mut reply = Reply::new();
        for record in batch {
            reply.forward(record);
        }
        assert_eq!(reply.emits[0].data.as_ptr(), was);
        assert_eq!(reply.emits[0].partition_key, "a");
    }

    #[test]
    fn fates_name_their_records() {
        let batch = testing::batch([("a", "1"), ("a", "2"), ("a", "3")]);
        let mut reply = Reply::new();
        reply.drop_with(&batch.records[2], "small");
        reply.fail(&batch.records[0], 7);
        reply.retry_after(&batch.records[1], Duration::from_secs(2));
        let expected = [
            (2, Disposition::Dropped("small".to_owned())),
            (0, Disposition::Failed("7".to_owned())),
            (1, Disposition::RetryAfter(2000)),
        ];
        let found = reply.outcomes.into_iter().map(|one| (one.index, one.disposition));
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
