//! `Action` and `NotAction`: names of operations, in any case, with wildcards.

use super::error::Problem;
use super::facts::Facts;
use super::glob::{self, Effort, Token};

/// One entry of `Action` or `NotAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// `*`
    All,
    /// `service:name`, in lower case.
    Named(Box<[Token]>),
}

impl Action {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        if text == "*" {
            return Ok(Self::All);
        }
        let in_service = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let in_name = |byte: u8| in_service(byte) || matches!(byte, b'*' | b'?' | b'_' | b'.');
        let well_formed = |(service, name): (&str, &str)| {
            !service.is_empty()
                && service.bytes().all(in_service)
                && !name.is_empty()
                && name.bytes().all(in_name)
        };
        if text.len() > 128 || !text.split_once(':').is_some_and(well_formed) {
            return Err(Problem::Action(text.to_owned()));
        }
        let token = |char| match char {
            '*' => Token::Any,
            '?' => Token::One,
            char => Token::Literal(char),
        };
        Ok(Self::Named(text.to_ascii_lowercase().chars().map(token).collect()))
    }

    pub(super) fn matches(&self, facts: &Facts<'_>) -> bool {
        self.covers(&facts.action, &facts.effort)
    }

    /// Whether it is, or may be, this action, which is written in lower case.
    pub(super) fn covers(&self, action: &str, effort: &Effort) -> bool {
        match self {
            Self::All => true,
            Self::Named(pattern) => glob::matches(pattern, action, effort),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_names_its_service() {
        for text in ["*", "kinesis:*", "kinesis:Put*", "s3-object-lambda:X", "a:?et*", "KINESIS:x"]
        {
            assert!(Action::parse(text).is_ok(), "{text}");
        }
        let bad = [
            "",
            "PutRecord",
            "kinesis:",
            ":x",
            "*:*",
            "kin*:Put",
            "**",
            "kinesis:a:b",
            "kinesis: x",
            "kinesis:${aws:username}",
        ];
        for text in bad {
            assert_eq!(Action::parse(text), Err(Problem::Action(text.to_owned())));
        }
    }
}
