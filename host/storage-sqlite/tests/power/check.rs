//! Whether a store keeps its promises after a crash.

use storage::{Blob, Health, Kind, LogId, Store};

use crate::bed::{Bed, Opened, run};
use crate::disk::Known;
use crate::draw::Draw;
use crate::ledger::{Found, Plan, State};
use crate::platter::Image;

/// What a crash may have left.
pub(crate) struct Promise<'a> {
    /// Any of these is right, the last one as far as it was asked for.
    pub(crate) states: &'a [State],
    pub(crate) known: Known,
    /// Every log that ever was.
    pub(crate) logs: &'a [LogId],
}

/// Opens what a crash left and checks it; what is wrong with it, if anything.
pub(crate) fn check(image: &Image, promise: &Promise<'_>, draw: &mut Draw) -> Result<(), String> {
    let bed = Bed::from(image);
    // A store that was never opened may not be there yet.
    let is_there = promise.known.term > 0;
    if !is_there || draw.percent(10) {
        match bed.verify() {
            Ok(report) if report.findings.is_empty() => {}
            Err(error) if !is_there && error.kind() == Kind::NotFound => {}
            other => return Err(format!("before opening: {other:?}")),
        }
    }
    run(keeps(&bed, promise))
}

/// Opens what is there and checks it.
pub(crate) async fn keeps(bed: &Bed, promise: &Promise<'_>) -> Result<(), String> {
    let opened = bed.open().map_err(|error| format!("opening: {}", stdx::Chain(&error)))?;
    let looked = look(&opened, promise).await;
    let closed = opened.close().await;
    looked?;
    if !closed {
        return Err("a thread panicked".to_owned());
    }
    let left = bed.image().into_keys().find(|name| name.ends_with(".new"));
    if let Some(name) = left {
        return Err(format!("{name} is left behind"));
    }
    sound(bed).map_err(|error| format!("after closing: {error}"))
}

/// All of this state is there, written in this term, and nothing else.
pub(crate) async fn all_is_there(bed: &Bed, logs: &[LogId], state: &State, term: u32) {
    let known = Known { acknowledged: 0, asked: 0, term };
    let promise = Promise { states: std::slice::from_ref(state), known, logs };
    assert_eq!(keeps(bed, &promise).await, Ok(()));
}

/// Nothing is wrong with a store that is closed.
pub(crate) fn sound(bed: &Bed) -> Result<(), String> {
    let report = bed.verify().map_err(|error| stdx::Chain(&error).to_string())?;
    if report.findings.is_empty() { Ok(()) } else { Err(report.findings.join("; ")) }
}

async fn look(opened: &Opened, promise: &Promise<'_>) -> Result<(), String> {
    let store = &opened.store;
    match store.health() {
        Health::Ready => {}
        health => return Err(format!("{health:?}")),
    }
    if store.term().0 <= promise.known.term {
        return Err(format!("term {} again", store.term().0));
    }
    let found = Found::read(&**store, promise.logs).await?;
    let Known { acknowledged, asked, .. } = promise.known;
    let mut reasons = Vec::new();
    for state in &promise.states[acknowledged..=asked] {
        match found.differs(state) {
            Some(reason) => reasons.push(reason),
            None => match blobs(opened, state).await {
                Err(reason) => reasons.push(reason),
                Ok(()) => return go_on(opened, state).await,
            },
        }
    }
    Err(format!("states {acknowledged} to {asked}: {}", reasons.join("; ")))
}

/// The blobs of this state are there.
async fn blobs(opened: &Opened, state: &State) -> Result<(), String> {
    for (digest, bytes) in &state.blobs {
        let found = opened.store.get_blob(*digest).await.map_err(|error| error.to_string())?;
        if found != bytes {
            return Err(format!("blob {digest} is another"));
        }
    }
    Ok(())
}

/// Ids are new, and what is appended now comes after everything.
async fn go_on(opened: &Opened, state: &State) -> Result<(), String> {
    let store = &opened.store;
    let id = store.new_ids(1).await.map_err(|error| error.to_string())?;
    if id < state.next_id {
        return Err(format!("id {id} was given before"));
    }
    let goes_on = |log: &&LogId| state.logs[log].ended.is_none();
    let ended = state.logs.keys().rfind(|log| !goes_on(log));
    if let Some(log) = ended {
        let mut plan = Plan::new();
        plan.append(*log, vec![(b"key"[..].into(), b"no"[..].into())]);
        let refused = store.commit(plan.commit).await.map_err(|error| error.kind());
        if refused != Err(Kind::Ended) {
            return Err(format!("log {} goes on: {refused:?}", log.0));
        }
    }
    let Some(log) = state.logs.keys().rfind(goes_on) else { return Ok(()) };
    let mut plan = Plan::new();
    plan.append(*log, vec![(b"key"[..].into(), b"after the crash"[..].into())]);
    let done = store.commit(plan.commit).await.map_err(|error| error.to_string())?;
    let next = state.logs[log].records.len() as u64;
    let first = done.appends[0].first;
    if first.offset != next || first.term != store.term() {
        return Err(format!("the next record of log {} is at {first}, not {next}", log.0));
    }
    Ok(())
}
