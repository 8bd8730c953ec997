//! The in-memory twin keeps the promises, and so it does behind the decorator.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without makes it fail")]

mod faulty;
mod memory;
mod sending;
