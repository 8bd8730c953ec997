//! Which single records were put, and which of them came out (pure).

use std::time::Duration;

/// How long after the last put the outputs may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The puts so far.
#[derive(Default)]
pub(super) struct Sent {
    /// When each was sent, by the number that it carries; `None` once its output was read.
    pub(super) started: Vec<Option<Duration>>,
    outputs: usize,
    /// When the last one was answered.
    pub(super) ended: Option<Duration>,
    problems: Vec<String>,
}

impl Sent {
    /// When the record was sent that this output was made of.
    pub(super) fn output(&mut self, data: &[u8], record_bytes: usize) -> Option<Duration> {
        let number = data.first_chunk().map(|number| u64::from_be_bytes(*number));
        let place = number.and_then(|number| usize::try_from(number).ok());
        let started = place.and_then(|place| self.started.get_mut(place)?.take());
        self.outputs += usize::from(started.is_some());
        if started.is_none() || data.len() != record_bytes {
            self.problems.push(format!("output {number:?} came twice, or is not what was put"));
        }
        started
    }

    /// Whether nothing more is to be waited for.
    pub(super) fn is_finished(&self, now: Duration) -> bool {
        let is_late = |ended| now > ended + PATIENCE;
        self.ended.is_some_and(|ended| self.outputs == self.started.len() || is_late(ended))
    }

    /// What did not come out once, as it was put.
    pub(super) fn problems(mut self) -> Vec<String> {
        let missing = self.started.len() - self.outputs;
        if missing > 0 {
            self.problems.push(format!("{missing} single records did not come out"));
        }
        self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Sent {
        Sent { started: vec![Some(Duration::from_secs(1)); 2], ..Sent::default() }
    }

    #[test]
    fn outputs_that_come_once_are_no_problem() {
        let mut sent = sent();
        for number in 0u64..2 {
            let started = sent.output(&number.to_be_bytes(), 8);
            assert_eq!(started, Some(Duration::from_secs(1)));
        }
        assert!(!sent.is_finished(Duration::ZERO), "puts may follow");
        sent.ended = Some(Duration::ZERO);
        assert!(sent.is_finished(Duration::ZERO));
        assert!(sent.problems().is_empty());
    }

    #[test]
    fn an_output_that_is_doubled_unknown_short_or_gone_is_found() {
        let mut found = sent();
        for data in [&0u64.to_be_bytes()[..], &0u64.to_be_bytes(), &7u64.to_be_bytes(), b"x"] {
            found.output(data, data.len());
        }
        assert_eq!(found.problems().len(), 4);
        let mut cut = sent();
        cut.output(&0u64.to_be_bytes(), 9);
        assert_eq!(cut.problems().len(), 2);
    }
}
