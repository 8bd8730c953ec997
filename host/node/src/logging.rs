//! The log: to stderr, as text or JSON.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{LogFormat, variable};
use crate::refusal::Refusal;

/// Starts the log of this process.
///
/// # Errors
/// A usage error for a filter that cannot be read.
pub(crate) fn start(filter: &str, format: LogFormat) -> Result<(), Refusal> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Refusal::usage(format!("invalid log filter `{filter}`")).because(error).hint(
            "write a level (error, warn, info, debug, trace) or pairs such as warn,gateway=debug",
        )
    })?;
    let builder = fmt::Subscriber::builder().with_env_filter(filter).with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => {
            let coloured = io::stderr().is_terminal() && variable("NO_COLOR").is_none();
            tracing::subscriber::set_global_default(builder.with_ansi(coloured).finish())
        }
        LogFormat::Json => {
            let subscriber = builder.json().flatten_event(true).finish();
            tracing::subscriber::set_global_default(subscriber)
        }
    };
    started.map_err(|error| Refusal::failed("cannot start the log").because(error))
}
