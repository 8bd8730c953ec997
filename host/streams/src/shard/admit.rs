//! The throughput limits of one shard.
//!
//! Time is monotonic here: a jump of the time of day neither opens nor shuts a shard.

use std::time::Duration;

use domain::limits;
use parking_lot::{Mutex, MutexGuard};
use stdx::Bucket;

use super::Put;

/// How much of its limits a shard has used.
#[derive(Debug)]
pub(crate) struct Admission {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    write_bytes: Bucket,
    write_records: Bucket,
    /// What records may have that are larger than a second's worth. It fills with what the others leave of the
    /// shard's rate, so that they go on beside it, and the rate holds over time.
    burst_bytes: u64,
    read_bytes: Bucket,
    read_calls: Bucket,
    iterators: Bucket,
    /// A reply larger than a second's worth shuts the shard for as long as it takes to pay for all of it.
    reads_shut_until: Duration,
}

/// Admits the records of one call.
pub(crate) struct Writes<'s> {
    state: MutexGuard<'s, State>,
    now: Duration,
}

impl Admission {
    /// Nothing used yet.
    pub(crate) fn full(now: Duration) -> Self {
        let bucket = |rate| Bucket::full(rate, now);
        let state = State {
            write_bytes: bucket(limits::SHARD_WRITE_BYTES_PER_SECOND),
            write_records: bucket(limits::SHARD_WRITE_RECORDS_PER_SECOND),
            burst_bytes: limits::SHARD_BURST_BYTES,
            read_bytes: bucket(limits::SHARD_READ_BYTES_PER_SECOND),
            read_calls: bucket(limits::SHARD_READ_CALLS_PER_SECOND),
            iterators: bucket(limits::SHARD_ITERATORS_PER_SECOND),
            reads_shut_until: Duration::ZERO,
        };
        Self { state: Mutex::new(state) }
    }

    pub(crate) fn writes(&self, now: Duration) -> Writes<'_> {
        let mut state = self.state.lock();
        state.fill_burst(now);
        Writes { state, now }
    }

    /// How long until the shard takes what comes from inside: zero as long as no limit is in debt.
    pub(crate) fn takes_emits_in(&self, now: Duration) -> Duration {
        let mut state = self.state.lock();
        state.fill_burst(now);
        state.write_bytes.pays_off_in(now).max(state.write_records.pays_off_in(now))
    }

    /// Charges what came from inside, going into debt if need be.
    pub(crate) fn spend_emits(&self, records: usize, bytes: usize) {
        let mut state = self.state.lock();
        state.write_bytes.spend(bytes as u64);
        state.write_records.spend(records as u64);
    }

    /// Gives back what was charged for records that the shard did not take after all: to where it was taken from.
    pub(crate) fn give_back(&self, put: &Put) {
        let mut state = self.state.lock();
        let Put { records, bytes, large_bytes, .. } = *put;
        state.write_bytes.give_back(bytes - large_bytes);
        state.burst_bytes = (state.burst_bytes + large_bytes).min(limits::SHARD_BURST_BYTES);
        state.write_records.give_back(records);
    }

    /// The same for what came from inside, which is charged by [`Admission::spend_emits`].
    pub(crate) fn give_back_emits(&self, put: &Put) {
        let mut state = self.state.lock();
        state.write_bytes.give_back(put.bytes);
        state.write_records.give_back(put.records);
    }

    /// Whether a GetRecords call may go on. How much it brings is not known yet: [`Admission::spend_read`]
    /// tells afterwards, and the next calls pay for it.
    pub(crate) fn take_read(&self, now: Duration) -> bool {
        let mut state = self.state.lock();
        let paid_off = now >= state.reads_shut_until && state.read_bytes.has(1, now);
        paid_off && state.read_calls.take(1, now)
    }

    /// A reply brought `bytes`.
    pub(crate) fn spend_read(&self, bytes: usize, now: Duration) {
        let bytes = bytes as u64;
        let mut state = self.state.lock();
        state.read_bytes.spend(bytes);
        if bytes > limits::SHARD_READ_BYTES_PER_SECOND {
            let micros = bytes.saturating_mul(1_000_000) / limits::SHARD_READ_BYTES_PER_SECOND;
            let paid_off = now + Duration::from_micros(micros);
            state.reads_shut_until = state.reads_shut_until.max(paid_off);
        }
    }

    /// Whether a GetShardIterator call may go on.
    pub(crate) fn take_iterator(&self, now: Duration) -> bool {
        self.state.lock().iterators.take(1, now)
    }
}

impl State {
    fn fill_burst(&mut self, now: Duration) {
        let unused = self.write_bytes.overflow(now);
        self.burst_bytes = self.burst_bytes.saturating_add(unused).min(limits::SHARD_BURST_BYTES);
    }
}

impl Writes<'_> {
    /// Takes one record if it fits; both limits or none are charged.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let Self { state, now } = self;
        let is_large = is_large(bytes);
        let fits = match is_large {
            true => state.burst_bytes >= bytes,
            false => state.write_bytes.has(bytes, *now),
        };
        if !fits || !state.write_records.take(1, *now) {
            return false;
        }
        match is_large {
            true => state.burst_bytes -= bytes,
            false => state.write_bytes.spend(bytes),
        }
        true
    }
}

/// Whether a record is larger than a second's worth: it is taken from the burst then, unless it comes from inside.
pub(super) fn is_large(bytes: u64) -> bool {
    bytes > limits::SHARD_WRITE_BYTES_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// So many records of so many bytes.
    fn put(records: usize, bytes: usize) -> Put {
        let mut put = Put::default();
        (0..records).for_each(|_| put.add(bytes));
        put
    }

    #[test]
    fn a_thousand_records_a_second() {
        let admission = Admission::full(ms(0));
        let taken = |now, count| {
            let mut writes = admission.writes(now);
            (0..count).filter(|_| writes.take(10)).count()
        };
        assert_eq!(taken(ms(0), 1500), 1000);
        assert_eq!(taken(ms(0), 10), 0);
        assert_eq!(taken(ms(100), 500), 100);
        assert_eq!(taken(ms(5000), 1500), 1000);
    }

    #[test]
    fn a_mebibyte_a_second() {
        let admission = Admission::full(ms(0));
        assert!(admission.writes(ms(0)).take(MIB));
        assert!(!admission.writes(ms(0)).take(1));
        assert!(admission.writes(ms(500)).take(MIB / 2));
        assert!(!admission.writes(ms(500)).take(1));
    }

    #[test]
    fn large_records_pass_beside_others_until_the_burst_is_used_up() {
        let admission = Admission::full(ms(0));
        assert!(admission.writes(ms(0)).take(10 * MIB));
        // The others go on at their rate.
        assert!(admission.writes(ms(0)).take(MIB));
        assert!(!admission.writes(ms(0)).take(MIB + 1));
        // What the others leave fills it again: nothing while they take all, and everything while they rest.
        for second in 1..20 {
            assert!(admission.writes(ms(second * 1000)).take(MIB));
        }
        assert!(!admission.writes(ms(20_000)).take(MIB + 1));
        assert!(!admission.writes(ms(21_000)).take(MIB + 1));
        assert!(admission.writes(ms(22_001)).take(MIB + 1));
        assert!(!admission.writes(ms(30_000)).take(10 * MIB));
        assert!(admission.writes(ms(32_002)).take(10 * MIB));
    }

    #[test]
    fn a_large_record_is_one_of_a_thousand() {
        let admission = Admission::full(ms(0));
        let mut writes = admission.writes(ms(0));
        assert_eq!((0..1500).filter(|_| writes.take(1)).count(), 1000);
        assert!(!writes.take(2 * MIB));
    }

    #[test]
    fn what_was_not_taken_after_all_is_given_back() {
        let admission = Admission::full(ms(0));
        let taken = |count| {
            let mut writes = admission.writes(ms(0));
            (0..count).filter(|_| writes.take(10)).count()
        };
        assert_eq!(taken(1000), 1000);
        admission.give_back(&put(300, 10));
        assert_eq!(taken(1000), 300);
        // Never more than the limit.
        admission.give_back(&put(5000, 10));
        assert_eq!(taken(3000), 1000);
    }

    #[test]
    fn large_records_are_given_back_to_the_burst_and_others_beside_it() {
        let admission = Admission::full(ms(0));
        let take = |bytes| admission.writes(ms(0)).take(bytes);
        assert!(take(6 * MIB) && take(MIB) && !take(5 * MIB));
        // What the large one had is no room for others, and the other way round.
        admission.give_back(&put(1, 6 * MIB));
        assert!(!take(1) && take(10 * MIB));
        admission.give_back(&put(2, MIB / 2));
        assert!(!take(MIB + 1) && take(MIB));
        // Never more than the limit.
        admission.give_back(&put(3, 5 * MIB));
        assert!(take(10 * MIB) && !take(MIB + 1));
    }

    #[test]
    fn what_came_from_inside_pays_off_the_debt_that_it_left() {
        let admission = Admission::full(ms(0));
        let large = put(1, 6 * MIB);
        admission.spend_emits(1, 6 * MIB);
        assert!(admission.takes_emits_in(ms(0)) > ms(4999));
        admission.give_back_emits(&large);
        assert_eq!(admission.takes_emits_in(ms(0)), ms(0));
        assert!(admission.writes(ms(0)).take(MIB));
    }

    #[test]
    fn emits_go_into_debt_and_wait_until_it_is_paid_off() {
        let admission = Admission::full(ms(0));
        assert_eq!(admission.takes_emits_in(ms(0)), ms(0));
        admission.spend_emits(3000, 10);
        let wait = admission.takes_emits_in(ms(0));
        assert!(wait > ms(1999) && wait <= ms(2001), "{wait:?}");
        assert!(!admission.writes(ms(1000)).take(1));
        assert_eq!(admission.takes_emits_in(wait), ms(0));
    }

    #[test]
    fn five_reads_a_second_until_a_large_reply_is_paid_off() {
        let admission = Admission::full(ms(0));
        for _ in 0..5 {
            assert!(admission.take_read(ms(0)));
        }
        assert!(!admission.take_read(ms(0)));
        assert!(admission.take_read(ms(200)));
        // The API reference: after 10 MiB, calls of the next five seconds are refused.
        admission.spend_read(10 * MIB, ms(1000));
        assert!(!admission.take_read(ms(5999)));
        assert!(admission.take_read(ms(6000)));
    }

    #[test]
    fn five_iterators_a_second() {
        let admission = Admission::full(ms(0));
        let taken = (0..9).filter(|_| admission.take_iterator(ms(0))).count();
        assert_eq!(taken, 5);
        assert!(admission.take_iterator(ms(200)));
    }
}
