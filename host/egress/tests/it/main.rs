//! The way out over real sockets: what it sends, what it refuses, what it bounds.

#![allow(clippy::unwrap_used, reason = "helpers of tests panic as tests do")]

mod bounds;
mod closed;
mod exchange;
mod support;
mod tls;
