//! The log: to stderr, as text or JSON.

use std::io::{self, IsTerminal};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::config::{LogFormat, variable};
use crate::refusal::Refusal;

/// Starts the log of this process.
///
/// # Errors
/// A usage error for a filter that cannot be read.
pub(crate) fn start(filter: &str, format: LogFormat) -> Result<(), Refusal> {
    let filter: Targets = filter.parse().map_err(|error| {
        Refusal::usage(format!("invalid log filter `{filter}`")).because(error).hint(
            "write a level (error, warn, info, debug, trace) or pairs such as warn,gateway=debug",
        )
    })?;
    let builder = fmt::Subscriber::builder().with_max_level(Level::TRACE).with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => {
            let coloured = io::stderr().is_terminal() && variable("NO_COLOR").is_none();
            let subscriber = builder.with_ansi(coloured).finish();
            tracing::subscriber::set_global_default(subscriber.with(filter))
        }
        LogFormat::Json => {
            let subscriber = builder.json().flatten_event(true).finish();
            tracing::subscriber::set_global_default(subscriber.with(filter))
        }
    };
    started.map_err(|error| Refusal::failed("cannot start the log").because(error))
}
