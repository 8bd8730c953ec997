//! Whether the trail is whole: every frame's checksum, the chain from frame to frame, and numbers without gaps
//! from the first event that is kept to the last that was given.

use std::collections::BTreeMap;

use storage::{Chunk, Position, ReadLimits, Store, frame};

use super::record::Stored;
use super::{LogState, Owner, read};

/// What one read brings.
const READ: ReadLimits = ReadLimits { tenant: 0, records: 4096, bytes: 4 * 1024 * 1024 };
/// Findings that are told of one owner at most.
const FINDINGS_MAX: usize = 20;

/// What was checked, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Trails of accounts, and that of strangers.
    pub trails: u64,
    /// Events in them.
    pub events: u64,
    /// Frames in them.
    pub frames: u64,
    /// What is wrong, in words for the operator.
    pub findings: Vec<String>,
}

/// Checks the trail that lies in a store.
///
/// # Errors
/// If the store cannot be read at all; what is damaged in it is a finding.
pub async fn check(store: &dyn Store) -> storage::Result<Checked> {
    let states: BTreeMap<Owner, LogState> = read::states(store).await?;
    let mut checked = Checked::default();
    for (owner, state) in &states {
        checked.trails += 1;
        let mut walk = Walk { owner: *owner, chain: None, number: None, findings: Vec::new() };
        walk.all(store, state, &mut checked).await;
        checked.findings.append(&mut walk.findings);
    }
    Ok(checked)
}

struct Walk {
    owner: Owner,
    /// Of the frame before.
    chain: Option<frame::Chain>,
    /// What the next event should have.
    number: Option<u64>,
    findings: Vec<String>,
}

impl Walk {
    async fn all(&mut self, store: &dyn Store, state: &LogState, checked: &mut Checked) {
        let mut from = Position::START;
        loop {
            let chunk = match store.read(state.log, from, READ).await {
                Ok(chunk) => chunk,
                Err(error) => return self.found(format!("cannot be read from {from} on: {error}")),
            };
            let Some(last) = chunk.frames.last() else { break };
            from = last.end();
            self.frames(&chunk, checked);
        }
        let (next, number) = (state.next, self.number.unwrap_or(state.next));
        if number != next {
            self.found(format!("events {number} to {} are missing at the end", next - 1));
        }
    }

    fn frames(&mut self, chunk: &Chunk, checked: &mut Checked) {
        for frame in &chunk.frames {
            checked.frames += 1;
            if self.chain.is_some_and(|chain| !frame.follows(&chain)) {
                self.found(format!(
                    "the frame at {} does not follow the one before",
                    frame.first()
                ));
            }
            self.chain = Some(frame.chain());
        }
        for (position, record) in chunk.records() {
            match Stored::decode(record.data) {
                Ok(event) => {
                    checked.events += 1;
                    self.event(position, &event);
                }
                Err(why) => self.found(format!("the event at {position} is unreadable: {why}")),
            }
        }
    }

    fn event(&mut self, position: Position, event: &Stored) {
        let number = event.number;
        match self.number {
            Some(expected) if number > expected => {
                self.found(format!("events {expected} to {} are missing", number - 1));
            }
            Some(expected) if number < expected => {
                self.found(format!("event {number} at {position} stands after {}", expected - 1));
            }
            Some(_) | None => {}
        }
        self.number = Some(number + 1);
        if serde_json::from_str::<serde_json::Value>(&event.text).is_err() {
            self.found(format!("event {number} at {position} is not JSON"));
        }
    }

    fn found(&mut self, what: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(format!("trail of {}: {what}", self.owner));
        }
    }
}
