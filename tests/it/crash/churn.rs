//! Streams that are made, changed and deleted beside the load: after each start their list is what was
//! answered, and so are their retentions and tags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use anyhow::{Context as _, Result, bail, ensure};
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

/// What can be changed of a stream: hours of its retention, and its only tag.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Facts {
    hours: u64,
    tag: Option<u64>,
}

/// A stream as it should be.
#[derive(Clone, Debug)]
struct Expected {
    state: State,
    /// What it is, or may be as well if no answer came.
    facts: Vec<Facts>,
}

/// Streams by their numbers.
#[derive(Debug, Default)]
pub(super) struct Churn {
    streams: Mutex<BTreeMap<u64, Expected>>,
    /// How often each operation has worked.
    worked: Mutex<BTreeMap<&'static str, u64>>,
}

/// What streams are made, changed and deleted with.
const OPERATIONS: [&str; 6] = [
    "CreateStream",
    "DeleteStream",
    "IncreaseStreamRetentionPeriod",
    "DecreaseStreamRetentionPeriod",
    "AddTagsToStream",
    "RemoveTagsFromStream",
];

fn name(number: u64) -> String {
    format!("churn-{number}")
}

/// A call, and what holds once it has worked.
struct Call {
    operation: &'static str,
    input: Value,
    after: Expected,
}

impl Call {
    fn create(number: u64, random: &mut Random) -> Self {
        let (shards, facts) = (random.within(1..4), vec![Facts { hours: 24, tag: None }]);
        let input = json!({ "StreamName": name(number), "ShardCount": shards });
        Self { operation: "CreateStream", input, after: Expected { state: State::There, facts } }
    }

    fn delete(number: u64, before: &Expected) -> Self {
        let input = json!({ "StreamName": name(number) });
        let after = Expected { state: State::Absent, facts: before.facts.clone() };
        Self { operation: "DeleteStream", input, after }
    }

    /// # Errors
    /// If it is not settled what the stream is: whoever changes it then may be refused, and rightly.
    fn change(number: u64, before: &Expected, random: &mut Random) -> Result<Self> {
        let [facts] = before.facts.as_slice() else {
            bail!("{} is to be changed and may be any of {:?}", name(number), before.facts);
        };
        let mut facts = facts.clone();
        let mut input = json!({ "StreamName": name(number) });
        let operation = match (random.once_in(2), facts.tag) {
            (true, _) => {
                let hours = random.within(24..200);
                let before = std::mem::replace(&mut facts.hours, hours);
                input["RetentionPeriodHours"] = hours.into();
                if hours >= before {
                    "IncreaseStreamRetentionPeriod"
                } else {
                    "DecreaseStreamRetentionPeriod"
                }
            }
            (false, Some(_)) if random.once_in(3) => {
                facts.tag = None;
                input["TagKeys"] = json!(["tag"]);
                "RemoveTagsFromStream"
            }
            (false, _) => {
                let tag = random.within(0..1_000_000);
                facts.tag = Some(tag);
                input["Tags"] = json!({ "tag": tag.to_string() });
                "AddTagsToStream"
            }
        };
        let after = Expected { state: State::There, facts: vec![facts] };
        Ok(Self { operation, input, after })
    }
}

impl Churn {
    fn set(&self, number: u64, expected: Expected) {
        self.streams.lock().expect("no thread panics with it").insert(number, expected);
    }

    fn all(&self) -> BTreeMap<u64, Expected> {
        self.streams.lock().expect("no thread panics with it").clone()
    }

    /// Which stream is next, and what is done to it.
    fn next(&self, random: &mut Random) -> Result<(u64, Call)> {
        let all = self.all();
        let there = all.iter().filter(|(_, stream)| stream.state == State::There);
        let there: Vec<_> = there.collect();
        if there.is_empty() || (there.len() <= 5 && random.once_in(3)) {
            let number = all.len() as u64;
            return Ok((number, Call::create(number, random)));
        }
        let (number, expected) = there[random.index(there.len())];
        // Each knows the facts: whoever got no answer is gone, and the next start tells.
        let call = if there.len() > 5 || random.once_in(3) {
            Call::delete(*number, expected)
        } else {
            Call::change(*number, expected, random)?
        };
        Ok((*number, call))
    }

    /// Makes, changes and deletes streams until the server is gone.
    ///
    /// # Errors
    /// If it refuses what it should do.
    pub(super) fn go_on_until_lost(&self, mut client: Client, mut random: Random) -> Result<()> {
        loop {
            let (number, Call { operation, input, after }) = self.next(&mut random)?;
            let mut doubtful = after.clone();
            match self.all().remove(&number) {
                Some(before) if after.state == State::There => doubtful.facts.extend(before.facts),
                Some(_) | None => doubtful.state = State::Unknown,
            }
            self.set(number, doubtful);
            if !was_answered(&mut client, operation, &input)? {
                return Ok(());
            }
            self.set(number, after);
            let mut worked = self.worked.lock().expect("no thread panics with it");
            *worked.entry(operation).or_default() += 1;
            drop(worked);
            let name = name(number);
            let record = json!({ "StreamName": name, "PartitionKey": "p", "Data": "AAAA" });
            if operation == "CreateStream" && !was_answered(&mut client, "PutRecord", &record)? {
                return Ok(());
            }
        }
    }

    /// How often each operation has worked, of which none may never have.
    pub(super) fn worked(&self) -> Result<BTreeMap<&'static str, u64>> {
        let worked = self.worked.lock().expect("no thread panics with it").clone();
        for operation in OPERATIONS {
            ensure!(worked.contains_key(operation), "{operation} never worked: {worked:?}");
        }
        Ok(worked)
    }

    /// Compares the streams with what was answered; what nobody knew is known from now on.
    pub(super) fn compare(&self, client: &mut Client) -> Result<()> {
        let listed = list(client)?;
        for (number, mut expected) in self.all() {
            let name = name(number);
            let is_there = listed.contains(&name);
            match expected.state {
                State::There => ensure!(is_there, "{name} was made and is not there"),
                State::Absent => ensure!(!is_there, "{name} was deleted and is there"),
                State::Unknown if is_there => expected.state = State::There,
                State::Unknown => expected.state = State::Absent,
            }
            if is_there {
                let found = facts(client, &name)?;
                let may_be = expected.facts.contains(&found);
                ensure!(may_be, "{name} should be one of {:?} and is {found:?}", expected.facts);
                expected.facts = vec![found];
            }
            self.set(number, expected);
        }
        let known: BTreeSet<String> = self.all().into_keys().map(name).collect();
        let is_ours = |name: &&String| name.starts_with("churn-") && !known.contains(*name);
        match listed.iter().find(is_ours) {
            Some(phantom) => bail!("{phantom} was never made"),
            None => Ok(()),
        }
    }
}

/// Makes a call; `false` if the server is gone, or does not know whether it was done.
///
/// # Errors
/// If it is refused.
fn was_answered(client: &mut Client, operation: &str, input: &Value) -> Result<bool> {
    match client.call(operation, input) {
        Ok(_) => Ok(true),
        Err(CallError::Refused(refused)) if refused.status < 500 => {
            bail!("{operation} {input} is refused: {}", CallError::Refused(refused))
        }
        Err(CallError::Refused(_) | CallError::NotSent(_) | CallError::Lost(_)) => Ok(false),
    }
}

/// A stream's retention and tag.
fn facts(client: &mut Client, name: &str) -> Result<Facts> {
    let input = json!({ "StreamName": name });
    let summary = client.call("DescribeStreamSummary", &input)?;
    let hours = summary["StreamDescriptionSummary"]["RetentionPeriodHours"].as_u64();
    let tags = client.call("ListTagsForStream", &input)?;
    let tag = match tags["Tags"].as_array().map(Vec::as_slice) {
        Some([]) => None,
        Some([tag]) => Some(tag["Value"].as_str().context("a tag has a value")?.parse()?),
        other => bail!("{name} has tags {other:?}"),
    };
    Ok(Facts { hours: hours.context("a stream has a retention")?, tag })
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
