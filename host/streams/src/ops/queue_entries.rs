//! Calls about records that were received: their entries as they come, and what became of each.

use std::fmt;

use domain::limits;
use serde::{Deserialize, Serialize};
use wire::shape::{Int, List, Structure, Text};
use wire::{Check, Checks, TextRule};

use super::queue_shapes::{check_visibility, number};
use super::queue_target::QueueTarget;
use crate::queues::Settled;

/// A receipt handle (Kinesis model).
const RECEIPT_HANDLE: TextRule = TextRule { min: 1, max: 1024, pattern: None };

/// One more than is valid, so that the first of too many is still checked like the others.
type Entries<'a> = List<Structure<Entry<'a>>, { limits::QUEUE_ENTRIES_MAX + 1 }>;

/// An input whose entries have nothing but receipt handles.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow, rename = "QueueARN")]
    queue_arn: Option<Text<'a>>,
    #[serde(borrow)]
    entries: Option<Entries<'a>>,
}

/// An input whose entries say how long records stay hidden.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct VisibilityInput<'a> {
    #[serde(borrow)]
    pub(super) input: Input<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    #[serde(borrow)]
    receipt_handle: Option<Text<'a>>,
    visibility_timeout_seconds: Option<Int>,
}

/// Where a member of an entry stands; AWS counts from 1.
struct Path(usize, &'static str);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(index, member) = self;
        write!(f, "entries.{}.member{member}", index + 1)
    }
}

impl Input<'_> {
    pub(super) fn target(&self) -> QueueTarget<'_> {
        QueueTarget::new(&self.queue_arn)
    }

    /// The receipt handles; none is null or left out, which was checked.
    pub(super) fn handles(&self) -> Vec<&str> {
        self.each(|entry| entry.receipt_handle.as_ref().map_or("", Text::as_str))
    }

    /// The same, with how long the records stay hidden.
    pub(super) fn timeouts(&self) -> Vec<(&str, u32)> {
        self.each(|entry| {
            let seconds = entry.visibility_timeout_seconds.and_then(number);
            (entry.receipt_handle.as_ref().map_or("", Text::as_str), seconds.unwrap_or_default())
        })
    }

    fn each<'s, T>(&'s self, take: impl Fn(&'s Entry<'s>) -> T) -> Vec<T> {
        let entries = self.entries.iter().flat_map(Entries::kept).flatten();
        entries.map(|Structure(entry)| take(entry)).collect()
    }

    fn check_with(&self, checks: &mut Checks, has_timeouts: bool) {
        self.target().check(checks);
        checks.required("entries", self.entries.as_ref());
        let Some(entries) = &self.entries else { return };
        checks.length("entries", &"[...]", entries.count(), 1, limits::QUEUE_ENTRIES_MAX);
        for (index, entry) in entries.kept().iter().enumerate() {
            match entry {
                Some(Structure(entry)) => entry.check(checks, index, has_timeouts),
                None => checks.required::<()>(Path(index, ""), None),
            }
        }
    }
}

impl Entry<'_> {
    fn check(&self, checks: &mut Checks, index: usize, has_timeouts: bool) {
        let path = Path(index, ".receiptHandle");
        checks.required(&path, self.receipt_handle.as_ref());
        let handle = self.receipt_handle.as_ref().map(Text::as_str);
        checks.text(&path, handle, RECEIPT_HANDLE);
        if has_timeouts {
            let path = Path(index, ".visibilityTimeoutSeconds");
            checks.required(&path, self.visibility_timeout_seconds.as_ref());
            let seconds = self.visibility_timeout_seconds.map(|Int(seconds)| seconds);
            check_visibility(checks, &path, seconds);
        }
    }
}

impl Check for Input<'_> {
    fn check(&self, checks: &mut Checks) {
        self.check_with(checks, false);
    }
}

impl Check for VisibilityInput<'_> {
    fn check(&self, checks: &mut Checks) {
        self.input.check_with(checks, true);
    }
}

/// What became of each entry.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    failed: Vec<Failed>,
    successful: Vec<Successful>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    error_code: &'static str,
    error_message: String,
    receipt_handle: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Successful {
    receipt_handle: String,
}

impl Output {
    pub(super) fn new<'h>(handles: impl IntoIterator<Item = &'h str>, settled: Settled) -> Self {
        let mut output = Self { failed: Vec::new(), successful: Vec::new() };
        for (handle, settled) in handles.into_iter().zip(settled) {
            let receipt_handle = handle.to_owned();
            match settled {
                Ok(()) => output.successful.push(Successful { receipt_handle }),
                Err(error) => output.failed.push(Failed {
                    error_code: error.code(),
                    error_message: error.to_string(),
                    receipt_handle,
                }),
            }
        }
        output
    }
}
