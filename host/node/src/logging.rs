//! The log: to stderr, as text or JSON.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::config::{LogFormat, variable};
use crate::refusal::Refusal;

/// Starts the log of this process.
///
/// # Errors
/// A usage error for a filter that cannot be read.
pub(crate) fn start(filter: &str, format: LogFormat) -> Result<(), Refusal> {
    let filter = targets(filter).map_err(|text| {
        Refusal::usage(format!("invalid log filter `{filter}`: {text}")).hint(
            "write a level (off, error, warn, info, debug, trace) or pairs such as warn,gateway=debug",
        )
    })?;
    let registry = tracing_subscriber::registry().with(filter);
    let layer = fmt::layer().with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => {
            let coloured = io::stderr().is_terminal() && variable("NO_COLOR").is_none();
            tracing::subscriber::set_global_default(registry.with(layer.with_ansi(coloured)))
        }
        LogFormat::Json => {
            let layer = layer.json().flatten_event(true);
            tracing::subscriber::set_global_default(registry.with(layer))
        }
    };
    started.map_err(|error| Refusal::failed("cannot start the log").because(error))
}

/// Levels and pairs of target and level, between commas; or why it is none. What nothing can match is refused: it would
/// silence what it was meant to show.
fn targets(filter: &str) -> Result<Targets, String> {
    let mut targets = Targets::new();
    let mut parts = filter.split(',').map(str::trim).filter(|part| !part.is_empty()).peekable();
    if parts.peek().is_none() {
        return Err("it names no level".to_owned());
    }
    for part in parts {
        let (target, level) = match part.split_once('=') {
            Some((target, level)) => (Some(target.trim()), level.trim()),
            None => (None, part),
        };
        let known = level.parse::<LevelFilter>().ok().filter(|_| !level.is_empty());
        let level = known.ok_or_else(|| format!("`{level}` is no level"))?;
        targets = match target {
            None => targets.with_default(level),
            Some(target) if is_target(target) => targets.with_target(target, level),
            Some(target) => return Err(format!("`{target}` is no target")),
        };
    }
    Ok(targets)
}

/// Whether events can have this target, a crate or a module of one.
fn is_target(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':');
    !text.is_empty() && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn levels_and_pairs_are_read() {
        let read = |filter| targets(filter).unwrap();
        assert!(read("info").would_enable("any", &Level::INFO));
        assert!(!read("info").would_enable("any", &Level::DEBUG));
        for filter in ["warn,gateway=debug", " warn , gateway = debug,", "gateway=debug,WARN"] {
            assert!(read(filter).would_enable("gateway::door", &Level::DEBUG), "{filter}");
            assert!(!read(filter).would_enable("gateway::door", &Level::TRACE), "{filter}");
            assert!(!read(filter).would_enable("streams", &Level::INFO), "{filter}");
        }
        assert!(!read("off").would_enable("any", &Level::ERROR));
    }

    #[test]
    fn what_nothing_can_match_is_refused() {
        for (filter, text) in [
            ("", "it names no level"),
            (" , ", "it names no level"),
            ("inof", "`inof` is no level"),
            ("gateway", "`gateway` is no level"),
            ("gateway=", "`` is no level"),
            ("gateway=loud", "`loud` is no level"),
            ("a=b=c", "`b=c` is no level"),
            ("=debug", "`` is no target"),
            ("gateway[put]=debug", "`gateway[put]` is no target"),
            ("info,???=debug", "`???` is no target"),
        ] {
            assert_eq!(targets(filter).unwrap_err(), text, "{filter}");
        }
    }
}
