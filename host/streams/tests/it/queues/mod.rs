//! Queues on streams, with the runtime's time, which tests pause.

mod delivery;
mod faults;
mod management;
mod measures;
mod place;
mod reshaped;
mod retention;
mod sealed;
mod waiting;
