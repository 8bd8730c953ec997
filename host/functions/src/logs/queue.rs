//! Lines that wait to be stored (pure).

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{AccountId, Millis};
use stdx::Bucket;
use storage::{LogId, Records, RecordsBuilder};

use super::Line;

/// Bytes of lines of one function that may wait: what comes beyond is left out.
const LOG_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of lines of one account's functions that may wait.
const ACCOUNT_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of all lines that may wait.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// No account has more than one part in so many of what is left. So many accounts that write much leave room for one
/// that writes little, however many there are.
const SHARE_OF_ROOM: usize = 4;
/// Bytes a second that the functions of an account may write: the store keeps them for a while, and on one disk with
/// the streams of all.
const ACCOUNT_RATE: u64 = 2 * 1024 * 1024;
/// Bytes that they may write at once after they were quiet.
const ACCOUNT_BURST: u64 = 16 * 1024 * 1024;
// Whatever waits fits into one commit.
const _: () = assert!(BYTES_MAX + LOG_BYTES_MAX <= storage::Commit::BYTES_MAX);

/// Lines that wait, by account and log.
#[derive(Debug, Default)]
pub(super) struct Queue {
    accounts: BTreeMap<AccountId, Account>,
    /// What accounts may still write; who is not here may write all that a full bucket has.
    paces: BTreeMap<AccountId, Bucket>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Account {
    logs: BTreeMap<LogId, Waiting>,
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
    pub(super) fn push(
        &mut self,
        log: LogId,
        account: AccountId,
        lines: &[Line],
        now: Duration,
    ) -> usize {
        let full = || Bucket::with_reserve(ACCOUNT_RATE, ACCOUNT_BURST, now);
        let pace = self.paces.entry(account).or_insert_with(full);
        let account = self.accounts.entry(account).or_default();
        let waiting = account.logs.entry(log).or_default();
        for (index, line) in lines.iter().enumerate() {
            let data = line.encode();
            let bytes = RecordsBuilder::encoded_bytes(0, data.len());
            let room = BYTES_MAX.saturating_sub(self.bytes);
            let fits = waiting.bytes + bytes <= LOG_BYTES_MAX
                && account.bytes + bytes <= ACCOUNT_BYTES_MAX.min(room / SHARE_OF_ROOM);
            if !fits || !pace.take(bytes as u64, now) {
                // A line that would still fit is left out as well: what is missing is one piece.
                waiting.left_out += lines.len() - index;
                return lines.len() - index;
            }
            waiting.records.push(b"", &data);
            waiting.bytes += bytes;
            account.bytes += bytes;
            self.bytes += bytes;
        }
        0
    }

    /// Notes that lines of a log could not be stored.
    pub(super) fn leave_out(&mut self, log: LogId, account: AccountId, lines: usize) {
        let account = self.accounts.entry(account).or_default();
        account.logs.entry(log).or_default().left_out += lines;
    }

    /// All that waits, by account, at the time `at`, which is `now` of the clock that never jumps. What was left out is
    /// told by a line of its own, behind the others.
    pub(super) fn take(&mut self, at: Millis, now: Duration) -> Vec<Batch> {
        self.bytes = 0;
        // A full one is as good as none.
        self.paces.retain(|_, pace| !pace.is_full(now));
        let batches = std::mem::take(&mut self.accounts).into_iter();
        let batches = batches.map(|(account, Account { logs, .. })| {
            let logs = logs.into_iter().map(|(log, waiting)| waiting.taken(log, at)).collect();
            Batch { account, logs }
        });
        batches.collect()
    }
}

impl Waiting {
    fn taken(mut self, log: LogId, at: Millis) -> (LogId, Records, usize) {
        let count = self.left_out;
        if count > 0 {
            let text =
                format!("{count} lines were left out: they came faster than they could be stored");
            self.records.push(b"", &Line::marker(at, text).encode());
        }
        (log, self.records.finish(), count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Level;

    const NOW: Duration = Duration::ZERO;

    fn line(bytes: usize) -> Line {
        let (at, request_id) = (Millis(0), String::new());
        Line { at, request_id, level: Level::Info, text: "x".repeat(bytes) }
    }

    #[test]
    fn lines_are_taken_by_account_and_log() {
        let mut queue = Queue::default();
        let other = AccountId::from_number(5).unwrap();
        queue.push(LogId(1), AccountId::DEV, &[line(1), line(2)], NOW);
        queue.push(LogId(3), other, &[line(1)], NOW);
        queue.push(LogId(2), AccountId::DEV, &[line(1)], NOW);
        queue.push(LogId(1), AccountId::DEV, &[line(3)], NOW);
        let taken = queue.take(Millis(0), NOW);
        let counts: Vec<Vec<_>> = taken
            .iter()
            .map(|batch| batch.logs.iter().map(|(log, it, _)| (log.0, it.count())).collect())
            .collect();
        assert_eq!(counts, [vec![(1, 3), (2, 1)], vec![(3, 1)]]);
        assert!(queue.take(Millis(0), NOW).is_empty());
    }

    #[test]
    fn what_does_not_fit_is_counted_and_told_once() {
        let mut queue = Queue::default();
        let lines = vec![line(100_000); 30];
        let left_out = queue.push(LogId(1), AccountId::DEV, &lines, NOW);
        assert_eq!(left_out, 20);
        assert_eq!(queue.push(LogId(2), AccountId::DEV, &[line(1)], NOW), 0);
        assert_eq!(queue.push(LogId(1), AccountId::DEV, &lines, NOW), 30);
        let taken = queue.take(Millis(0), NOW);
        let (_, records, left_out) = &taken[0].logs[0];
        assert_eq!((records.count(), *left_out), (11, 50));
        let text = String::from_utf8_lossy(records.bytes()).into_owned();
        assert!(
            text.ends_with("50 lines were left out: they came faster than they could be stored")
        );
        // The room is free again.
        assert_eq!(queue.push(LogId(1), AccountId::DEV, &[line(1)], NOW), 0);
    }

    fn account(number: u64) -> AccountId {
        AccountId::from_number(number).unwrap()
    }

    /// Bytes that functions of an account get in, of ten lines of 100 KB that each of them writes.
    fn pushed(queue: &mut Queue, of: AccountId, logs: std::ops::Range<u64>) -> usize {
        let lines = vec![line(100_000); 10];
        for log in logs {
            queue.push(LogId(log), of, &lines, NOW);
        }
        queue.accounts[&of].bytes
    }

    #[test]
    fn the_functions_of_an_account_share_its_part() {
        let mut queue = Queue::default();
        let greedy = pushed(&mut queue, account(1), 0..20);
        assert!((1_900_000..=ACCOUNT_BYTES_MAX).contains(&greedy), "{greedy}");
        // Whoever comes next has as much.
        assert_eq!(pushed(&mut queue, account(2), 20..40), greedy);
    }

    #[test]
    fn many_accounts_leave_room_for_one_more() {
        let mut queue = Queue::default();
        for number in 1..=100 {
            let _ = pushed(&mut queue, account(number), number * 100..number * 100 + 20);
        }
        assert!(queue.bytes <= BYTES_MAX);
        let lines = vec![line(1000); 50];
        assert_eq!(queue.push(LogId(1), account(101), &lines, NOW), 0);
    }

    #[test]
    fn an_account_writes_at_its_rate_however_fast_it_is_stored() {
        let mut queue = Queue::default();
        let lines = vec![line(100_000); 5];
        let write = |queue: &mut Queue, of: AccountId, seconds: u64| -> usize {
            let now = Duration::from_secs(seconds);
            let calls = (0..100).map(|_| {
                let left_out = queue.push(LogId(of.number()), of, &lines, now);
                let _ = queue.take(Millis(0), now);
                (lines.len() - left_out) * 100_000
            });
            calls.sum()
        };
        let [burst, rate] = [ACCOUNT_BURST, ACCOUNT_RATE].map(|it| usize::try_from(it).unwrap());
        let at_once = write(&mut queue, account(1), 1);
        assert!((burst - 200_000..=burst).contains(&at_once), "{at_once}");
        let of_two_seconds = write(&mut queue, account(1), 3);
        assert!((2 * rate - 200_000..=2 * rate + 200_000).contains(&of_two_seconds));
        // The others have their own, and nothing is kept of who is quiet.
        assert_eq!(write(&mut queue, account(2), 3), at_once);
        let _ = queue.take(Millis(0), Duration::from_secs(60));
        assert!(queue.paces.is_empty());
    }
}
