//! The worlds as the component model has them, and the way from there to our own types. Only the macros that
//! export a function use it: it is no part of what this crate promises.

#[cfg(feature = "consumer")]
mod consumer;
#[cfg(feature = "handler")]
mod handler;
#[cfg(not(feature = "handler"))]
mod records;
#[cfg(not(any(feature = "consumer", feature = "handler")))]
mod transform;

use std::panic::{self, PanicHookInfo};
use std::sync::Once;

use crate::log::Level;

#[cfg(feature = "consumer")]
pub use consumer::*;
#[cfg(feature = "handler")]
pub use handler::*;
#[cfg(not(any(feature = "consumer", feature = "handler")))]
pub use transform::*;

use bindings::shardmill::guest::{config, log as host_log};

/// Lets panics be told: the target has no stderr, so without it their reason were lost.
fn watch_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| panic::set_hook(Box::new(report)));
}

fn report(info: &PanicHookInfo<'_>) {
    // Its place and its message stand on lines of their own, which would be two lines in the log.
    log(Level::Error, &info.to_string().replacen(":\n", ": ", 1));
}

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Trace => host_log::Level::Trace,
        Level::Debug => host_log::Level::Debug,
        Level::Info => host_log::Level::Info,
        Level::Warn => host_log::Level::Warn,
        Level::Error => host_log::Level::Error,
    };
    host_log::write(level, message);
}

pub(crate) fn config_get(key: &str) -> Option<String> {
    config::get(key)
}

pub(crate) fn config_all() -> Vec<(String, String)> {
    config::all()
}
