//! Functions and mappings as callers see them, on a store in memory and a sandbox that follows a script.

#![allow(clippy::unwrap_used, reason = "helpers of tests panic as tests do")]

mod aggregated;
mod at_hand;
mod authorization;
mod batches;
mod elsewhere;
mod event_configs;
mod events;
mod failures;
mod faults;
mod fetched;
mod filters;
mod functions;
mod handled;
mod handlers;
mod invoke;
mod keyed;
mod logs;
mod mapped;
mod mappings;
mod measures;
mod parked;
mod poller;
mod registered;
mod reserved;
mod sandbox;
mod sealed;
mod sharing;
mod source;
mod state;
mod stats;
mod support;
mod table;
mod tags;
mod versions;
mod windows;
