//! Streams that are made and deleted beside the load: after each start their list is what was answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use anyhow::{Result, bail, ensure};
use e2e::Random;
use e2e::client::{CallError, Client};
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It was made.
    There,
    /// It was deleted, or never made.
    Absent,
    /// No answer came.
    Unknown,
}

/// Streams by their numbers.
#[derive(Debug, Default)]
pub(super) struct Churn {
    streams: Mutex<BTreeMap<u64, State>>,
}

fn name(number: u64) -> String {
    format!("churn-{number}")
}

impl Churn {
    fn set(&self, number: u64, state: State) {
        self.streams.lock().expect("no thread panics with it").insert(number, state);
    }

    fn all(&self) -> BTreeMap<u64, State> {
        self.streams.lock().expect("no thread panics with it").clone()
    }

    /// Makes and deletes streams until the server is gone.
    pub(super) fn go_on_until_lost(&self, mut client: Client, mut random: Random) {
        loop {
            let there = self.all().into_iter().filter(|(_, state)| *state == State::There);
            let there: Vec<u64> = there.map(|(number, _)| number).collect();
            let is_deletion = there.len() > 5 || (!there.is_empty() && random.once_in(2));
            let number = if is_deletion {
                there[random.index(there.len())]
            } else {
                self.all().len() as u64
            };
            self.set(number, State::Unknown);
            let name = name(number);
            let (operation, input, after) = if is_deletion {
                ("DeleteStream", json!({ "StreamName": name }), State::Absent)
            } else {
                let shards = random.within(1..4);
                ("CreateStream", json!({ "StreamName": name, "ShardCount": shards }), State::There)
            };
            match client.call(operation, &input) {
                Ok(_) => self.set(number, after),
                Err(CallError::Refused(_)) => {}
                Err(_) => return,
            }
            let record = json!({ "StreamName": name, "PartitionKey": "p", "Data": "AAAA" });
            if !is_deletion && client.call("PutRecord", &record).is_err() {
                return;
            }
        }
    }

    /// Compares the list of streams with what was answered; what nobody knew is known from now on.
    pub(super) fn compare(&self, client: &mut Client) -> Result<()> {
        let listed = list(client)?;
        for (number, state) in self.all() {
            let name = name(number);
            let is_there = listed.contains(&name);
            match state {
                State::There => ensure!(is_there, "{name} was made and is not there"),
                State::Absent => ensure!(!is_there, "{name} was deleted and is there"),
                State::Unknown if is_there => self.set(number, State::There),
                State::Unknown => self.set(number, State::Absent),
            }
        }
        let known: BTreeSet<String> = self.all().into_keys().map(name).collect();
        let is_ours = |name: &&String| name.starts_with("churn-") && !known.contains(*name);
        match listed.iter().find(is_ours) {
            Some(phantom) => bail!("{phantom} was never made"),
            None => Ok(()),
        }
    }
}

/// The streams that are not being deleted.
fn list(client: &mut Client) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut input = json!({});
    loop {
        let page = client.call("ListStreams", &input)?;
        for summary in page["StreamSummaries"].as_array().into_iter().flatten() {
            let name = summary["StreamName"].as_str().unwrap_or_default();
            if summary["StreamStatus"] != "DELETING" {
                names.insert(name.to_owned());
            }
        }
        match &page["NextToken"] {
            Value::String(token) => input = json!({ "NextToken": token }),
            _ => return Ok(names),
        }
    }
}
