//! Consumers, and what is pushed to them.

mod closing;
mod consumers;
mod events;
mod leases;
pub(crate) mod support;
