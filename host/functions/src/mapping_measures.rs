//! What is counted of each mapping that asks for it: CloudWatch's event counts of `AWS/Lambda`.
//!
//! All of them count records of the stream, so that what was polled is what was filtered out, done, dropped or told of a
//! destination, and what is still to come. As with functions, a mapping is here as long as it works.

use std::collections::HashMap;
use std::sync::Arc;

use consumer::Verdict;
use domain::{AccountId, MappingId, Region};
use metering::cloud::{Datum, Tally, Unit};
use parking_lot::Mutex;

use crate::Functions;
use crate::catalog::MappingIndex;
use crate::mapping::MappingFacts;
use crate::measures::NAMESPACE;

/// A metric of a mapping, by its place in [`METRICS`].
#[derive(Clone, Copy, Debug)]
enum Of {
    Dropped,
    FailedInvoke,
    FilteredOut,
    Invoked,
    Delivered,
    Polled,
}

const COUNT: usize = Of::Polled as usize + 1;

/// Their names (Lambda developer guide, event source mapping metrics).
const METRICS: [&str; COUNT] = [
    "DroppedEventCount",
    "FailedInvokeEventCount",
    "FilteredOutEventCount",
    "InvokedEventCount",
    "OnFailureDestinationDeliveredEventCount",
    "PolledEventCount",
];

/// The counts of all mappings that work, or worked lately.
#[derive(Debug, Default)]
pub(crate) struct MappingMeasures(Mutex<HashMap<MappingId, Arc<Counted>>>);

/// Those of one.
#[derive(Debug)]
pub(crate) struct Counted {
    account: AccountId,
    region: Region,
    id: MappingId,
    tallies: [Tally; COUNT],
}

/// The records of a batch that the function was called with, in order, by their places in the batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given(Vec<usize>);

impl Given {
    /// A record of that place was given, or a part of one.
    pub(crate) fn push(&mut self, at: usize) {
        if self.0.last() != Some(&at) {
            self.0.push(at);
        }
    }

    /// How many before this place.
    fn before(&self, end: usize) -> usize {
        self.0.partition_point(|at| *at < end)
    }
}

impl MappingMeasures {
    /// The counts of a mapping, if it asks for them.
    pub(crate) fn of(&self, facts: &MappingFacts) -> Option<Arc<Counted>> {
        if !facts.knobs.counts_events {
            return None;
        }
        let new = || {
            Arc::new(Counted {
                account: facts.account,
                region: facts.region.clone(),
                id: facts.id,
                tallies: Default::default(),
            })
        };
        Some(Arc::clone(self.0.lock().entry(facts.id).or_insert_with(new)))
    }

    /// What was counted since the last time.
    pub(crate) fn take(&self) -> Vec<Datum> {
        let mut data = Vec::new();
        self.0.lock().retain(|_, counted| {
            let before = data.len();
            counted.take(&mut data);
            // Somebody who counts holds it.
            data.len() > before || Arc::strong_count(counted) > 1
        });
        data
    }
}

impl Counted {
    fn add(&self, metric: Of, records: usize) {
        self.tallies[metric as usize].add(records as u64);
    }

    /// Records were read.
    pub(crate) fn polled(&self, records: u64) {
        self.tallies[Of::Polled as usize].add(records);
    }

    /// A batch of so many records came to a verdict, after the function was called with those that were given.
    /// `has_filters` tells whether what was not given had been filtered out.
    pub(crate) fn judged(
        &self,
        records: usize,
        has_filters: bool,
        given: &Given,
        verdict: &Verdict,
    ) {
        let done = match verdict {
            Verdict::Done(_) => records,
            Verdict::Partly { done, .. } => *done,
            // What is before it is given once more.
            Verdict::Apart { .. } | Verdict::Failed { .. } | Verdict::NotRun { .. } => 0,
        };
        let called = given.before(records);
        if called > 0 {
            self.add(Of::Invoked, called);
        }
        if has_filters {
            self.add(Of::FilteredOut, done - given.before(done));
        }
        let failed = match verdict {
            Verdict::Done(_) => 0,
            // It did not even come to a call.
            _ if called == 0 => records,
            Verdict::Apart { at, .. } => called - given.before(*at),
            Verdict::Partly { .. } | Verdict::Failed { .. } | Verdict::NotRun { .. } => {
                called - given.before(done)
            }
        };
        self.add(Of::FailedInvoke, failed);
    }

    /// Records are given up; whether a destination was told of them.
    pub(crate) fn gave_up(&self, records: usize, is_told: bool) {
        self.add(if is_told { Of::Delivered } else { Of::Dropped }, records);
    }

    fn take(&self, data: &mut Vec<Datum>) {
        for (tally, name) in self.tallies.iter().zip(METRICS) {
            let Some(statistics) = tally.take() else { continue };
            data.push(Datum {
                account: self.account,
                region: self.region.clone(),
                namespace: NAMESPACE,
                name,
                dimensions: vec![("EventSourceMappingUUID", self.id.to_string())],
                unit: Unit::COUNT,
                statistics,
            });
        }
    }
}

impl Functions {
    /// Counts that mappings look for records, although none came: as on AWS it shows who reads and who does not.
    pub(crate) fn note_readers(&self) {
        for mapping in self.mappings.look(MappingIndex::all) {
            if let Some(counted) = self.mapping_measures.of(&mapping.facts)
                && self.supervisors.reads(mapping.facts.id)
            {
                counted.polled(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use consumer::Effects;

    use super::*;

    fn sums(records: usize, given: &[usize], verdict: &Verdict) -> Vec<(&'static str, f64)> {
        let tallies = Default::default();
        let (account, region) = (AccountId::DEV, "us-east-1".parse().unwrap());
        let counted = Counted { account, region, id: MappingId([1; 16]), tallies };
        let mut some = Given::default();
        // Of a record that came apart, several are given.
        given.iter().flat_map(|at| [*at, *at]).for_each(|at| some.push(at));
        counted.judged(records, true, &some, verdict);
        let mut data = Vec::new();
        counted.take(&mut data);
        let sum = |it: &Datum| (it.name, it.statistics.sum);
        data.iter().map(sum).filter(|(_, sum)| *sum > 0.0).collect()
    }

    #[test]
    fn records_are_counted_by_what_became_of_them() {
        let why = || "why".to_owned();
        let (failed, filtered, invoked) =
            ("FailedInvokeEventCount", "FilteredOutEventCount", "InvokedEventCount");
        let partly = |done| {
            let effects = Effects::default();
            Verdict::Partly { done, effects, why: why(), retry_after: None }
        };
        for (given, verdict, expected) in [
            (&[1, 3][..], Verdict::Done(Effects::default()), vec![(filtered, 3.0), (invoked, 2.0)]),
            (&[], Verdict::Done(Effects::default()), vec![(filtered, 5.0)]),
            (&[1, 3], partly(2), vec![(failed, 1.0), (filtered, 1.0), (invoked, 2.0)]),
            (
                &[0, 1, 2],
                Verdict::Apart { at: 2, why: why(), retry_after: None },
                vec![(failed, 1.0), (invoked, 3.0)],
            ),
            (
                &[0, 4],
                Verdict::Failed { why: why(), retry_after: None },
                vec![(failed, 2.0), (invoked, 2.0)],
            ),
            (&[], Verdict::NotRun { why: why(), retry_after: None }, vec![(failed, 5.0)]),
        ] {
            assert_eq!(sums(5, given, &verdict), expected, "{given:?} {verdict:?}");
        }
    }
}
