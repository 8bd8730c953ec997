//! Errors that a person reads: what went wrong, what to do about it, and the code the process ends with.
//!
//! Everything else travels as a plain `anyhow::Error` and ends with [`Code::Failed`]. A [`Refusal`] may lie
//! anywhere in the chain; its hint is printed under the message.

use std::fmt;

/// The code a process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// It did not work.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Stored data is damaged or lost, or what was read is not what was written.
    Damaged = 3,
    /// Another process has the data directory.
    InUse = 4,
}

/// An error with advice.
#[derive(Debug)]
pub(crate) struct Refusal {
    code: Code,
    message: String,
    hint: Option<String>,
    source: Option<anyhow::Error>,
}

impl Refusal {
    /// A refusal; `message` is a lower-case fragment with its facts.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, source: None }
    }

    /// Something that did not work.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Code::Failed, message)
    }

    /// A wrong command line or configuration.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// Says what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what lies beneath.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source: &(dyn std::error::Error + 'static) = self.source.as_ref()?.as_ref();
        Some(source)
    }
}

/// The code that `error` ends the process with: that of the outermost refusal in its chain, or what a
/// store says of its files.
pub(crate) fn code(error: &anyhow::Error) -> Code {
    match outermost(error) {
        Some(refusal) => refusal.code,
        None if is_damage(error) => Code::Damaged,
        None => Code::Failed,
    }
}

fn is_damage(error: &anyhow::Error) -> bool {
    let mut stores = error.chain().filter_map(|cause| cause.downcast_ref::<storage::Error>());
    stores.any(|error| error.kind() == storage::Kind::Damaged)
}

/// The advice that goes with `error`.
pub(crate) fn hint(error: &anyhow::Error) -> Option<String> {
    let from_refusal = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<Refusal>())
        .find_map(|refusal| refusal.hint.clone());
    from_refusal.or_else(|| {
        error
            .chain()
            .filter_map(|cause| cause.downcast_ref::<crate::client::ClientError>())
            .find_map(crate::client::ClientError::hint)
    })
}

fn outermost(error: &anyhow::Error) -> Option<&Refusal> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn code_and_hint_are_found_under_any_context() {
        let refusal = Refusal::new(Code::InUse, "directory is in use").hint("stop the other one");
        let error = Err::<(), _>(anyhow::Error::from(refusal)).context("cannot start").unwrap_err();
        assert_eq!(code(&error), Code::InUse);
        assert_eq!(hint(&error).as_deref(), Some("stop the other one"));
        assert_eq!(format!("{error:#}"), "cannot start: directory is in use");
    }

    #[test]
    fn a_damaged_store_has_a_code_of_its_own() {
        let error = storage::Error::new(storage::Kind::Damaged, "no database");
        let error = Err::<(), _>(error).context("cannot open the store").unwrap_err();
        assert_eq!(code(&error), Code::Damaged);
    }

    #[test]
    fn anything_else_is_a_plain_failure() {
        let error = anyhow::anyhow!("no");
        assert_eq!(code(&error), Code::Failed);
        assert_eq!(hint(&error), None);
    }
}
