//! What a batch may touch of what is kept for partition keys, and what it changed so far: within bounds, all of a call or
//! none of it (pure).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use consumer::{Change, Kept, Row, To};
use domain::{Millis, SecretName};
use wasm::message::{Answer, Refused, RowName};

use super::fetch::Spent;

/// What a batch may touch and what it changed so far.
#[derive(Default)]
pub(super) struct Touched {
    /// The partition keys of the batch.
    pub(super) keys: BTreeSet<Arc<str>>,
    pub(super) state: BTreeMap<Row, Option<Bytes>>,
    pub(super) timers: BTreeMap<Row, Option<Millis>>,
    /// Of all changes.
    pub(super) bytes: usize,
    pub(super) secrets: Vec<SecretName>,
    pub(super) spent: Spent,
}

impl Touched {
    /// The row that a guest names, if it may.
    pub(super) fn row(&self, RowName { key, name }: &RowName) -> Answer<Row> {
        if name.len() > Row::NAME_BYTES_MAX {
            let (is, may) = (name.len(), Row::NAME_BYTES_MAX);
            return Err(Refused::Invalid(format!("a name of {is} bytes; at most {may} are taken")));
        }
        let key = self.key(key)?;
        Ok(Row::new(key, name))
    }

    /// A key of the batch.
    pub(super) fn key(&self, key: &str) -> Answer<&Arc<str>> {
        self.keys.get(key).ok_or_else(|| {
            let shown: String = key.chars().take(64).collect();
            Refused::Invalid(format!(
                "key {shown:?} is not in the batch: state and timers are there for the keys of its records only"
            ))
        })
    }

    /// This timer goes with the batch, unless it sets it again, which then counts in its place.
    pub(super) fn expect_gone(&mut self, timer: Row) {
        self.set(timer, To::Due(None));
    }

    /// Makes changes, all or none.
    pub(super) fn change(&mut self, changes: Vec<Change>) -> Answer<()> {
        let mut undo = Vec::with_capacity(changes.len());
        for Change { row, to } in changes {
            let old = self.set(row.clone(), to);
            undo.push((row, old));
        }
        let rows = self.state.len() + self.timers.len();
        if rows <= Kept::CHANGES_MAX && self.bytes <= Kept::BYTES_MAX {
            return Ok(());
        }
        let told = format!(
            "the batch would change {rows} rows of {} bytes; it may change {} of {}",
            self.bytes,
            Kept::CHANGES_MAX,
            Kept::BYTES_MAX
        );
        for (row, old) in undo.into_iter().rev() {
            self.unset(row, old);
        }
        Err(Refused::Invalid(told))
    }

    /// Makes a change; the one before, if there was one, of the same kind.
    fn set(&mut self, row: Row, to: To) -> Old {
        let change = Change { row, to };
        self.bytes += change.bytes();
        let Change { row, to } = change;
        let old = match to {
            To::Value(value) => Old::Value(self.state.insert(row.clone(), value)),
            To::Due(due) => Old::Due(self.timers.insert(row.clone(), due)),
        };
        if let Some(to) = old.clone().change() {
            self.bytes -= Change { row, to }.bytes();
        }
        old
    }

    /// Takes the newest change of a row back.
    fn unset(&mut self, row: Row, old: Old) {
        match old.clone().change() {
            Some(to) => drop(self.set(row, to)),
            None => {
                let gone = match old {
                    Old::Value(_) => self.state.remove(&row).map(To::Value),
                    Old::Due(_) => self.timers.remove(&row).map(To::Due),
                };
                self.bytes -= gone.map_or(0, |to| Change { row, to }.bytes());
            }
        }
    }
}

/// What a row was to become before, and of which kind it is.
#[derive(Clone)]
enum Old {
    Value(Option<Option<Bytes>>),
    Due(Option<Option<Millis>>),
}

impl Old {
    fn change(self) -> Option<To> {
        match self {
            Self::Value(value) => value.map(To::Value),
            Self::Due(due) => due.map(To::Due),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched() -> Touched {
        Touched { keys: ["a".into(), "b".into()].into(), ..Touched::default() }
    }

    fn put(touched: &Touched, key: &str, name: &str, bytes: usize) -> Change {
        let row = RowName { key: key.to_owned(), name: name.to_owned() };
        let row = touched.row(&row).expect("the key is in the batch");
        Change { row, to: To::Value(Some(vec![0; bytes].into())) }
    }

    #[test]
    fn only_what_is_in_bounds_can_be_named() {
        let touched = touched();
        let row = |key: &str, name: String| touched.row(&RowName { key: key.to_owned(), name });
        assert!(row("a", "n".repeat(512)).is_ok());
        assert!(
            matches!(row("a", "n".repeat(513)), Err(Refused::Invalid(why)) if why.contains("513 bytes"))
        );
        assert!(
            matches!(row("c", String::new()), Err(Refused::Invalid(why)) if why.contains("\"c\""))
        );
    }

    #[test]
    fn a_timer_that_goes_and_is_set_again_counts_once() {
        let mut touched = touched();
        let row = |name: usize| Row::new(&"a".into(), &name.to_string());
        let set = |name| Change { row: row(name), to: To::Due(Some(Millis(1))) };
        (0..Kept::CHANGES_MAX).for_each(|name| touched.expect_gone(row(name)));
        let gone = touched.timers.clone();
        assert!(touched.change(vec![set(0), set(Kept::CHANGES_MAX)]).is_err());
        assert_eq!(touched.timers, gone);
        touched.change((0..Kept::CHANGES_MAX).map(set).collect()).expect("none is new");
        assert_eq!(touched.timers.len(), Kept::CHANGES_MAX);
        let bytes: usize = (0..Kept::CHANGES_MAX).map(|name| set(name).bytes()).sum();
        assert_eq!(touched.bytes, bytes);
    }

    #[test]
    fn a_change_that_is_too_much_leaves_everything_as_it_was() {
        let mut touched = touched();
        let (one, large) = (put(&touched, "a", "1", 10), put(&touched, "a", "2", 500_000));
        touched.change(vec![one.clone(), large.clone()]).expect("there is room");
        let (state, bytes) = (touched.state.clone(), touched.bytes);
        assert_eq!(bytes, one.bytes() + large.bytes());
        let many = (0..9).map(|it| put(&touched, "b", &it.to_string(), 500_000));
        let many = [put(&touched, "a", "1", 99)].into_iter().chain(many).collect();
        assert!(matches!(touched.change(many), Err(Refused::Invalid(_))));
        assert_eq!((&touched.state, touched.bytes), (&state, bytes));
        // What replaces a change does not count beside it.
        for _ in 0..100 {
            touched.change(vec![large.clone()]).expect("there is room");
        }
        assert_eq!(touched.bytes, bytes);
        let timer = Change { row: one.row, to: To::Due(Some(Millis(1))) };
        touched.change(vec![timer.clone(), timer]).expect("there is room");
        assert_eq!(
            (touched.state.len(), touched.timers.len()),
            (2, 1),
            "they have names of their own"
        );
    }
}
