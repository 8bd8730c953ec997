//! Lines that wait to be stored (pure).

use std::collections::BTreeMap;

use domain::{AccountId, Millis};
use storage::{LogId, Records, RecordsBuilder};

use super::Line;

/// Bytes of lines of one function that may wait: what comes beyond is left out.
const LOG_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of all lines that may wait.
const BYTES_MAX: usize = 16 * 1024 * 1024;
// Whatever waits fits into one commit.
const _: () = assert!(BYTES_MAX + LOG_BYTES_MAX <= storage::Commit::BYTES_MAX);

/// Lines that wait, by account and log.
#[derive(Debug, Default)]
pub(super) struct Queue {
    logs: BTreeMap<(AccountId, LogId), Waiting>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    records: RecordsBuilder,
    bytes: usize,
    left_out: usize,
}

/// The lines of one account.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) account: AccountId,
    pub(super) logs: Vec<(LogId, Records, usize)>,
}

impl Queue {
    /// Queues lines; tells how many were left out.
    pub(super) fn push(&mut self, log: LogId, account: AccountId, lines: &[Line]) -> usize {
        let waiting = self.logs.entry((account, log)).or_default();
        for (index, line) in lines.iter().enumerate() {
            let data = line.encode();
            let bytes = RecordsBuilder::encoded_bytes(0, data.len());
            let fits = waiting.bytes + bytes <= LOG_BYTES_MAX && self.bytes + bytes <= BYTES_MAX;
            if !fits {
                // A line that would still fit is left out as well: what is missing is one piece.
                waiting.left_out += lines.len() - index;
                return lines.len() - index;
            }
            waiting.records.push(b"", &data);
            waiting.bytes += bytes;
            self.bytes += bytes;
        }
        0
    }

    /// Notes that lines of a log could not be stored.
    pub(super) fn leave_out(&mut self, log: LogId, account: AccountId, lines: usize) {
        self.logs.entry((account, log)).or_default().left_out += lines;
    }

    /// All that waits, by account. What was left out is told by a line of its own, behind the others.
    pub(super) fn take(&mut self, now: Millis) -> Vec<Batch> {
        self.bytes = 0;
        let mut batches: Vec<Batch> = Vec::new();
        for ((account, log), mut waiting) in std::mem::take(&mut self.logs) {
            if waiting.left_out > 0 {
                let count = waiting.left_out;
                let text = format!(
                    "{count} lines were left out: they came faster than they could be stored"
                );
                waiting.records.push(b"", &Line::marker(now, text).encode());
            }
            let entry = (log, waiting.records.finish(), waiting.left_out);
            match batches.last_mut() {
                Some(batch) if batch.account == account => batch.logs.push(entry),
                Some(_) | None => batches.push(Batch { account, logs: vec![entry] }),
            }
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Level;

    fn line(bytes: usize) -> Line {
        let (at, request_id) = (Millis(0), String::new());
        Line { at, request_id, level: Level::Info, text: "x".repeat(bytes) }
    }

    #[test]
    fn lines_are_taken_by_account_and_log() {
        let mut queue = Queue::default();
        let other = AccountId::from_number(5).unwrap();
        queue.push(LogId(1), AccountId::DEV, &[line(1), line(2)]);
        queue.push(LogId(3), other, &[line(1)]);
        queue.push(LogId(2), AccountId::DEV, &[line(1)]);
        queue.push(LogId(1), AccountId::DEV, &[line(3)]);
        let taken = queue.take(Millis(0));
        let counts: Vec<Vec<_>> = taken
            .iter()
            .map(|batch| batch.logs.iter().map(|(log, it, _)| (log.0, it.count())).collect())
            .collect();
        assert_eq!(counts, [vec![(1, 3), (2, 1)], vec![(3, 1)]]);
        assert!(queue.take(Millis(0)).is_empty());
    }

    #[test]
    fn what_does_not_fit_is_counted_and_told_once() {
        let mut queue = Queue::default();
        let lines = vec![line(100_000); 30];
        let left_out = queue.push(LogId(1), AccountId::DEV, &lines);
        assert_eq!(left_out, 20);
        assert_eq!(queue.push(LogId(2), AccountId::DEV, &[line(1)]), 0);
        assert_eq!(queue.push(LogId(1), AccountId::DEV, &lines), 30);
        let taken = queue.take(Millis(0));
        let (_, records, left_out) = &taken[0].logs[0];
        assert_eq!((records.count(), *left_out), (11, 50));
        let text = String::from_utf8_lossy(records.bytes()).into_owned();
        assert!(
            text.ends_with("50 lines were left out: they came faster than they could be stored")
        );
        // The room is free again.
        assert_eq!(queue.push(LogId(1), AccountId::DEV, &[line(1)]), 0);
    }

    #[test]
    fn all_logs_together_have_a_bound() {
        let mut queue = Queue::default();
        let lines = vec![line(100_000); 10];
        let left_out: Vec<_> =
            (0..20).map(|log| queue.push(LogId(log), AccountId::DEV, &lines)).collect();
        assert_eq!(left_out[..16], [0; 16]);
        assert_eq!(left_out[17..], [10; 3]);
    }
}
