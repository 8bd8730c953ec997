//! Consumers: functions that keep state and timers for partition keys.

mod claims;
mod fetch;
mod run;
mod session;
mod touched;

pub(crate) use claims::Claims;
pub(crate) use run::keys;
pub(crate) use session::Session;
