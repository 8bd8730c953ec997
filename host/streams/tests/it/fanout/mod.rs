//! Consumers, and what is pushed to them.

mod closing;
mod consumers;
mod events;
mod leases;
mod measures;
pub(crate) mod support;
