//! Consumers, and what is pushed to them.

mod consumers;
mod events;
mod leases;
mod support;
