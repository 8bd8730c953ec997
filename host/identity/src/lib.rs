//! Placeholder.
#![forbid(unsafe_code)]

pub mod sigv4;
