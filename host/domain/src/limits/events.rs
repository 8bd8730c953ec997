//! Limits of asynchronous calls.

use super::MIB;

/// Payload of an asynchronous call (Lambda developer guide, quotas: 1 MB).
pub const EVENT_BYTES_MAX: usize = MIB;
/// Attempts at an asynchronous call after the first, at most and if nothing is said (Lambda API reference).
pub const EVENT_RETRIES_MAX: u32 = 2;
/// The least that an event may be allowed to get old (Lambda API reference).
pub const EVENT_AGE_SECONDS_MIN: u32 = 60;
/// The most, also if nothing is said (Lambda API reference: six hours).
pub const EVENT_AGE_SECONDS_MAX: u32 = 21_600;
/// Before the first retry of an event; twice as much before the second (Lambda developer guide: one and two minutes).
pub const EVENT_RETRY_PAUSE_MS: u64 = 60_000;
/// After the first time that an event could not be run, then doubling (Lambda developer guide: from 1 second) ...
pub const EVENT_THROTTLE_PAUSE_MS: u64 = 1000;
/// ... up to this (Lambda developer guide: 5 minutes).
pub const EVENT_THROTTLE_PAUSE_MS_MAX: u64 = 300_000;
/// Events that may come each of the one before (Lambda developer guide, recursive loop detection: about 16).
pub const EVENT_DEPTH_MAX: u8 = 16;
/// Events that may wait for one function.
pub const FUNCTION_EVENTS_MAX: usize = 100_000;
/// Bytes of their payloads.
pub const FUNCTION_EVENT_BYTES_MAX: u64 = 1024 * MIB as u64;
/// Events of one function that are tried at one moment ...
pub const FUNCTION_EVENTS_RUNNING_MAX: usize = 32;
/// ... of all functions of an account: what is told of them may wait for minutes, and others are not to wait for that ...
pub const ACCOUNT_EVENTS_RUNNING_MAX: usize = 96;
/// ... and of all accounts: their payloads are in memory.
pub const EVENTS_RUNNING_MAX: usize = 256;
