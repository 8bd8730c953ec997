//! Colours, where they help and the other end can show them.

use std::fmt;
use std::io::IsTerminal;

use crate::config::variable;

/// Whether and how to colour one output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    coloured: bool,
}

/// A text in its colour.
pub(super) struct Painted<T> {
    text: T,
    code: Option<&'static str>,
}

impl Style {
    /// For stdout.
    pub(super) fn stdout() -> Self {
        Self::of(std::io::stdout().is_terminal())
    }

    /// For stderr.
    pub(super) fn stderr() -> Self {
        Self::of(std::io::stderr().is_terminal())
    }

    /// For tests: no colours.
    #[cfg(test)]
    pub(super) fn plain() -> Self {
        Self { coloured: false }
    }

    /// On a terminal that knows colours, unless the user wants none (no-color.org).
    fn of(is_terminal: bool) -> Self {
        let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
        Self { coloured: is_terminal && !is_dumb && variable("NO_COLOR").is_none() }
    }

    pub(super) fn error<T>(self, text: T) -> Painted<T> {
        self.paint(text, "1;31")
    }

    pub(super) fn warning<T>(self, text: T) -> Painted<T> {
        self.paint(text, "1;33")
    }

    pub(super) fn hint<T>(self, text: T) -> Painted<T> {
        self.paint(text, "1;36")
    }

    pub(super) fn good<T>(self, text: T) -> Painted<T> {
        self.paint(text, "1;32")
    }

    pub(super) fn heading<T>(self, text: T) -> Painted<T> {
        self.paint(text, "1")
    }

    fn paint<T>(self, text: T, code: &'static str) -> Painted<T> {
        Painted { text, code: self.coloured.then_some(code) }
    }
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            // Width and the like are the text's.
            Some(code) => {
                write!(f, "\x1b[{code}m")?;
                self.text.fmt(f)?;
                f.write_str("\x1b[0m")
            }
            None => self.text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paints_only_where_asked() {
        let plain = Style { coloured: false };
        let coloured = Style { coloured: true };
        assert_eq!(plain.error("x").to_string(), "x");
        assert_eq!(coloured.error("x").to_string(), "\x1b[1;31mx\x1b[0m");
        assert_eq!(format!("{:>3}", plain.good("x")), "  x");
    }
}
