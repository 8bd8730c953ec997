//! Lines as the batches that a function would be given.

use std::io::BufRead;
use std::sync::Arc;

use anyhow::Context as _;
use wasm::message::{Batch, Record};

use crate::cli::lines::Lines;
use crate::cli::put::field_of;

/// The partition key of lines that have none.
const KEY: &str = "test";

/// Arrival of the first line, 2026-01-01 UTC: no clock is asked, so that every run is the same.
const FIRST_ARRIVAL_MS: u64 = 1_767_225_600_000;

/// A batch, and where its records stand in the input.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli::guest) struct Numbered {
    pub(in crate::cli::guest) batch: Arc<Batch>,
    /// One for each record, counted from 1.
    pub(in crate::cli::guest) lines: Vec<u64>,
}

/// Reads batches of lines.
pub(in crate::cli::guest) struct Batches<R> {
    lines: Lines<R>,
    size: usize,
    key_field: Option<String>,
}

impl<R: BufRead> Batches<R> {
    /// Batches of `size` lines, keyed by this field of theirs if they have it.
    pub(in crate::cli::guest) fn new(reader: R, size: usize, key_field: Option<String>) -> Self {
        Self { lines: Lines::new(reader), size, key_field }
    }

    /// The next batch; `None` at the end.
    ///
    /// # Errors
    /// If the input cannot be read.
    pub(in crate::cli::guest) fn next(&mut self) -> anyhow::Result<Option<Numbered>> {
        let (mut records, mut lines) = (Vec::new(), Vec::new());
        while records.len() < self.size {
            let Some(line) = self.lines.next().context("cannot read the input")? else {
                break;
            };
            let named = self.key_field.as_ref().and_then(|field| field_of(&line, field).ok());
            lines.push(line.number);
            records.push(Record {
                sequence: format!("49{:054}", line.number),
                sub_sequence: 0,
                partition_key: named.unwrap_or_else(|| KEY.to_owned()),
                arrival_ms: FIRST_ARRIVAL_MS + line.number - 1,
                data: line.data,
            });
        }
        let batch = Arc::new(Batch {
            stream: "arn:aws:kinesis:us-east-1:000000000000:stream/test".to_owned(),
            shard: "shardId-000000000000".to_owned(),
            attempt: 1,
            is_replay: false,
            behind_ms: 0,
            records,
        });
        Ok((!lines.is_empty()).then_some(Numbered { batch, lines }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_batches_that_know_their_place() {
        let text = "{\"k\":\"a\"}\n\nplain\n{\"k\":2}\n";
        let mut batches = Batches::new(text.as_bytes(), 2, Some("k".to_owned()));
        let first = batches.next().unwrap().unwrap();
        assert_eq!(first.lines, [1, 3]);
        let keys = first.batch.records.iter().map(|record| &*record.partition_key);
        assert_eq!(keys.collect::<Vec<_>>(), ["a", "test"]);
        assert_eq!(first.batch.records[1].sequence.len(), 56);
        let second = batches.next().unwrap().unwrap();
        assert_eq!((second.lines, &*second.batch.records[0].partition_key), (vec![4], "2"));
        assert_eq!(batches.next().unwrap(), None);
    }
}
