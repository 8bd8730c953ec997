//! What the SQLite store promises: all that every store does, and what its files are for.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without makes it fail")]

mod ahead;
mod backup;
mod conformance;
mod disk;
mod durability;
mod mishaps;
mod scrub;
mod support;
