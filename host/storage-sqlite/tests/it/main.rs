//! What the SQLite store promises: all that every store does, and what its files are for.

mod conformance;
mod durability;
mod support;
