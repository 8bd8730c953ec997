//! State, timers and secrets of consumers, in memory, and answers to their requests.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::Batch;
use crate::consumer::Problem;
use crate::consumer::http;
use crate::consumer::state::Entry;

/// What `timers::now` gives natively: a little behind the records of `testing::batch`.
pub const NOW_MS: u64 = 1_700_000_100_000;

type Answers = Box<dyn Fn(&http::Request) -> Result<http::Response, http::Error>>;

#[derive(Default)]
struct Shelf {
    keys: BTreeSet<String>,
    state: BTreeMap<(String, String), Vec<u8>>,
    timers: BTreeMap<(String, String), u64>,
    secrets: Vec<(String, String)>,
}

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::default();
    static ANSWERS: RefCell<Option<Answers>> = const { RefCell::new(None) };
}

/// Runs `work` with the keys of `batch`, on this thread. State and timers stay for what runs on the thread later.
pub fn with_state<T>(batch: &Batch, work: impl FnOnce() -> T) -> T {
    let keys = batch.records.iter().map(|record| record.partition_key.clone()).collect();
    SHELF.with_borrow_mut(|shelf| shelf.keys = keys);
    work()
}

/// Lets what runs on this thread open a secret.
pub fn add_secret(name: impl Into<String>, value: impl Into<String>) {
    SHELF.with_borrow_mut(|shelf| shelf.secrets.push((name.into(), value.into())));
}

/// Lets requests of this thread be answered. Without it they are denied.
pub fn answer_requests(
    answers: impl Fn(&http::Request) -> Result<http::Response, http::Error> + 'static,
) {
    ANSWERS.set(Some(Box::new(answers)));
}

/// The timers that were set on this thread: key, name and when they are due.
pub fn timers() -> Vec<(String, String, u64)> {
    let timer = |((key, name), due): (&(String, String), &u64)| (key.clone(), name.clone(), *due);
    SHELF.with_borrow(|shelf| shelf.timers.iter().map(timer).collect())
}

impl Shelf {
    fn check(&self, key: &str) -> Result<(), Problem> {
        if self.keys.contains(key) {
            return Ok(());
        }
        Err(Problem::Invalid(format!("key {key:?} is not in the batch")))
    }
}

pub(crate) fn state_get_many(rows: &[(&str, &str)]) -> Result<Vec<Option<Vec<u8>>>, Problem> {
    SHELF.with_borrow(|shelf| {
        rows.iter().try_for_each(|(key, _)| shelf.check(key))?;
        let get = |(key, name): &(&str, &str)| {
            shelf.state.get(&((*key).to_owned(), (*name).to_owned())).cloned()
        };
        Ok(rows.iter().map(get).collect())
    })
}

pub(crate) fn state_put_many(
    changes: Vec<(String, String, Option<Vec<u8>>)>,
) -> Result<(), Problem> {
    SHELF.with_borrow_mut(|shelf| {
        changes.iter().try_for_each(|(key, ..)| shelf.check(key))?;
        for (key, name, value) in changes {
            match value {
                Some(value) => drop(shelf.state.insert((key, name), value)),
                None => drop(shelf.state.remove(&(key, name))),
            }
        }
        Ok(())
    })
}

pub(crate) fn state_scan(
    key: &str,
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<(Vec<Entry>, bool), Problem> {
    SHELF.with_borrow(|shelf| {
        shelf.check(key)?;
        let of_key = shelf.state.range((key.to_owned(), prefix.to_owned())..);
        let of_key = of_key.take_while(|((of, name), _)| of == key && name.starts_with(prefix));
        let mut found = of_key
            .map(|((_, name), value)| (name.clone(), value.clone()))
            .filter(|(name, _)| after.is_none_or(|after| name.as_str() > after));
        let entries = found.by_ref().take(limit as usize).collect();
        Ok((entries, found.next().is_some()))
    })
}

pub(crate) fn set_timers(timers: &[(&str, &str, Option<u64>)]) -> Result<(), Problem> {
    SHELF.with_borrow_mut(|shelf| {
        timers.iter().try_for_each(|(key, ..)| shelf.check(key))?;
        for (key, name, due) in timers {
            let place = ((*key).to_owned(), (*name).to_owned());
            match due {
                Some(due) => drop(shelf.timers.insert(place, *due)),
                None => drop(shelf.timers.remove(&place)),
            }
        }
        Ok(())
    })
}

pub(crate) fn open_secret(name: &str) -> Result<u32, Problem> {
    SHELF.with_borrow(|shelf| {
        let found = shelf.secrets.iter().position(|(known, _)| known == name);
        let number = found.and_then(|at| u32::try_from(at).ok());
        number.ok_or_else(|| Problem::Denied(format!("secret {name:?} was not added")))
    })
}

pub(crate) fn reveal_secret(secret: u32) -> Result<String, Problem> {
    SHELF.with_borrow(|shelf| {
        let value = shelf.secrets.get(secret as usize).map(|(_, value)| value.clone());
        value.ok_or_else(|| Problem::Invalid(format!("secret {secret} was not opened")))
    })
}

pub(crate) fn fetch(request: &http::Request) -> Result<http::Response, http::Error> {
    ANSWERS.with_borrow(|answers| match answers {
        Some(answers) => answers(request),
        None => Err(http::Error::Denied("nobody answers: use testing::answer_requests".to_owned())),
    })
}
