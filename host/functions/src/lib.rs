//! Functions.
#![forbid(unsafe_code)]
#![allow(dead_code, reason = "being written")]
mod package;
