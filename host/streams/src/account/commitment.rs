//! A commitment to a minimum of throughput, and when it ends (pure).

use domain::{Millis, limits};

/// A commitment of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// When it began.
    pub started: Millis,
    /// When it ended, or will end; `None` as long as nobody ended it.
    pub ended: Option<Millis>,
}

/// What a commitment is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitmentStatus {
    /// It goes on.
    Enabled,
    /// It is over.
    Disabled,
    /// It goes on until it may end.
    Ending,
}

impl CommitmentStatus {
    /// The word AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::Ending => "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
        }
    }
}

impl Commitment {
    /// The commitment after somebody asked for one: what goes on goes on, and an end to come is taken back.
    pub(super) fn begun(current: Option<Self>, now: Millis) -> Self {
        let goes_on = current.filter(|it| it.status(now) != CommitmentStatus::Disabled);
        let started = goes_on.map_or(now, |it| it.started);
        Self { started, ended: None }
    }

    /// The commitment after somebody asked for its end.
    pub(super) fn ended(self, now: Millis) -> Self {
        let ended = self.ended.unwrap_or_else(|| now.max(self.earliest_end()));
        Self { ended: Some(ended), ..self }
    }

    /// Before this it cannot end.
    pub fn earliest_end(self) -> Millis {
        Millis(self.started.0.saturating_add(limits::COMMITMENT_MS_MIN))
    }

    /// What it is at a moment.
    pub fn status(self, now: Millis) -> CommitmentStatus {
        match self.ended {
            None => CommitmentStatus::Enabled,
            Some(ended) if ended > now => CommitmentStatus::Ending,
            Some(_) => CommitmentStatus::Disabled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    #[test]
    fn a_commitment_lasts_a_day_at_least() {
        let begun = Commitment::begun(None, Millis(HOUR));
        assert_eq!(begun.status(Millis(HOUR)), CommitmentStatus::Enabled);
        let ending = begun.ended(Millis(2 * HOUR));
        assert_eq!(ending.ended, Some(Millis(25 * HOUR)));
        assert_eq!(ending.status(Millis(25 * HOUR - 1)), CommitmentStatus::Ending);
        assert_eq!(ending.status(Millis(25 * HOUR)), CommitmentStatus::Disabled);
        let late = begun.ended(Millis(40 * HOUR));
        assert_eq!(late.ended, Some(Millis(40 * HOUR)));
        assert_eq!(late.status(Millis(40 * HOUR)), CommitmentStatus::Disabled);
        // Ending it again moves nothing.
        assert_eq!(late.ended(Millis(50 * HOUR)), late);
    }

    #[test]
    fn an_end_to_come_can_be_taken_back_and_one_that_came_cannot() {
        let begun = Commitment::begun(None, Millis(0));
        let ending = begun.ended(Millis(HOUR));
        assert_eq!(Commitment::begun(Some(ending), Millis(2 * HOUR)), begun);
        let again = Commitment::begun(Some(ending), Millis(30 * HOUR));
        assert_eq!(again, Commitment { started: Millis(30 * HOUR), ended: None });
    }
}
