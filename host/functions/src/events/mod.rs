//! Asynchronous calls: events that wait, are tried, tried again, and told of.
//!
//! An event is acknowledged when it is durable: its payload and its state are two facts. It leaves both in the commit
//! that holds what is told of it, if that goes to a stream or to another function; so that much happens once. The
//! function itself may see an event again, as on AWS: after a crash it is tried again, with the attempts that were
//! committed. In memory are the states only; payloads are read when their turn comes.

mod config;
mod decide;
mod fact;
mod queue;
mod record;
mod run;
mod settle;
mod take_in;

pub(crate) use config::{EventConfig, absent, shown};
pub(crate) use queue::Queues;

use domain::{Millis, QualifiedArn};

/// What is known of an event, apart from its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EventState {
    /// What was called: a function, or a version or an alias of it.
    pub(crate) target: QualifiedArn,
    /// The id of the call that brought it, which each attempt has.
    pub(crate) request_id: String,
    /// When it came.
    pub(crate) accepted: Millis,
    /// Attempts that ran and failed.
    pub(crate) attempts: u32,
    /// How often it could not be run since the last attempt.
    pub(crate) throttles: u32,
    /// It is not tried earlier.
    pub(crate) due: Millis,
    /// How many events led to it, each as the destination of the one before.
    pub(crate) depth: u8,
    /// Bytes of its payload.
    pub(crate) bytes: u32,
}
