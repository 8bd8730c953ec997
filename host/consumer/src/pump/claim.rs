//! Taking over a shard: whoever was the last to claim its progress owns it.

use std::time::Duration;

use storage::{Commit, Expect, FactWrite, Kind};
use streams::Shard;
use tokio::sync::watch;

use crate::backoff;
use crate::begin::Found;
use crate::engine::{Control, Engine};
use crate::processor::ConsumerId;
use crate::progress::{self, Owner, Progress};

/// Raises the generation in the shard's progress. Tried until it is known what became of it or the consumer
/// is stopped; then the error is `None`.
pub(super) async fn claim(
    engine: &Engine,
    id: ConsumerId,
    shard: &Shard,
    account: u64,
    found: Found,
    control: &mut watch::Receiver<Control>,
) -> Result<(Progress, u64), Option<String>> {
    let Found { mut progress, version } = found;
    let owner = progress.owner;
    progress.owner = Owner {
        producer: owner.producer,
        generation: owner.generation.saturating_add(1),
        claim: u64::from_le_bytes(engine.entropy.bytes()),
    };
    let key = progress::key(shard.facts.id);
    let mut commit = Commit::new(account, progress::scope(id));
    // Without an id: another start that read the same progress would have the same one.
    commit.facts.push(FactWrite {
        key: key.clone(),
        value: Some(progress::encode(&progress)),
        expect: Expect::Version(version),
    });
    let mut failures = 0;
    loop {
        let problem = match engine.store.commit(commit.clone()).await {
            Ok(committed) => return Ok((progress, committed.version)),
            Err(error) => error,
        };
        match problem.kind() {
            Kind::Unavailable | Kind::Full | Kind::Indefinite => {}
            // Perhaps it was this claim whose answer was lost.
            Kind::Conflict => match engine.store.get(&progress::scope(id), &key).await {
                Ok(Some(fact)) if progress::decode(&fact.value).as_ref() == Ok(&progress) => {
                    return Ok((progress, fact.version));
                }
                Ok(_) => {
                    let why = "the consumer was started elsewhere or forgotten";
                    return Err(Some(why.to_owned()));
                }
                Err(_unknown) => {}
            },
            Kind::NotFound
            | Kind::Ended
            | Kind::Refused
            | Kind::Damaged
            | Kind::Closed
            | Kind::Bug => {
                return Err(Some(format!("the store does not take the claim: {problem}")));
            }
        }
        failures += 1;
        let random = u64::from_le_bytes(engine.entropy.bytes());
        if !is_wanted_after(backoff::pause(failures, random), engine, control).await {
            return Err(None);
        }
    }
}

/// Waits; whether the consumer is still to run then.
async fn is_wanted_after(
    pause: Duration,
    engine: &Engine,
    control: &mut watch::Receiver<Control>,
) -> bool {
    let mut shutdown = engine.tasks.shutdown();
    tokio::select! {
        () = tokio::time::sleep(pause) => true,
        () = shutdown.raised() => false,
        _ = control.wait_for(|control| control.is_stopped) => false,
    }
}
