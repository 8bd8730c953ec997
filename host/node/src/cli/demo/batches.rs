//! What the function's own log tells of the batches that it was called with (pure).

use serde::Serialize;

/// Calls of the function, as far as its log tells of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Batches {
    /// Records of each call.
    sizes: Vec<u64>,
    /// Processor time of calls.
    cpu_ms: f64,
}

/// What matters of their sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) calls: usize,
    pub(super) batch_records_median: u64,
    pub(super) batch_records_max: u64,
}

impl Batches {
    /// Takes a line of the log into account.
    pub(super) fn add(&mut self, line: &str) {
        if let Some(read) = given(line) {
            self.sizes.push(read);
        } else if let Some(ms) = cpu_ms(line) {
            self.cpu_ms += ms;
        }
    }

    /// Calls so far.
    pub(super) fn calls(&self) -> usize {
        self.sizes.len()
    }

    /// Records of all calls.
    pub(super) fn records(&self) -> u64 {
        self.sizes.iter().sum()
    }

    /// Processor time of all calls.
    pub(super) fn cpu_ms(&self) -> f64 {
        self.cpu_ms
    }

    /// The calls so far.
    pub(super) fn summary(&self) -> Summary {
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable();
        Summary {
            calls: sizes.len(),
            batch_records_median: sizes.get(sizes.len() / 2).copied().unwrap_or(0),
            batch_records_max: sizes.last().copied().unwrap_or(0),
        }
    }
}

/// `3 of 25 events have magnitude 2.5 or more`: what the function says of each batch.
fn given(line: &str) -> Option<u64> {
    let (counts, _) = line.split_once(" events have magnitude ")?;
    let (_kept, given) = counts.split_once(" of ")?;
    given.parse().ok()
}

/// `REPORT RequestId: ...<tab>CPU Time: 0.31 ms`: what the server says of each call.
fn cpu_ms(line: &str) -> Option<f64> {
    let mut fields = line.strip_prefix("REPORT ")?.split('\t');
    fields.find_map(|field| field.strip_prefix("CPU Time: ")?.strip_suffix(" ms")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_what_the_log_says() {
        let mut batches = Batches::default();
        for line in [
            "START RequestId: a Version: $LATEST",
            "3 of 25 events have magnitude 2.5 or more",
            "dropped record 49: magnitude below the minimum",
            "REPORT RequestId: a\tDuration: 0.40 ms\tBilled Duration: 1 ms\tCPU Time: 0.25 ms\tCold start",
            "0 of 7 events have magnitude 2.5 or more",
            "5 of 100 events have magnitude 2.5 or more",
            "REPORT RequestId: b\tDuration: 0.40 ms\tCPU Time: 0.50 ms",
            "1 of x events have magnitude 2.5 or more",
        ] {
            batches.add(line);
        }
        assert_eq!((batches.calls(), batches.records()), (3, 132));
        assert_eq!(batches.cpu_ms().to_bits(), 0.75_f64.to_bits());
        let expected = Summary { calls: 3, batch_records_median: 25, batch_records_max: 100 };
        assert_eq!(batches.summary(), expected);
        assert_eq!(Batches::default().summary(), Summary::default());
    }
}
