//! Where a mapping stands, and how it does.

use tokio::sync::watch;

use crate::mapping::Phase;

/// What is told of a mapping before its first batch.
pub(crate) const NO_RESULT: &str = "No records processed";

/// Where a mapping stands, in AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Being made.
    Creating,
    /// About to read.
    Enabling,
    /// Reading.
    Enabled,
    /// Finishing what is in hand, then resting.
    Disabling,
    /// Resting.
    Disabled,
    /// Taking over a change.
    Updating,
    /// Finishing what is in hand, then gone.
    Deleting,
}

impl Standing {
    /// The word AWS uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Enabling => "Enabling",
            Self::Enabled => "Enabled",
            Self::Disabling => "Disabling",
            Self::Disabled => "Disabled",
            Self::Updating => "Updating",
            Self::Deleting => "Deleting",
        }
    }

    /// On the way from one phase to the next.
    pub(crate) fn between(before: Phase, after: Phase) -> Self {
        match (before, after) {
            (_, Phase::Deleting) => Self::Deleting,
            (Phase::Enabled, Phase::Disabled) => Self::Disabling,
            (Phase::Disabled | Phase::Deleting, Phase::Enabled) => Self::Enabling,
            (Phase::Enabled, Phase::Enabled) | (_, Phase::Disabled) => Self::Updating,
        }
    }

    /// At rest in a phase.
    pub(crate) fn at_rest(phase: Phase) -> Self {
        match phase {
            Phase::Enabled => Self::Enabled,
            Phase::Disabled => Self::Disabled,
            Phase::Deleting => Self::Deleting,
        }
    }
}

/// How a mapping is.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) standing: Standing,
    /// Why it does not read although it should.
    pub(crate) problem: Option<String>,
    /// What came of the last batch of a consumer that was stopped.
    pub(crate) last: Option<String>,
    /// Of the running consumer.
    pub(crate) status: Option<watch::Receiver<consumer::Status>>,
    /// Who runs what the running consumer has parked.
    pub(crate) redrive: Option<consumer::Redrive>,
}

impl Live {
    pub(crate) fn new(standing: Standing) -> Self {
        Self { standing, problem: None, last: None, status: None, redrive: None }
    }

    /// Why it does not read although it should, or what came of the last batch.
    pub(crate) fn result(&self) -> String {
        let status = self.status.as_ref().map(|it| it.borrow().last_result.clone());
        // One that was just started had none yet.
        let newest = status.filter(|it| it != NO_RESULT).or_else(|| self.last.clone());
        self.problem.clone().or(newest).unwrap_or_else(|| NO_RESULT.to_owned())
    }
}
