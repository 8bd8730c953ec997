//! Consumers, and what is pushed to them.

mod closing;
mod consumers;
mod events;
mod leases;
mod measures;
mod sealed;
pub(crate) mod support;
