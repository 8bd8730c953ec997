//! What becomes of an event after an attempt (pure).

use domain::{Millis, limits};

use super::EventState;
use super::config::EventConfig;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The function took it.
    Succeeded,
    /// The function failed.
    Failed,
    /// It did not run: too many calls, or no room.
    NotRun,
}

/// What is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is told of and forgotten.
    Over(Condition),
    /// It waits, with these counts, until then.
    Again { attempts: u32, throttles: u32, due: Millis },
}

/// Why an event is over, in AWS's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
    /// The function may not run at all.
    ZeroReservedConcurrency,
}

impl Condition {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
            Self::ZeroReservedConcurrency => "ZeroReservedConcurrency",
        }
    }
}

/// Whether an event is too old to be tried.
pub(super) fn is_too_old(state: &EventState, config: &EventConfig, now: Millis) -> bool {
    now.since(state.accepted) > config.age_ms()
}

/// What is next after an attempt at `now`.
pub(super) fn next(
    state: &EventState,
    config: &EventConfig,
    attempt: Attempt,
    now: Millis,
) -> Next {
    let (attempts, throttles) = match attempt {
        Attempt::Succeeded => return Next::Over(Condition::Success),
        Attempt::Failed => (state.attempts.saturating_add(1), 0),
        Attempt::NotRun => (state.attempts, state.throttles.saturating_add(1)),
    };
    let pause = match attempt {
        Attempt::NotRun => limits::EVENT_THROTTLE_PAUSE_MS
            .saturating_mul(1 << (throttles - 1).min(16))
            .min(limits::EVENT_THROTTLE_PAUSE_MS_MAX),
        // One minute before the first retry, two before the second.
        Attempt::Failed | Attempt::Succeeded => {
            limits::EVENT_RETRY_PAUSE_MS.saturating_mul(attempts.into())
        }
    };
    if attempt == Attempt::Failed && attempts > config.retries() {
        return Next::Over(Condition::RetriesExhausted);
    }
    // It is over when it is too old, not before; nobody waits for longer than that.
    let end = state.accepted.plus(config.age_ms() + 1);
    Next::Again { attempts, throttles, due: now.plus(pause).min(end.max(now)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state(attempts: u32, throttles: u32) -> EventState {
        let function = domain::FunctionArn {
            region: "us-east-1".parse().unwrap(),
            account: "123456789012".parse().unwrap(),
            name: "f".parse().unwrap(),
        };
        EventState {
            target: domain::QualifiedArn { function, qualifier: None },
            request_id: "id".to_owned(),
            accepted: Millis(0),
            attempts,
            throttles,
            due: Millis(0),
            depth: 0,
            bytes: 0,
        }
    }

    fn config(retries: Option<u32>, age_seconds: Option<u32>) -> EventConfig {
        let account = "123456789012".parse().unwrap();
        EventConfig { retries, age_seconds, ..EventConfig::new(account) }
    }

    #[test]
    fn failures_are_retried_one_and_two_minutes_later() {
        let config = config(None, None);
        let again = |attempts, due| Next::Again { attempts, throttles: 0, due: Millis(due) };
        let failed = |attempts| next(&state(attempts, 0), &config, Attempt::Failed, Millis(1000));
        assert_eq!(failed(0), again(1, 61_000));
        assert_eq!(failed(1), again(2, 121_000));
        assert_eq!(failed(2), Next::Over(Condition::RetriesExhausted));
        let success = next(&state(2, 9), &config, Attempt::Succeeded, Millis(0));
        assert_eq!(success, Next::Over(Condition::Success));
    }

    #[test]
    fn what_did_not_run_waits_longer_and_longer_and_does_not_count() {
        let config = config(Some(0), None);
        for (throttles, pause) in [(0, 1000), (1, 2000), (4, 16_000), (9, 300_000), (400, 300_000)]
        {
            let next = next(&state(0, throttles), &config, Attempt::NotRun, Millis(0));
            let due = Millis(pause);
            assert_eq!(next, Next::Again { attempts: 0, throttles: throttles + 1, due });
        }
    }

    proptest! {
        /// An event is tried no more often than it may, and never waits past its age.
        #[test]
        fn an_event_ends(retries in 0u32..=2, age in 60u32..=21_600, runs in any::<[bool; 8]>()) {
            let config = config(Some(retries), Some(age));
            let (mut state, mut now, mut failed, mut at) = (state(0, 0), Millis(0), 0, 0);
            loop {
                if is_too_old(&state, &config, now) {
                    break;
                }
                let attempt = if runs[at % 8] { Attempt::Failed } else { Attempt::NotRun };
                failed += u32::from(attempt == Attempt::Failed);
                at += 1;
                match next(&state, &config, attempt, now) {
                    Next::Over(_) => break,
                    Next::Again { attempts, throttles, due } => {
                        prop_assert!(due > now && due.0 <= u64::from(age) * 1000 + 1);
                        (state.attempts, state.throttles, now) = (attempts, throttles, due);
                    }
                }
            }
            prop_assert!(failed <= retries + 1);
        }
    }
}
